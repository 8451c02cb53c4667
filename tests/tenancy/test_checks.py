"""The product does not start where its walls cannot hold."""

from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.test.utils import isolate_apps

from cshub.db.models import TenantModel
from cshub.tenancy import checks
from cshub.tenancy.names import LONGEST, role_of
from cshub.tenancy.owner import ensure_app_login


class MixingPooler:
    """PgBouncer in transaction mode, as far as it matters: a server session is held for a transaction and lent to whoever comes next."""

    def __init__(self, sessions: int, *, last_used_first: bool = True) -> None:
        self.free = [checks.connect() for _number in range(sessions)]
        self.all = list(self.free)
        self.take = -1 if last_used_first else 0

    def connect(self) -> "Client":
        return Client(self)

    def close(self) -> None:
        for session in self.all:
            session.close()


class Client:
    def __init__(self, pooler: MixingPooler) -> None:
        self.pooler, self.held = pooler, None

    def execute(self, statement: str) -> Any:
        session = self.held or self.pooler.free.pop(self.pooler.take)
        answer = session.execute(statement)
        if session.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
            self.held = session
        else:
            self.held = None
            self.pooler.free.append(session)
        return answer

    def close(self) -> None:
        if self.held is not None:
            self.held.rollback()
            self.pooler.free.append(self.held)


@pytest.mark.parametrize("last_used_first", [True, False])
def test_a_pooler_that_mixes_sessions_is_found(committing: None, last_used_first: bool) -> None:
    pooler = MixingPooler(3, last_used_first=last_used_first)
    try:
        assert checks.mixes_sessions(pooler.connect)
    finally:
        pooler.close()


def test_a_connection_of_our_own_is_not_accused(committing: None) -> None:
    assert not checks.mixes_sessions(checks.connect)
    checks.refuse_mixing_pooler()


def test_the_start_is_refused_with_the_remedy(committing: None, monkeypatch: pytest.MonkeyPatch) -> None:
    pooler = MixingPooler(3)
    monkeypatch.setattr(checks, "connect", pooler.connect)
    try:
        with pytest.raises(ImproperlyConfigured, match="session mode"):
            checks.refuse_mixing_pooler()
        assert [error.id for error in checks.no_mixing_pooler(databases=["default"])] == ["cshub.E002"]
    finally:
        pooler.close()


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
