#!/usr/bin/env python3
"""The command line. It first makes its own virtual environment from requirements.lock, with the standard library alone."""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "requirements.lock"
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / ".lock-sha256"  # which lock file is installed
UNFINISHED = VENV / ".unfinished"  # an installation began here; when it is found by the next one, that one was killed
INSTALLS = ("demo", "test")


def main():
    if sys.version_info < (3, 11):
        sys.exit("cshub needs Python 3.11 or newer. Run it with one, for example: python3.12 manage.py demo")
    if os.environ.get("CSHUB_NO_BOOTSTRAP") != "1":
        if sys.argv[1:2] and sys.argv[1] in INSTALLS:
            install_once()
        if PYTHON.exists():
            continue_inside()
    try:
        from cshub.command_line import main as command_line
    except ModuleNotFoundError as missing:
        sys.exit(
            f"The dependencies are not installed ({missing}). Run `python3 manage.py demo` or `python3 manage.py test` once; it installs them."
        )
    sys.exit(command_line())


def install_once():
    """Install the locked dependencies unless they are there; of two at once the second waits for the first."""
    want = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if is_installed(want):
        return
    with only_one():
        if is_installed(want):
            return
        began = time.monotonic()
        if UNFINISHED.exists() or (VENV.exists() and not PYTHON.exists()):
            say("The last installation was cut off; starting again.")
            shutil.rmtree(VENV)
        VENV.mkdir(exist_ok=True)
        UNFINISHED.touch()
        STAMP.unlink(missing_ok=True)
        install(working_uv())
        STAMP.write_text(want)
        UNFINISHED.unlink()
        say(f"Dependencies installed in {time.monotonic() - began:.0f} s.")


def is_installed(want):
    return PYTHON.exists() and not UNFINISHED.exists() and STAMP.exists() and STAMP.read_text() == want


@contextlib.contextmanager
def only_one():
    with LOCK.open() as file:
        try:
            import fcntl
        except ImportError:  # Windows
            yield
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Another command is installing the dependencies; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def working_uv():
    """The path of uv, or None. A version manager may put a name on PATH that does not run."""
    uv = shutil.which("uv")
    return uv if uv and subprocess.run([uv, "--version"], capture_output=True).returncode == 0 else None


def install(uv):
    if uv:
        say("Installing the dependencies into .venv with uv. Half a minute the first time.")
        if not PYTHON.exists():
            run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, VENV])
        run([uv, "pip", "install", "--quiet", "--python", PYTHON, "--require-hashes", "--requirement", LOCK])
        return
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            sys.exit(
                f"Python's {module} module is missing here. Debian and Ubuntu: apt install python3-venv. Or install uv, which does not need it."
            )
    say("Installing the dependencies into .venv with pip. One to three minutes the first time.")
    if not PYTHON.exists() or subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode:
        run([sys.executable, "-m", "venv", VENV])
    run(
        [
            PYTHON,
            "-m",
            "pip",
            "install",
            "-qq",
            "--disable-pip-version-check",
            "--require-hashes",
            "--requirement",
            LOCK,
        ]
    )


def run(command):
    """Run a step to its end and say every ten seconds that it is still going."""
    began = time.monotonic()
    process = subprocess.Popen([str(part) for part in command])
    while True:
        try:
            code = process.wait(timeout=10)
            break
        except subprocess.TimeoutExpired:
            say(f"  still installing, {time.monotonic() - began:.0f} s")
    if code:
        sys.exit(
            "The dependencies could not be installed; the lines above say why. Check the network, the package index and the free disk space, then run the same command again."
        )


def continue_inside():
    """Go on in the virtual environment; as the same process where possible, so that signals reach it."""
    if Path(sys.prefix).resolve() == VENV.resolve():
        return
    command = [str(PYTHON), str(Path(__file__).resolve()), *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.call(command))
    os.execv(PYTHON, command)


def say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
