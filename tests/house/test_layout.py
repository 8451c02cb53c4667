"""The house stays as it was drawn: small files, pure engines, linear migrations, a lock file without addresses."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.migrations.loader import MigrationLoader

from cshub.environment import BASE_DIR

PACKAGES = ("cshub", "accounts", "health", "playbooks", "reports", "tests")
LONGEST_FILE = 400
PURE_THIRD_PARTY = {"numpy", "scipy"}


def sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in (BASE_DIR / folder).rglob("*.py")]
    return [
        path
        for path in found
        if "migrations" not in path.parts and not path.is_relative_to(BASE_DIR / "tests/evidence/pack")
    ]


def imports(path: Path, *, inside_functions: bool = True) -> Iterator[str]:
    """Names of the modules a file imports; `from a import b` counts as a.b."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree) if inside_functions else tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_name(path: Path) -> str:
    return ".".join(path.relative_to(BASE_DIR).with_suffix("").parts)


def engine_files() -> list[Path]:
    return [
        path for path in sources("cshub", "accounts", "health", "playbooks", "reports") if "engine" in path.parent.parts
    ]


def test_no_file_is_too_long():
    too_long = {
        own_name(path): length
        for path in sources(*PACKAGES)
        if (length := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert not too_long, f"Split these files; {LONGEST_FILE} lines are the limit: {too_long}"


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "misc"])
def test_no_file_has_a_name_that_says_nothing(name):
    assert not [own_name(path) for path in sources(*PACKAGES) if path.stem == name]


def test_every_module_says_what_it_is_for():
    silent = [
        own_name(path)
        for path in sources(*PACKAGES)
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent, f"Begin these modules with one line that says what they are for: {silent}"


def test_engines_know_only_arithmetic():
    allowed = {*sys.stdlib_module_names, *PURE_THIRD_PARTY} - {
        "socket",
        "http",
        "urllib",
        "subprocess",
        "sqlite3",
        "os",
    }
    impure = {
        (own_name(path), name)
        for path in engine_files()
        for name in imports(path)
        if name.split(".")[0] not in allowed
        and not name.startswith("cshub.kernel")
        and not name.startswith(engines_around(path))
    }
    assert engine_files()
    assert not impure, f"An engine imports cshub.kernel and numerical libraries only: {sorted(impure)}"


def engines_around(path: Path) -> tuple[str, ...]:
    """The engine of the app itself and of the apps it stands in: health.segments may build on the arithmetic of health."""
    parts = own_name(path).partition(".engine")[0].split(".")
    return tuple(".".join(parts[: length + 1]) + ".engine" for length in range(len(parts)))


def test_an_engine_is_spoken_to_by_its_own_app_only():
    strangers = {
        (own_name(path), name)
        for path in sources("cshub", "accounts", "health", "playbooks", "reports")
        for name in imports(path)
        if re.match(r"(\w+\.)+engine\b", name) and not own_name(path).startswith(name.partition(".engine")[0] + ".")
    }
    assert not strangers, f"Ask the app's services or queries instead: {sorted(strangers)}"


def test_migrations_are_linear():
    graph = MigrationLoader(None).graph
    ours = {
        "tenancy",
        "users",
        "audit",
        "work",
        "accounts",
        "ingest",
        "events",
        "connectors",
        "quality",
        "segments",
        "health",
        "playbooks",
        "impact",
        "reports",
    }
    heads = {app: leaves for app in ours if len(leaves := graph.leaf_nodes(app)) > 1}
    assert not heads, f"Merge by renumbering, so that every installation runs the same order: {heads}"


def test_the_lock_file_has_no_addresses():
    lines = (BASE_DIR / "requirements.lock").read_text().splitlines()
    assert not [line for line in lines if "://" in line or line.startswith(("--index", "--find", "-i "))]
    pinned = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert all("==" in line for line in pinned)
    assert "--hash=sha256:" in lines[1]


def test_the_lock_file_of_another_tool_is_never_committed():
    assert "uv.lock" in (BASE_DIR / ".gitignore").read_text().splitlines()


def test_manage_py_needs_only_the_standard_library_until_it_goes_on_inside():
    outside = [name for name in imports(BASE_DIR / "manage.py") if name.split(".")[0] not in sys.stdlib_module_names]
    assert outside == ["cshub.command_line.main"]
    assert not [name for name in imports(BASE_DIR / "manage.py", inside_functions=False) if name.startswith("cshub")]
