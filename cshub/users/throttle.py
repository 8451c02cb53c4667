"""Counts failed attempts to sign in, so that guessing gets slow while typing wrong stays cheap."""

import hashlib
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, F, Value, When

from cshub.tenancy.signing import pepper
from cshub.users.models import SignInCounter

WINDOW = timedelta(minutes=15)
LIMITS = {"both": 10, "email": 50, "address": 100}


class TooManyAttempts(Exception):
    """Tried too often: `retry_after` says how long to wait, `is_first` marks the attempt that crossed the limit."""

    def __init__(self, retry_after: timedelta, *, is_first: bool) -> None:
        super().__init__(f"Too many attempts. Wait {retry_after}.")
        self.retry_after = retry_after
        self.is_first = is_first


def count_attempt(*, purpose: str, email: str, address: str, as_of: datetime) -> None:
    """Count an attempt before it is made, so that attempts at the same moment count too.

    At most 10 in 15 minutes for one email from one address, 50 for one email, 100 from one address. Raises TooManyAttempts.
    """
    keys = _keys(purpose, email, address)
    counters = _counted(sorted(keys.values()), as_of)
    for part, key in keys.items():
        over = counters[key].failed_count - LIMITS[part]
        if over > 0:
            raise TooManyAttempts(counters[key].window_started_at + WINDOW - as_of, is_first=over == 1)


def forgive(*, purpose: str, email: str, address: str) -> None:
    """The attempt succeeded: forget what this email failed, and take this one off its address."""
    keys = _keys(purpose, email, address)
    SignInCounter.objects.filter(key__in=(keys["both"], keys["email"])).delete()
    SignInCounter.objects.filter(key=keys["address"], failed_count__gt=0).update(failed_count=F("failed_count") - 1)


def forget_old(*, as_of: datetime) -> int:
    """Delete counters whose window has passed; how many there were."""
    return SignInCounter.objects.filter(window_started_at__lt=as_of - WINDOW).delete()[0]


def _keys(purpose: str, email: str, address: str) -> dict[str, str]:
    parts = {"both": f"{email.lower()}|{address}", "email": email.lower(), "address": address}
    return {
        part: hashlib.sha256(f"{pepper()}|{purpose}|{part}|{text}".encode()).hexdigest() for part, text in parts.items()
    }


@transaction.atomic
def _counted(keys: list[str], as_of: datetime) -> dict[str, SignInCounter]:
    fresh = [SignInCounter(key=key, window_started_at=as_of) for key in keys]
    SignInCounter.objects.bulk_create(fresh, ignore_conflicts=True)
    list(
        SignInCounter.objects.select_for_update().filter(key__in=keys).order_by("key").values_list("pk")
    )  # one order, no deadlock
    is_over = When(window_started_at__lt=as_of - WINDOW, then=Value(1))
    SignInCounter.objects.filter(key__in=keys).update(
        failed_count=Case(is_over, default=F("failed_count") + 1),
        window_started_at=Case(
            When(window_started_at__lt=as_of - WINDOW, then=Value(as_of)), default=F("window_started_at")
        ),
    )
    return {counter.key: counter for counter in SignInCounter.objects.filter(key__in=keys)}
