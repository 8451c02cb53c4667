"""Folders and locks of the embedded servers: who may reach them, and who uses them now."""

import hashlib
import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from cshub.embedded import CannotStart

try:
    import fcntl
except ImportError:  # Windows: one user at a time is assumed
    fcntl = None  # type: ignore[assignment]

OUTSIDE = Path("/var/lib/cshub")  # where root puts what the unprivileged account cannot reach in the checkout
NEEDED_BYTES = 300 * 1024 * 1024
LONGEST_SOCKET_FOLDER = 80  # a socket's path may have some 100 characters


@dataclass(frozen=True)
class ServerAccount:
    """The account that the database server runs as, because PostgreSQL refuses to run as root. None fields: ourselves."""

    uid: int | None = None
    gid: int | None = None

    @property
    def process_options(self) -> dict[str, Any]:
        """Arguments of subprocess.Popen that start a process as this account."""
        return {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Whether the account may enter this folder or execute this file."""
        return (
            self.uid is None
            or subprocess.run(["test", "-x", path], cwd="/", check=False, **self.process_options).returncode == 0
        )


def server_account() -> ServerAccount:
    """Ourselves; for root the first unprivileged account of the machine that will do."""
    if os.name == "nt" or os.geteuid() != 0:
        return ServerAccount()
    import pwd

    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return ServerAccount(entry.pw_uid, entry.pw_gid)
    raise CannotStart(
        "PostgreSQL does not run as root, and this machine has neither an account postgres nor nobody. Run the command as an ordinary user."
    )


def reachable_copy(folder: Path, account: ServerAccount) -> Path:
    """This folder of programs, or a copy of it where the account can execute them."""
    if account.reaches(folder):
        return folder
    copy = OUTSIDE / f"programs-{short_name(folder)}"
    if not copy.exists():
        open_to_all(OUTSIDE)
        half = Path(tempfile.mkdtemp(dir=OUTSIDE))
        half.chmod(0o755)
        shutil.copytree(folder, half / "copy", symlinks=True)
        with suppress(OSError):  # another command was quicker; its copy is the same
            (half / "copy").rename(copy)
        shutil.rmtree(half)
    return copy


def reachable_folder(folder: Path, account: ServerAccount) -> Path:
    """This folder for data, or one outside the checkout that the account can enter."""
    folder.mkdir(parents=True, exist_ok=True)
    if account.reaches(folder):
        return folder
    outside = OUTSIDE / f"data-{short_name(folder)}"
    open_to_all(OUTSIDE)
    open_to_all(outside)
    return outside


def socket_folder(folder: Path, account: ServerAccount) -> Path:
    """Where the server's socket lies: the folder itself, unless its path is too long or has characters a URL would have to escape."""
    if len(str(folder)) <= LONGEST_SOCKET_FOLDER and re.fullmatch(r"[\w/.-]+", str(folder), re.ASCII):
        return folder
    short = Path(tempfile.gettempdir()) / f"cshub-{short_name(folder)}"
    short.mkdir(mode=0o700, exist_ok=True)
    found = short.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), account.uid):
        raise CannotStart(
            f"{short} belongs to somebody else. Remove it, or choose another data folder with CSHUB_DATA_DIR."
        )
    account.own(short)
    return short


def need_space(folder: Path, *, needed: int = NEEDED_BYTES) -> None:
    """Refuse to begin on a disk that is all but full: a database half written is worse than none."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CannotStart(
            f"The disk of {folder} is full: {free // 2**20} MB are free and {needed // 2**20} MB are needed. Free some space, or choose another folder with CSHUB_DATA_DIR."
        )


def short_name(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]


def open_to_all(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold the lock of this file, after waiting for whoever holds it now."""
    with path.open("a") as file:
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def join(path: Path) -> IO[str]:
    """Count as one user of what this file stands for, until the file is closed or the process ends, however it ends."""
    file = path.open("a")
    if fcntl:
        fcntl.flock(file, fcntl.LOCK_SH)
    return file


def is_last(file: IO[str]) -> bool:
    """Whether nobody else has joined. Who asks gives up being counted unless the answer is yes."""
    return try_alone(file)


def try_alone(file: IO[str]) -> bool:
    """Take the file's lock for ourselves if nobody holds it."""
    if not fcntl:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
