"""The hash of a version changes with everything it says and with nothing else."""

from decimal import Decimal
from typing import Any

import pytest

from playbooks.engine.content import FIELDS, content_hash

CONTENT: dict[str, Any] = {
    "mode": "proactive",
    "trigger": "renewal_runway",
    "trigger_settings": {"days_before": 90},
    "audience": {"segment": ["a", "b"], "arr_min": "10.00"},
    "steps": [{"title": "Zażółć", "after_days": 1}],
    "goal": "renew",
    "primary_outcome": "renewal",
    "horizon_days": 180,
    "holdout_share": Decimal("0.2"),
    "strata": ["1.00"],
    "salt": "s",
}


def test_the_order_of_names_and_the_scale_of_the_share_do_not_matter() -> None:
    turned = dict(reversed(CONTENT.items())) | {"holdout_share": "0.200"}
    assert content_hash(turned) == content_hash(CONTENT)


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_counts(name: str) -> None:
    other = Decimal("0.3") if name == "holdout_share" else "other"
    assert content_hash({**CONTENT, name: other}) != content_hash(CONTENT)


def test_a_missing_field_is_an_error() -> None:
    with pytest.raises(KeyError):
        content_hash({name: CONTENT[name] for name in FIELDS if name != "steps"})
