"""The ledger against the measurement: a renewal is given out once, and only what was measured is booked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.impact.engine import Claim, MeasuredMoney, Money, Verdict, measure_holdout, reconcile
from tests.reports.impact.engine.make import trial

GAIN = MeasuredMoney(Verdict.MEASURED_GAIN, Money(30_000, 12_000, 48_000))

CLAIMS = st.lists(
    st.builds(
        Claim,
        claim_id=st.sampled_from("abcdefgh"),
        renewal_id=st.sampled_from(["r1", "r2", "r9"]),
        cents=st.integers(-1000, 200_000),
        evidence_id=st.sampled_from(["e1", "", None]),
    )
)
RENEWALS = st.fixed_dictionaries({"r1": st.integers(-100, 100_000), "r2": st.integers(0, 100_000)})


@given(CLAIMS, RENEWALS)
def test_no_renewal_is_given_out_twice(claims: list[Claim], renewals: dict[str, int]) -> None:
    result = reconcile(claims, renewals)
    for renewal_id, cents in renewals.items():
        given_out = [claim.cents for claim in result.admitted if claim.renewal_id == renewal_id]
        assert sum(given_out) <= max(0, cents)
        assert all(share >= 0 for share in given_out)
    assert len(result.admitted) + len(result.rejected) == len(claims)
    assert len({claim.claim_id for claim in result.admitted}) == len(result.admitted)
    assert result.admitted_cents <= result.claimed_cents


@given(CLAIMS, RENEWALS)
def test_order_does_not_matter(claims: list[Claim], renewals: dict[str, int]) -> None:
    assert reconcile(claims[::-1], renewals, measured=GAIN) == reconcile(claims, renewals, measured=GAIN)


@given(CLAIMS, RENEWALS, st.sampled_from(list(Verdict)), st.integers(-50_000, 50_000))
def test_only_a_measured_gain_is_booked_and_never_more_than_admitted(
    claims: list[Claim], renewals: dict[str, int], verdict: Verdict, lo: int
) -> None:
    booked = reconcile(claims, renewals, measured=MeasuredMoney(verdict, Money(lo + 10, lo, lo + 20)))
    assert 0 <= booked.bookable_cents <= booked.admitted_cents
    assert booked.bookable_cents <= max(0, lo)
    if verdict is not Verdict.MEASURED_GAIN:
        assert booked.bookable_cents == 0


def test_each_rejection_says_why() -> None:
    claims = [
        Claim("c1", "r1", 10, "e1"),
        Claim("c1", "r1", 10, "e1"),
        Claim("c2", "r1", 10, None),
        Claim("c3", "r9", 10, "e1"),
    ]
    rejected = reconcile(claims, {"r1": 100}).rejected
    assert [(claim.claim_id, claim.reason) for claim in rejected] == [
        ("c1", "duplicate_claim"),
        ("c2", "no_evidence"),
        ("c3", "unknown_renewal"),
    ]


def test_the_factor_has_an_interval_and_stays_between_none_and_all() -> None:
    result = reconcile([Claim("c1", "r1", 40_000, "e1")], {"r1": 100_000}, measured=GAIN)
    assert (result.factor, result.factor_lo, result.factor_hi) == pytest.approx((0.75, 0.3, 1.0))


def test_without_measurement_or_admission_there_is_no_factor() -> None:
    assert reconcile([Claim("c1", "r1", 10, "e1")], {"r1": 100}).factor is None
    assert reconcile([], {}, measured=GAIN).factor is None


def test_a_result_can_be_handed_over_as_it_is() -> None:
    refused = measure_holdout(trial(5, 5, 5, 5), outcome="arr")
    result = reconcile([Claim("c1", "r1", 10, "e1")], {"r1": 100}, measured=refused)
    assert (result.bookable_cents, result.factor) == (0, None)
