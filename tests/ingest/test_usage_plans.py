"""Most usage is planned by a short statement: it comes to what the one that knows everything comes to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts import services
from accounts.ingest.models import ImportBatch, ImportedRow
from accounts.ingest.services import undo_import
from accounts.ingest.sql import usage
from accounts.models import Account, ChangedAccount, MetricDefinition, UsageDaily
from tests.accounts import make
from tests.ingest.files import MORNING, bring_in, counts, problems

DAY = date(2026, 11, 18)
LATER = MORNING + timedelta(days=1)
HEADER = "account,metric,day,value,active users\n"
BEFORE = HEADER + "".join(f"{name},Logins,{DAY},{value},{users}\n" for name, value, users in (
    ("same", 5, 2), ("other", 5, 2), ("users", 5, 2), ("unsaid", 5, ""), ("kept", 5, 2), ("survivor", 5, 1), ("absorbed", 7, 1), ("top", 1, 1),
))  # fmt: skip
ROWS = {
    "nothing new": f"same,Logins,{DAY},5,2\nsame,logins,{DAY - timedelta(1)},0.00004,\n",
    "days of every kind": (
        f"same,logins,{DAY},5.0000,2\nother,Logins,{DAY},6,2\nusers,Logins,{DAY},5,3\nunsaid,Logins,{DAY},5,4\nkept,Logins,{DAY},5,\n"
        f"new,Seats used,{DAY},3,\nnew,Logins,{DAY - timedelta(1)},-2.5,1\nnobody,Logins,{DAY},1,1\nmeasured,Logins,{DAY},1,\n"
    ),
    "accounts that were merged": f"survivor,Logins,{DAY},6,1\nabsorbed,Logins,{DAY},9,3\nother,Logins,{DAY},8,2\nabsorbed,Calls,{DAY},4,\nsurvivor,Calls,{DAY},1,2\n",
    "an ID that was merged away": f"absorbed,Calls,{DAY},4,\nnew,Calls,{DAY},4,\nabsorbed,Logins,{DAY},7,1\n",
}  # fmt: skip


@pytest.fixture
def book(acme: object) -> None:
    for name in ("same", "other", "users", "unsaid", "kept", "survivor", "absorbed", "top", "new", "measured"):
        make.account(external_id=name)
    bring_in(BEFORE, kind="usage")
    bring_in("account,metric,measured_at,value\nmeasured,Logins,2026-11-18T12:00:00Z,3\n", kind="usage")
    for gone, kept in (("absorbed", "survivor"), ("survivor", "top")):
        absorbed, survivor = (Account.objects.get(external_id=name) for name in (gone, kept))
        services.merge_accounts(survivor=survivor, absorbed=absorbed, by=None, as_of=MORNING + timedelta(minutes=1))
    ChangedAccount.objects.all().delete()


def usage_now() -> list[Any]:
    return list(
        UsageDaily.objects.order_by("account__external_id", "metric", "day").values_list(
            "account__external_id", "metric", "day", "value", "active_users", "recorded_at"
        )
    )


def told_of(batch: ImportBatch) -> dict[str, Any]:
    """All that can be seen of an import, before and after it is undone."""
    seen = {
        "counts": counts(batch),
        "problems": problems(batch),
        "usage": usage_now(),
        "metrics": list(MetricDefinition.objects.values_list("key", "name", "unit", "aggregation")),
        "new metrics": batch.reading.get("new_metrics"),
        "changed": set(ChangedAccount.objects.values_list("account__external_id", flat=True)),
    }
    undone = undo_import(batch, by=None, as_of=LATER + timedelta(hours=1))
    return seen | {"undone": undone.undone, "left": [day[:-1] for day in usage_now()]}


def with_the_whole_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    told_by = usage.told_by
    monkeypatch.setattr(usage, "told_by", lambda *args, **more: told_by(*args, **more) | {"are_days": False})


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_both_plans_come_to_the_same(book: None, monkeypatch: pytest.MonkeyPatch, rows: str) -> None:
    with transaction.atomic():
        short = told_of(bring_in(HEADER + rows, kind="usage", as_of=LATER))
        transaction.set_rollback(True)
    with_the_whole_plan(monkeypatch)
    whole = told_of(bring_in(HEADER + rows, kind="usage", as_of=LATER))
    assert short == whole


def test_days_that_a_file_added_are_kept_together_and_one_that_changed_since_is_listed(acme: object) -> None:
    for name in ("a", "b", "c"):
        make.account(external_id=name)
    batch = bring_in(
        HEADER + "".join(f"{name},Logins,{DAY - timedelta(n)},{n + 1},\n" for n in range(2) for name in "abc"),
        kind="usage",
    )
    assert ImportedRow.objects.count() == 2
    second = UsageDaily.objects.get(account__external_id="b", day=DAY - timedelta(1))
    UsageDaily.objects.filter(pk=second.pk).update(value=9)
    undone = undo_import(batch, by=None, as_of=LATER)
    assert undone.undone["total"] == {"removed": 5, "changed": 1}
    left = ImportedRow.objects.get()
    assert (left.row_number, left.left_because) == (6, "changed")
    assert left.key == [str(second.account_id), "logins", str(second.day)]
    assert [row.value for row in UsageDaily.objects.all()] == [9]


def test_a_day_to_come_is_refused_though_all_others_are_good(acme: object) -> None:
    make.account(external_id="a")
    ahead = datetime(2026, 12, 24, tzinfo=UTC).date()
    batch = bring_in(HEADER + f"a,Logins,{DAY},1,\na,Logins,{ahead},2,\n", kind="usage")
    assert counts(batch) == (1, 0, 0, 1)
    assert problems(batch)[0][:3] == (3, "day", str(ahead))
