"""A process that imports files holds what importing needs, and no more."""

import subprocess
import sys

LOADED = """
import sys, django
django.setup()
from accounts.ingest.management.commands import import_file
print(*sorted({"numpy", "scipy"} & sys.modules.keys()))
"""


def test_importing_loads_no_numerics():
    """Learning, valuing and estimating need them; in every other process they would be half of its memory."""
    found = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, timeout=120)
    assert found.stdout.split() == []
