"""The product does not start where its walls cannot hold."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core import checks as framework
from django.core.checks.registry import registry
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.test.utils import isolate_apps

from cshub import celery
from cshub.db.models import TenantModel
from cshub.tenancy import checks
from cshub.tenancy.names import LONGEST, role_of
from cshub.tenancy.owner import ensure_app_login


def test_all_managers_are_walled() -> None:
    assert checks.walled_managers() == []


@isolate_apps("cshub.tenancy")
def test_a_manager_that_is_not_walled_is_named() -> None:
    class Unwalled(TenantModel):
        objects = models.Manager()

        class Meta:
            app_label = "tenancy"

    class Forgotten(TenantModel):
        class Meta:
            app_label = "tenancy"

    named = [error.msg.split(" ")[0] for error in checks.unwalled([Unwalled, Forgotten])]
    assert named == ["Unwalled.objects", "Forgotten.objects"]


def test_a_long_role_name_is_cut_and_stays_its_own() -> None:
    names = {role_of("a" * 62 + last) for last in "bc"}
    assert len(names) == 2
    assert all(len(name.encode()) <= LONGEST for name in names)


def test_the_owner_cannot_be_the_application(committing: None, settings: Any) -> None:
    settings.APP_DATABASE = settings.APP_DATABASE | {"USER": settings.OWNER_DATABASE["USER"]}
    with pytest.raises(ImproperlyConfigured, match="one of its own"):
        ensure_app_login()


def test_a_start_with_a_fault_is_refused(settings: Any) -> None:
    checks.refuse_faults()
    settings.CSRF_TRUSTED_ORIGINS = ["cshub.example"]
    checks.refuse_faults(tags=[framework.Tags.models])
    with pytest.raises(ImproperlyConfigured, match="CSRF_TRUSTED_ORIGINS"):
        checks.refuse_faults()


@pytest.fixture
def fault_of_a_model() -> Iterator[None]:
    def fault(**_: Any) -> list[framework.CheckMessage]:
        return [framework.Error("A model is at fault.", id="tests.E001")]

    framework.register(fault, framework.Tags.models)
    yield
    registry.registered_checks.remove(fault)


def test_a_worker_with_a_fault_of_a_model_does_not_start(fault_of_a_model: None) -> None:
    with pytest.raises(SystemExit, match="A model is at fault"):
        celery.refuse_to_start()
