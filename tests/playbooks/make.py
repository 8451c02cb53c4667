"""The smallest valid work, for tests: people, playbooks in each state, tasks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from accounts.models import Account
from cshub.users.models import User
from health.models import AccountHealth, HealthTransition, ScorecardVersion
from playbooks import services
from playbooks.models import PlaybookVersion, Task
from tests.accounts import make as facts
from tests.health import make as scorecards

MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
SALT = "a salt for tests"
_numbers = count(1)


def person(name: str, role: str = "csm", **fields: Any) -> User:
    """Somebody who works here, made once a test."""
    found = User.objects.filter(name=name).first()
    return found or User.objects.create(
        **{"email": f"{name.lower()}@acme.test", "name": name, "role": role, "created_at": MORNING, **fields}
    )


def ada() -> User:
    return person("Ada")


def grace() -> User:
    return person("Grace", "manager")


def content(**changes: Any) -> dict[str, Any]:
    """A renewal runway of two steps without a holdout."""
    return {
        "trigger": "renewal_runway",
        "trigger_settings": {"days_before": 90},
        "steps": [
            {"title": "Prepare", "instructions": "Read health.", "after_days": 2, "minutes": 20},
            {"title": "Call", "instructions": "Ask what has to be true.", "after_days": 5, "minutes": 45},
        ],
        "goal": "More accounts renew",
        "horizon_days": 180,
        "holdout_share": "0",
        **changes,
    }


def drop_content(**changes: Any) -> dict[str, Any]:
    """A health drop of two steps without a holdout."""
    return content(**{"trigger": "health_drop", "trigger_settings": {"to_bands": ["risk", "watch"]}, **changes})


def draft(*, by: User | None = None, name: str = "", mode: str = "proactive", **changes: Any) -> PlaybookVersion:
    """A draft by Ada."""
    name = name or f"Playbook {next(_numbers)}"
    return services.create_playbook(name=name, mode=mode, by=by or ada(), as_of=MORNING, **content(**changes))


def submitted(**changes: Any) -> PlaybookVersion:
    """A version by Ada that waits for somebody else."""
    version = draft(**changes)
    return services.submit(version, by=version.author, as_of=MORNING, salt=SALT)


def active(**changes: Any) -> PlaybookVersion:
    """A version by Ada that Grace approved."""
    version = submitted(**changes)
    services.approve(version, by=grace(), as_of=MORNING)
    return version


def due_account(*, due_on: date = date(2027, 1, 15), arr: int = 12_000, **fields: Any) -> Account:
    """An account of Ada's whose term ends within 90 days."""
    account = facts.account(**{"owner": ada(), **fields})
    facts.renewal(facts.contract(account, arr=arr, ends_on=due_on))
    return account


def health(account: Account, *, score: float | None = 35, band: str = "risk") -> AccountHealth:
    """The current verdict of an account."""
    version = ScorecardVersion.objects.filter(state="active").first() or scorecards.active_version()
    return AccountHealth.objects.create(
        account=account,
        version=version,
        score=score,
        band=band,
        coverage=1,
        reason="nps",
        raw=[score and score / 10],
        points=[None if score is None else int(score * 100)],
        input_hash="0",
        scored_at=MORNING,
    )


def transition(account: Account, *, from_band: str = "good", to_band: str = "risk", **fields: Any) -> HealthTransition:
    """An account's health falls this morning."""
    return HealthTransition.objects.create(
        **{
            "account": account,
            "from_band": from_band,
            "to_band": to_band,
            "from_score": 80,
            "to_score": 30,
            "reason": "usage_trend",
            "occurred_at": MORNING,
            **fields,
        }
    )


def task(account: Account | None = None, *, owner: User | None = None, **fields: Any) -> Task:
    """A task of Ada's, due today."""
    owner = owner or ada()
    return services.create_task(
        account=account or facts.account(owner=owner),
        **{"title": "Call", "due_on": MORNING.date(), "owner": owner, "by": owner, "as_of": MORNING, **fields},
    )
