"""The product refuses to start behind a pooler that mixes sessions, and starts behind one that does not."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from cshub.environment import BASE_DIR
from cshub.tenancy import checks
from tests.embedded.processes import bare_environment, eventually
from tests.tenancy import probes
from tests.tenancy.conftest import MakePooler
from tests.tenancy.test_walls import name


@pytest.mark.parametrize("sessions", [1, 3])
@pytest.mark.parametrize("last_used_first", [True, False])
def test_a_pooler_that_mixes_sessions_is_found(behind_pooler: MakePooler, sessions: int, last_used_first: bool) -> None:
    behind_pooler(sessions, last_used_first=last_used_first)
    assert checks.mixes_sessions(checks.connect)


def test_a_connection_of_our_own_is_not_accused(committing: None) -> None:
    assert not checks.mixes_sessions(checks.connect)
    checks.refuse_mixing_pooler()


def test_the_start_is_refused_with_the_remedy(behind_pooler: MakePooler) -> None:
    behind_pooler(3)
    with pytest.raises(ImproperlyConfigured, match="session mode"):
        checks.refuse_mixing_pooler()
    assert [error.id for error in checks.no_mixing_pooler(databases=["default"])] == ["cshub.E002"]


@pytest.mark.parametrize("probe", probes.POOLER, ids=name)
def test_behind_a_mixing_pooler_nobody_gets_as_far_as_a_tenant(
    behind_pooler: MakePooler, probe: Callable[[], bool]
) -> None:
    probes.furnish()
    behind_pooler(1)
    with pytest.raises(ImproperlyConfigured):
        probe()


@pytest.mark.parametrize("probe", probes.POOLER, ids=name)
def test_with_sessions_of_their_own_processes_stay_in_their_tenants(
    committing: None, probe: Callable[[], bool]
) -> None:
    probes.furnish()
    assert not probe()


STARTS = {
    "web": ["-c", "import cshub.wsgi"],
    "worker": ["-m", "celery", "--app", "cshub.celery", "worker", "--pool", "solo"],
    "command": ["manage.py", "advance", "--schema", "acme"],
}


@pytest.mark.slow
@pytest.mark.parametrize("process", STARTS)
def test_no_process_starts(behind_pooler: MakePooler, process: str, tmp_path: Path) -> None:
    behind_pooler(1)
    done = started(process, url_of_the_application(), tmp_path)
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith(checks.POOLER)


@contextmanager
def pgbouncer(folder: Path, mode: str) -> Iterator[int]:
    """PgBouncer in front of the tests' database, signing in as the application. As root it changes to another account by itself."""
    place = settings.DATABASES["default"]
    names = {"host": "HOST", "port": "PORT", "dbname": "NAME", "user": "USER", "password": "PASSWORD"}
    server = " ".join(f"{key}='{place[name]}'" for key, name in names.items() if place[name])
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    file = folder / "pgbouncer.ini"
    file.write_text(
        f"[databases]\n* = {server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = any\npool_mode = {mode}\n" + ("user = nobody\n" if os.geteuid() == 0 else "")
    )
    with (folder / "pgbouncer.log").open("wb") as log:
        process = subprocess.Popen(["pgbouncer", str(file)], stdout=log, stderr=log)
    try:
        assert eventually(lambda: answers(port)), (folder / "pgbouncer.log").read_text()
        yield port
    finally:
        process.kill()
        process.wait()


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.skipif(
    not shutil.which("pgbouncer"), reason="PgBouncer is not installed; the tests' own pooler stands for it"
)
@pytest.mark.parametrize(("mode", "refused"), [("transaction", True), ("statement", True), ("session", False)])
def test_pgbouncer_is_refused_unless_a_session_is_its_clients_alone(
    committing: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: str, refused: bool
) -> None:
    with pgbouncer(tmp_path, mode) as port:
        monkeypatch.setitem(settings.DATABASES["default"], "HOST", "127.0.0.1")
        monkeypatch.setitem(settings.DATABASES["default"], "PORT", port)
        assert checks.mixes_sessions(checks.connect) is refused
        done = started("web", url_of_the_application(), tmp_path)
    assert (done.returncode, checks.POOLER in done.stderr) == ((1, True) if refused else (0, False))


def started(process: str, url: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """What became of a process of the product with this database."""
    return subprocess.run(
        [sys.executable, *STARTS[process]],
        cwd=BASE_DIR,
        env=bare_environment() | {"CSHUB_DATA_DIR": str(folder), "DATABASE_URL": url, "CSHUB_APP_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def url_of_the_application() -> str:
    place = settings.DATABASES["default"]
    user, password, host = (quote(place[name], safe="") for name in ("USER", "PASSWORD", "HOST"))
    return f"postgresql://{user}:{password}@{host}:{place['PORT']}/{place['NAME']}"
