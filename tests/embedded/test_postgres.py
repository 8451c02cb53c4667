"""The embedded PostgreSQL starts anywhere, is shared, and comes back from whatever a crash leaves behind."""

import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cshub.embedded import CannotStart
from cshub.embedded.folders import OUTSIDE, need_space
from cshub.embedded.postgres import FAST_BUT_FORGETFUL, EmbeddedPostgres
from tests.embedded.processes import eventually, mentioning

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One data directory for the module: making it is the slow part."""
    path = tmp_path_factory.mktemp("postgres")
    path.parent.chmod(0o755)
    path.parent.parent.chmod(0o755)
    with embedded(path) as server, psycopg.connect(server.url) as connection:
        connection.execute("create table kept (word text)")
        connection.execute("insert into kept values ('ŁÓDŹ')")
    yield path
    embedded(path).start().stop()
    shutil.rmtree(path, ignore_errors=True)


def embedded(folder: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(folder, settings=FAST_BUT_FORGETFUL)


def word(server: EmbeddedPostgres) -> str:
    with psycopg.connect(server.url) as connection:
        row = connection.execute("select lower(word) from kept").fetchone()
    assert row
    return str(row[0])


def test_it_starts_again_with_its_data(folder):
    with embedded(folder) as server:
        assert word(server) == "łódź"
    assert not mentioning(str(server.data))


def test_it_lets_nobody_in_without_the_password_that_only_the_owner_can_read(folder):
    with embedded(folder) as server:
        assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.url.replace(server.password, "guessed"))


def test_it_never_runs_as_root_and_listens_on_no_network_port(folder):
    with embedded(folder) as server:
        assert server.process
        owner = Path(f"/proc/{server.process.pid}").stat().st_uid if Path("/proc/self").exists() else os.geteuid()
        assert owner != 0
        with psycopg.connect(server.url) as connection:
            assert connection.execute("show listen_addresses").fetchone() == ("",)


def test_the_last_user_stops_it_whoever_started_it(folder):
    first, second = embedded(folder).start(), embedded(folder).start()
    assert second.process is None
    first.stop()
    assert word(second) == "łódź"
    second.stop()
    assert first.process.wait(10) == 0
    assert not mentioning(str(second.data))


def test_it_heals_after_a_kill(folder):
    with embedded(folder) as server:
        assert server.process
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        assert server.heal()
        assert word(server) == "łódź"
        assert not server.heal()


def test_the_server_of_a_killed_command_is_adopted_and_stopped(folder):
    orphan = embedded(folder).start()
    orphan._membership.close()  # what the kernel does when the command is killed
    with embedded(folder) as server:
        assert server.process is None
        assert word(server) == "łódź"
    assert orphan.process.wait(10) == 0


def test_a_pid_file_whose_number_now_belongs_to_another_program_is_no_obstacle(folder):
    with embedded(folder) as server:
        pid_file, socket_lock = server.data / "postmaster.pid", server.sockets / ".s.PGSQL.5432.lock"
        lines = pid_file.read_text().splitlines()
    with subprocess.Popen(["sleep", "60"], **server.account.process_options) as stranger:
        for path in (pid_file, socket_lock):
            path.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
            server.account.own(path)
            path.chmod(0o600)
        try:
            with embedded(folder) as server:
                assert word(server) == "łódź"
        finally:
            stranger.kill()


def test_a_data_directory_of_another_major_version_is_left_alone(folder):
    other = folder / "data-9"
    other.mkdir(exist_ok=True)
    (other / "PG_VERSION").write_text("9\n")
    with embedded(folder) as server:
        assert server.data != other
        assert word(server) == "łódź"
    assert (other / "PG_VERSION").read_text() == "9\n"


def test_a_lost_password_is_told_with_the_remedy(folder):
    password = (folder / "password").read_text()
    with embedded(folder):
        (folder / "password").write_text("another")
        try:
            with pytest.raises(CannotStart, match="Put the old file back"):
                embedded(folder).start()
        finally:
            (folder / "password").write_text(password)


def test_what_keeps_it_from_starting_is_told_in_one_line(folder):
    wrong = EmbeddedPostgres(folder, settings={"shared_buffers": "none"})
    with pytest.raises(CannotStart, match='PostgreSQL did not start.*says: .*"shared_buffers"') as told:
        wrong.start()
    assert "\n" not in str(told.value)


def test_a_half_made_data_directory_is_made_again_even_where_root_alone_may_enter(tmp_path):
    """Also under a path with a blank, and too long for a socket."""
    folder = tmp_path / ("a long name " * 8)
    folder.mkdir()
    folder.chmod(0o700)
    server = embedded(folder)
    server.prepare()
    assert server.root.is_relative_to(OUTSIDE if os.geteuid() == 0 else folder)
    server.data.mkdir(exist_ok=True)
    (server.data / "half").touch()
    try:
        with server:
            assert not (server.data / "half").exists()
            psycopg.connect(server.url).close()
        assert eventually(lambda: not mentioning(str(server.data)))
    finally:
        shutil.rmtree(server.root, ignore_errors=True)
        shutil.rmtree(server.sockets, ignore_errors=True)


def test_a_full_disk_is_told_before_anything_is_written(tmp_path):
    with pytest.raises(CannotStart, match=r"is full: \d+ MB are free and 1048576 MB are needed"):
        need_space(tmp_path, needed=2**40)


def test_binaries_that_are_not_there_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv("CSHUB_PG_BINDIR", str(tmp_path))
    with pytest.raises(CannotStart, match="holds no PostgreSQL programs"):
        embedded(tmp_path / "data").start()
