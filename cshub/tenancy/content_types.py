"""Content types with the same ids in every schema: Django keeps them in one cache per process, for all tenants."""

import hashlib
from typing import Any

from django.apps import AppConfig
from django.apps import apps as global_apps
from django.db import router


def give_fixed_ids(app_config: AppConfig, using: str = "default", apps: Any = global_apps, **_: Any) -> None:
    """After a migration, name the app's models with ids that follow from their names alone."""
    try:
        ContentType = apps.get_model("contenttypes", "ContentType")
        app_config = apps.get_app_config(app_config.label)
    except LookupError:
        return
    if not router.allow_migrate_model(using, ContentType):
        return
    names = [(model._meta.app_label, str(model._meta.model_name)) for model in app_config.get_models()]
    ContentType.objects.using(using).bulk_create(
        [ContentType(id=fixed_id(app, model), app_label=app, model=model) for app, model in names],
        ignore_conflicts=True,
    )


def fixed_id(app_label: str, model_name: str) -> int:
    """30 bits of the name's hash, above any number a sequence reaches."""
    digest = hashlib.sha256(f"{app_label}.{model_name}".encode()).digest()
    return int.from_bytes(digest[:4]) >> 2 | 1 << 30
