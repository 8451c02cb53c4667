"""`verify` tells whether a tenant's facts still fit together, and names what was changed behind the product's back."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from cshub.db import sql
from cshub.demo.load import load
from cshub.operations.invariants import INVARIANTS
from cshub.tenancy.context import schema_context
from cshub.tenancy.models import Tenant
from cshub.tenancy.owner import owner_rights
from cshub.users.models import User
from reports import services as reports
from reports.models import ReportRun

AS_OF = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

# What the owner of the tables could do, and a word that the broken invariant is named by.
TAMPERING = {
    "a line's revenue": ("update accounts_contractline set arr = arr + 1 where external_id = (select min(external_id) from accounts_contractline)", "ARR"),
    "a movement": ("update accounts_revenuemovement set amount = amount + 1 where kind = 'new'", "ARR"),
    "a deed of the audit trail": ("update audit_auditevent set verb = 'nothing.happened' where seq = 3", "audit"),
    "the last deed taken out": ("delete from audit_auditevent where seq = (select max(seq) from audit_auditevent)", "audit"),
    "an arm": ("update playbooks_enrollment set arm = case arm when 'treated' then 'held_out' else 'treated' end", "arm"),
    "a playbook after its approval": ("update playbooks_playbookversion set goal = 'Another goal' where state = 'active'", "approved"),
    "a credit in the ledger": ("update impact_ledgerentry set amount = amount + 1 where seq = 1", "ledger"),
    "an entry taken out of the ledger": ("delete from impact_ledgerentry where seq = 1", "ledger"),
    "a credited amount": ("update impact_creditbalance set credited = 0 where credited > 0", "credit"),
    "evidence after it was cited": ("update impact_evidence set content = '{}'", "evidence"),
    "a frozen report": ("update reports_frozenreport set payload = replace(payload, '\"starts_on\"', '\"began_on\"')", "report"),
    "a verdict of health": ("update health_accounthealth set band = 'good', score = 99", "health"),
}  # fmt: skip


def verify() -> str:
    printed = StringIO()
    try:
        call_command("verify", "--schema", "acme", stdout=printed)
    except CommandError as error:
        return f"{printed.getvalue()}\n{error}"
    return printed.getvalue()


def broken(printed: str) -> list[str]:
    return [line.removeprefix("BROKEN").strip() for line in printed.splitlines() if line.startswith("BROKEN")]


def test_a_new_tenant_is_clean_and_each_invariant_gets_a_line(acme: Tenant) -> None:
    lines = verify().splitlines()
    assert lines[:-1] == [f"holds   {each.name}" for each in INVARIANTS]
    assert lines[-1] == f"All {len(INVARIANTS)} invariants hold."


def test_invariants_have_names_of_their_own() -> None:
    assert len({each.name for each in INVARIANTS}) == len(INVARIANTS)


def test_what_was_changed_behind_the_products_back_is_found_and_named(committing: None) -> None:
    with owner_rights(), transaction.atomic(), schema_context("acme"):
        load(accounts=60, months=8, seed=7, as_of=AS_OF)
        reports.freeze(ReportRun.objects.get(), by=User.objects.get(name="Grace Okafor"), as_of=AS_OF)
        assert broken(verify()) == []
        missed = {}
        for what, (statement, word) in TAMPERING.items():
            with transaction.atomic():
                assert sql.execute(statement) > 0, what
                said = verify()
                transaction.set_rollback(True)
            if not any(word.lower() in name.lower() for name in broken(said)) or "invariants are broken." not in said:
                missed[what] = broken(said)
        assert missed == {}
        assert broken(verify()) == []
        transaction.set_rollback(True)


def test_a_broken_tenant_ends_the_command_with_an_error(committed_acme: Tenant) -> None:
    from tests.accounts import make

    make.contract()
    sql.execute("update accounts_contractline set arr = arr + 1")
    with pytest.raises(CommandError, match=rf"1 of {len(INVARIANTS)} invariants are broken"):
        call_command("verify", "--schema", "acme", stdout=StringIO())
