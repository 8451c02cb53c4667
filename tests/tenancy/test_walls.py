"""Nothing of one tenant is reached from another, neither through the ORM nor through SQL."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, transaction

from cshub.db.walls import TenantMismatch
from tests.tenancy import probes


@pytest.fixture(autouse=True)
def furnished(db: None) -> None:
    probes.furnish()


def name(probe: Callable[[], bool]) -> str:
    return probe.__name__


@pytest.mark.parametrize("probe", [*probes.PYTHON, *probes.NOWHERE], ids=name)
def test_the_wall_in_python_refuses(probe: Callable[[], bool]) -> None:
    with pytest.raises(TenantMismatch):
        probe()


@pytest.mark.parametrize("probe", probes.POSTGRESQL, ids=name)
def test_the_wall_in_postgresql_refuses(probe: Callable[[], bool]) -> None:
    with pytest.raises(DatabaseError, match=r"permission denied|does not exist"), transaction.atomic():
        probe()
