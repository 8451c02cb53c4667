"""Registers the start-up checks and gives content types the same ids in every schema."""

from django.apps import AppConfig
from django.core import checks as framework
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class TenancyConfig(AppConfig):
    name = "cshub.tenancy"
    verbose_name = _("Tenants")

    def ready(self) -> None:
        import cshub.celery  # noqa: F401 - tasks declared with shared_task find the app
        from cshub.tenancy import checks, content_types

        framework.register(checks.walled_managers, framework.Tags.models)
        framework.register(checks.no_mixing_pooler, framework.Tags.database)
        post_migrate.connect(
            content_types.give_fixed_ids, dispatch_uid="cshub content types"
        )  # before Django's own, which then finds nothing to do
