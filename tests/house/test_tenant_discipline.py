"""What could carry one tenant's data into another stands in the few modules that own it, each with its reason."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cshub.environment import BASE_DIR

PACKAGES = ("cshub", "accounts", "health", "playbooks", "reports")
CACHES = {"lru_cache", "cache"}
CONTAINERS = {
    "dict",
    "list",
    "set",
    "defaultdict",
    "OrderedDict",
    "Counter",
    "deque",
    "WeakKeyDictionary",
    "WeakValueDictionary",
}
SWITCHES = {"set_schema", "set_tenant", "set_schema_to_public"}
THREADS = {
    "threading.Thread",
    "threading.Timer",
    "concurrent.futures.ThreadPoolExecutor",
    "concurrent.futures.ProcessPoolExecutor",
    "multiprocessing.Process",
    "multiprocessing.Pool",
}

# rule: {file or folder: why it may}
OWNERS: dict[str, dict[str, str]] = {
    "raw cursor": {
        "cshub/db/sql.py": "the one way to send SQL of our own",
        "cshub/tenancy": "builds and grants the schemas that everything else works in",
        "accounts/ingest/connectors/adapters/sql.py": "reads another company's database",
    },
    "schema switched by hand": {
        "cshub/tenancy/postgresql/base.py": "is what the blocks of cshub.tenancy.context switch"
    },
    "active tenant set": {"cshub/tenancy": "owns the blocks that enter and leave a tenant"},
    "thread": {},
    "Django's on_commit": {"cshub/tenancy/context.py": "wraps it so that the tenant is remembered"},
    "memo in the process": {
        "accounts/services/currency.py": "codes of currencies, from a library",
        "accounts/ingest/kinds/usage.py": "keys of metrics, by the name they are made of",
        "accounts/ingest/kinds/zones.py": "names of time zones, from a library",
        "cshub/l10n/formats.py": "texts of days and numbers, by value, pattern and language",
        "cshub/web/drawn.py": "drawings of names' initials, by the name",
        "cshub/web/navigation.py": "addresses of pages, by their names",
        "cshub/web/templatetags/icon.py": "drawings of icons",
        "health/sql/run.py": "parsed scorecards, by the hash of their text",
        "health/services.py": "scorecards that come with the product",
        "reports/impact/engine/bounds.py": "quantiles of distributions, by their arguments",
    },
    "container at module level": {
        "accounts/queries/beside.py": "what other apps answer beside accounts; filled once, at start",
        "accounts/queries/rules.py": "which app computes rules; filled once, at start",
        "cshub/web/kept.py": "drawn frames and dialogs, by tenant, reader and all they show",
        "health/queries/lists.py": "formulas of versions, by an id that is unique everywhere; a version never changes",
        "health/segments/uses.py": "which apps are asked who builds on a segment; filled once, at start",
    },
    "connection of its own": {
        "accounts/ingest/connectors/adapters/sql.py": "reads another company's database",
        "cshub/tenancy/checks.py": "asks the server who answers, before any tenant is served",
        "cshub/embedded": "starts and creates the databases themselves",
    },
    "owner's rights": {"cshub/tenancy": "migrates, provisions and grants"},
}

Finder = Callable[[ast.Module, dict[str, str]], Iterator[int]]


def called(name: str) -> Finder:
    """Calls of a function by its full name, however it was imported."""
    return lambda tree, names: (
        node.lineno for node in ast.walk(tree) if isinstance(node, ast.Call) and full_name(node.func, names) == name
    )


def raw_cursor(tree: ast.Module, names: dict[str, str]) -> Iterator[int]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"cursor", "chunked_cursor"}
        ):
            yield node.lineno


def switched(tree: ast.Module, names: dict[str, str]) -> Iterator[int]:
    for node in ast.walk(tree):
        if (isinstance(node, ast.Attribute) and node.attr in SWITCHES) or (
            isinstance(node, ast.FunctionDef) and node.name in SWITCHES
        ):
            yield node.lineno


def threads(tree: ast.Module, names: dict[str, str]) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call | ast.ClassDef):
            used = [node.func] if isinstance(node, ast.Call) else node.bases
            yield from (node.lineno for name in used if full_name(name, names) in THREADS)


def memos(tree: ast.Module, names: dict[str, str]) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                bare = decorator.func if isinstance(decorator, ast.Call) else decorator
                if full_name(bare, names) in {f"functools.{name}" for name in CACHES}:
                    yield node.lineno


def containers(tree: ast.Module, names: dict[str, str]) -> Iterator[int]:
    """Empty containers at module level wait to be filled: that is a cache, or becomes one."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and is_empty_container(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if not any(isinstance(target, ast.Name) and target.id == "urlpatterns" for target in targets):
                yield node.lineno


