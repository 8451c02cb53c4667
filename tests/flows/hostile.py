"""Values nobody expects, and a tenant with one of everything to send them to."""

import json
from datetime import timedelta
from typing import Any

from cshub.users.models import User
from playbooks import services as playbooks
from reports import services as reports
from reports.impact import services as impact
from tests import cast
from tests.accounts import make as facts
from tests.ingest.files import upload
from tests.playbooks import make

DIGITS = "9" * 10_000
DEEP: Any = "bottom"
for _ in range(60):
    DEEP = [DEEP]

# As they stand in JSON; a form gets the same as text.
VALUES: tuple[str, ...] = (
    '"a\\u0000b"', '"\\ud800"', DIGITS, f"-{DIGITS}.5", "1e400", "NaN", json.dumps(DEEP), "null", "true", "[]", "{}", '""', '"  "', "0", "-1",
    "-0.005", '"0000-01-01"', '"0001-01-01"', '"9999-12-31"', '"9999-12-31T23:59:59Z"', '"0001-01-01T00:00:00+14:00"', '"2026-02-30"',
    '"' + "x" * 5000 + '"', '"00000000-0000-0000-0000-000000000000"', '"\' OR 1=1 --"', '"<script>alert(1)</script>"', '"=cmd()"', "9223372036854775808",
    '{"amount": "-1", "currency": "EUR"}', '{"amount": "1e99", "currency": "€€€"}', '{"amount": {"amount": "1"}, "currency": null}', '[{"title": []}]',
)  # fmt: skip


def as_text(value: str) -> str:
    """A hostile value as a form or an address carries it."""
    if value.startswith('"'):
        return str(json.loads(value)).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return value


def one_of_everything(by: User) -> None:
    """A row of each resource, so that the values reach the verbs."""
    as_of = cast.clock()
    account = make.due_account(owner=by)
    facts.contact(account)
    facts.usage(account)
    facts.survey_response(account)
    touch = facts.interaction(account, occurred_at=as_of - timedelta(days=1))
    facts.decision(facts.renewal(facts.contract(account, ends_on=as_of.date())), recorded_at=as_of)
    make.health(account)
    make.task(account, owner=by)
    make.draft(by=by)
    playbooks.submit(make.draft(by=by), by=by, as_of=as_of)
    make.active(holdout_share="0.2")
    impact.observe_outcomes(as_of=as_of)
    impact.register_experiments(as_of=as_of)
    outcome = account.outcomes.get()
    for _ in range(2):
        claim = impact.claim(
            outcome=outcome, kind="influenced_renewal", amount=100, narrative="Said.", by=by, as_of=as_of
        )
    impact.cite(claim, touch, by=by, as_of=as_of)
    impact.submit_claim(claim, by=by, as_of=as_of)
    upload("id,name\n1,One\n", as_of=as_of)
    since = as_of.date() - timedelta(days=60)
    reports.set_assumption(gross_margin=1, currency="EUR", valid_from=since, by=by, as_of=as_of)
    reports.run_roi(starts_on=since, ends_on=as_of.date() - timedelta(days=5), by=by, as_of=as_of)
