"""Tells values that cannot be from verbs that were refused."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rest_framework import serializers

from playbooks import services


@contextmanager
def as_invalid() -> Iterator[None]:
    """A value that cannot be is a wrong body (400 with its pointer), not a refusal."""
    try:
        yield
    except (services.BadContent, services.BadTask) as refusal:
        detail: Any = [str(refusal)]
        for name in reversed([part for part in re.split(r"[.\[\]]+", refusal.field) if part]):
            detail = {name: detail}
        raise serializers.ValidationError(detail) from refusal