def is_empty_container(value: ast.expr) -> bool:
    if isinstance(value, ast.Dict):
        return not value.keys
    if isinstance(value, ast.List | ast.Set):
        return not value.elts
    if isinstance(value, ast.Call):
        name = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        return name in CONTAINERS and (not value.args or name == "defaultdict")
    return False


RULES: dict[str, Finder] = {
    "raw cursor": raw_cursor,
    "schema switched by hand": switched,
    "active tenant set": called("cshub.db.active.ACTIVE.enter"),
    "thread": threads,
    "Django's on_commit": called("django.db.transaction.on_commit"),
    "memo in the process": memos,
    "container at module level": containers,
    "connection of its own": called("psycopg.connect"),
    "owner's rights": called("cshub.tenancy.owner.owner_rights"),
}


def full_name(node: ast.expr, names: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{full_name(node.value, names)}.{node.attr}"
    return ""


def imported_names(tree: ast.Module) -> dict[str, str]:
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.asname: alias.name for alias in node.names if alias.asname}
    return names


def found(rule: str, source: str) -> list[int]:
    tree = ast.parse(source)
    return list(RULES[rule](tree, imported_names(tree)))


def sources() -> list[Path]:
    return [
        path for package in PACKAGES for path in (BASE_DIR / package).rglob("*.py") if "migrations" not in path.parts
    ]


def is_owner(path: Path, rule: str) -> bool:
    return any(path == BASE_DIR / owner or path.is_relative_to(BASE_DIR / owner) for owner in OWNERS[rule])


@pytest.mark.parametrize("rule", RULES)
def test_only_its_owners_do_it(rule: str) -> None:
    strays = [
        f"{path.relative_to(BASE_DIR)}:{line}"
        for path in sources()
        if not is_owner(path, rule)
        for line in found(rule, path.read_text())
    ]
    assert strays == [], f"{rule}: use what its owner offers ({', '.join(OWNERS[rule]) or 'nobody may'})"


@pytest.mark.parametrize(("rule", "owner"), [(rule, owner) for rule, owners in OWNERS.items() for owner in owners])
def test_no_exception_outlives_its_reason(rule: str, owner: str) -> None:
    paths = [path for path in sources() if path == BASE_DIR / owner or path.is_relative_to(BASE_DIR / owner)]
    assert any(found(rule, path.read_text()) for path in paths)


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        ("raw cursor", "from django.db import connection\nwith connection.cursor() as cursor: pass"),
        ("raw cursor", "from django.db import connections\nc = connections['default'].cursor()"),
        ("schema switched by hand", "connection.set_schema('acme')"),
        ("active tenant set", "from cshub.db.active import ACTIVE\nACTIVE.enter(None)"),
        ("thread", "import threading\nthreading.Thread(target=print).start()"),
        ("thread", "from threading import Thread\nclass Mine(Thread): pass"),
        ("thread", "from concurrent.futures import ThreadPoolExecutor as Pool\nPool(2)"),
        ("Django's on_commit", "from django.db import transaction\ntransaction.on_commit(print)"),
        ("Django's on_commit", "from django.db.transaction import on_commit as later\nlater(print)"),
        ("memo in the process", "from functools import lru_cache\n@lru_cache\ndef f(): pass"),
        ("memo in the process", "import functools\n@functools.cache\ndef f(): pass"),
        ("container at module level", "_seen: dict[str, int] = {}"),
        ("container at module level", "from collections import defaultdict\nSEEN = defaultdict(list)"),
        ("connection of its own", "import psycopg\npsycopg.connect('')"),
        ("owner's rights", "from cshub.tenancy.owner import owner_rights\nwith owner_rights(): pass"),
    ],
)
def test_each_rule_sees_what_it_forbids(rule: str, source: str) -> None:
    assert found(rule, source)
