"""Processes that are started together are watched together and end together, whatever they do against it."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from cshub.embedded import CannotStart
from cshub.embedded.supervisor import Supervisor
from cshub.environment import BASE_DIR
from tests.embedded.processes import eventually, mentioning

STUBBORN = "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)', sys.argv[1]]); print('up', flush=True); time.sleep(300)"


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(code), *arguments]


def test_what_ignores_the_request_to_end_is_killed_with_its_children(tmp_path):
    supervisor = Supervisor(tmp_path, stop_seconds=0.5)
    child = supervisor.start("stubborn", python(STUBBORN, str(tmp_path)))
    assert eventually(lambda: child.last_words() == "up")
    supervisor.stop()
    assert eventually(lambda: not mentioning(str(tmp_path)))


def test_a_process_that_dies_is_started_again_and_said_so(tmp_path):
    supervisor, said = Supervisor(tmp_path), []
    child = supervisor.start("worker", python("import time; time.sleep(300)", str(tmp_path)))
    first = child.process
    child.started_at -= 3600
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    supervisor.revive(said.append)
    assert child.is_running
    assert child.process.pid != first.pid
    assert said == [f"The worker process ended unexpectedly; starting it again. Its log: {tmp_path}/worker.log"]
    supervisor.stop()


def test_a_process_that_cannot_run_is_not_started_for_ever(tmp_path):
    supervisor = Supervisor(tmp_path)
    child = supervisor.start("web", python("print('no module named cshub.wsgi')"))
    child.process.wait()
    with pytest.raises(CannotStart, match=r"web process ends as soon as it is started.*no module named cshub\.wsgi"):
        supervisor.revive(print)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of a killed parent")
def test_children_do_not_outlive_a_killed_supervisor(tmp_path):
    code = """
        import sys, time
        from pathlib import Path
        from cshub.embedded.supervisor import Supervisor
        Supervisor(Path(sys.argv[1])).start("child", [sys.executable, "-c", "import time; time.sleep(300)", sys.argv[1]])
        print("up", flush=True)
        time.sleep(300)
    """
    with subprocess.Popen(
        python(code, str(tmp_path)),
        cwd=BASE_DIR,
        env=os.environ | {"PYTHONPATH": str(BASE_DIR)},
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdout.readline() == b"up\n"
        assert len(mentioning(str(tmp_path))) == 2
        parent.kill()
    assert eventually(lambda: not mentioning(str(tmp_path)))


def test_ctrl_c_works_even_where_it_was_inherited_as_ignored():
    code = """
        import signal, time
        from cshub.embedded.supervisor import stop_on_signals
        stop_on_signals()
        try:
            print("up", flush=True)
            time.sleep(300)
        except KeyboardInterrupt:
            print("stopped")
    """
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = subprocess.Popen(python(code), env=os.environ | {"PYTHONPATH": str(BASE_DIR)}, stdout=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        assert process.stdout.readline() == b"up\n"
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=10)[0] == b"stopped\n"
        assert time.monotonic() - began < 5
