"""A real worker on a real broker: a task outlives the worker that was killed over it, and its tenant decides where it runs."""

import subprocess
import sys
from pathlib import Path

import pytest

from cshub.environment import BASE_DIR
from cshub.work.models import OutboxEntry, OutboxState
from tests.embedded.processes import eventually, kill_group

pytestmark = pytest.mark.slow


def send(environment: dict[str, str], schema: str | None, path: Path, *, seconds: float = 0) -> None:
    """Send the task as the product does, from a process of its own whose active tenant is `schema`."""
    code = (
        "import sys; from tests.embedded.tasks import write\n"
        "from cshub.db.active import ACTIVE; from cshub.tenancy.names import NamedSchema\n"
        "schema, path, seconds = sys.argv[1:]\n"
        "ACTIVE.enter(NamedSchema(schema) if schema else None)\n"
        "write.delay(path=path, seconds=float(seconds))\n"
    )
    run(environment, code, schema or "", str(path), str(seconds))


def run(environment: dict[str, str], code: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-c", code, *arguments], cwd=BASE_DIR, env=environment, check=True, timeout=60)


def test_a_task_whose_worker_was_killed_is_done_by_the_next_one(environment, worker, tmp_path):
    path = tmp_path / "told"
    send(environment, "acme", path, seconds=2)
    first = worker()
    assert eventually(lambda: path.exists() and "began in acme" in path.read_text(), within=30)
    kill_group(first)
    assert "ended" not in path.read_text()
    worker()
    assert eventually(lambda: "ended" in path.read_text(), within=60), (tmp_path / "worker.log").read_text()
    assert path.read_text() == "began in acme\nbegan in acme\nended\n"


def test_a_task_of_a_tenant_that_is_gone_or_of_none_runs_nowhere(environment, worker, tmp_path):
    gone, none, here = tmp_path / "gone", tmp_path / "none", tmp_path / "here"
    send(environment, "initech", gone)
    send(environment, None, none)
    send(environment, "globex", here)
    worker()
    assert eventually(lambda: here.exists() and "ended" in here.read_text(), within=30), (
        tmp_path / "worker.log"
    ).read_text()
    assert here.read_text() == "began in globex\nended\n"
    assert not gone.exists()
    assert not none.exists()
    log = (tmp_path / "worker.log").read_text()
    assert "There is no tenant with the schema 'initech'" in log
    assert "needs a tenant and was sent without one" in log


def test_a_mail_leaves_by_the_hint_that_follows_the_commit(committing, inside, environment, worker, tmp_path):
    environment["CSHUB_DATA_DIR"] = str(tmp_path / "data")
    code = (
        "import tests.embedded.tasks\n"
        "from cshub.tenancy.context import schema_context; from cshub.work.services import put\n"
        "from tests.database import AS_OF; from tests.work.test_outbox import MAIL\n"
        "with schema_context('acme'): put('mail', key='told', payload=MAIL, due_at=AS_OF)\n"
    )
    run(environment, code)
    worker()
    with inside("acme"):
        assert eventually(lambda: OutboxEntry.objects.get().state == OutboxState.SENT, within=60), (
            tmp_path / "worker.log"
        ).read_text()
    with inside("globex"):
        assert not OutboxEntry.objects.exists()
    assert len(list((tmp_path / "data" / "mail").rglob("*.eml"))) == 1


def test_a_process_that_held_much_memory_makes_way_for_a_light_one(environment, worker, tmp_path):
    path = tmp_path / "told"
    code = (
        "import sys; from tests.embedded.tasks import hold\n"
        "for megabytes in (1, 1, 300, 1): hold.delay(path=sys.argv[1], megabytes=megabytes)\n"
    )
    run(environment, code, str(path))
    worker()
    assert eventually(lambda: path.exists() and path.read_text().count("\n") == 4, within=60), (
        tmp_path / "worker.log"
    ).read_text()
    first, second, heavy, light = [line.split()[0] for line in path.read_text().splitlines()]
    assert first == second == heavy != light
