"""`manage.py test`: style, types, contracts, templates, dependencies, migrations and all tests, on servers of its own."""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cshub.embedded import CannotStart
from cshub.embedded.browser import NONE_FOUND, fetch_browser, find_browser
from cshub.embedded.postgres import FAST_BUT_FORGETFUL, EmbeddedPostgres
from cshub.embedded.supervisor import stop_on_signals
from cshub.environment import BASE_DIR, data_dir

PROGRAMS = Path(sys.executable).parent
DJANGO = (sys.executable, "manage.py")
STEPS: tuple[tuple[str, tuple[str | Path, ...]], ...] = (
    ("style (ruff check)", (PROGRAMS / "ruff", "check", "--output-format", "concise")),
    ("format (ruff format)", (PROGRAMS / "ruff", "format", "--check", "--output-format", "concise")),
    ("types (mypy)", (PROGRAMS / "mypy",)),
    ("import contracts (lint-imports)", (PROGRAMS / "lint-imports",)),
    ("templates (djlint)", (PROGRAMS / "djlint", "templates", "--lint", "--quiet")),
    ("dependencies (deptry)", (PROGRAMS / "deptry", ".")),
    ("typefaces and translations (build_assets)", (*DJANGO, "build_assets")),
    ("configuration (check)", (*DJANGO, "check", "--fail-level", "WARNING")),
    ("migrations (makemigrations --check)", (*DJANGO, "makemigrations", "--check", "--dry-run")),
)
NO_TESTS_RAN = 5
LINES_SHOWN = 100


def suite(arguments: list[str]) -> int:
    """Run what was asked for and return 0 only if all of it passed. The tests run even when a step before them failed."""
    options, pytest_arguments = read(arguments)
    stop_on_signals()
    with test_database():
        failed = [] if options.only == "tests" or pytest_arguments else run_steps()
        if options.only == "lint":
            return 1 if failed else 0
        code = run_tests(pytest_arguments, failed)
    return code or (1 if failed else 0)


def read(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="manage.py test",
        description="Runs all checks and all tests. With arguments for pytest (a path, -k …) it runs only those tests.",
        allow_abbrev=False,
    )
    parser.add_argument("--only", choices=["lint", "tests"], help="only the checks before the tests, or only the tests")
    return parser.parse_known_args(arguments)


@contextmanager
def test_database() -> Iterator[None]:
    """A PostgreSQL that forgets in a power cut and is quick for it, unless DATABASE_URL names one."""
    if os.environ.get("DATABASE_URL"):
        yield
        return
    with EmbeddedPostgres(data_dir() / "postgres-test", settings=FAST_BUT_FORGETFUL) as server:
        os.environ["DATABASE_URL"] = server.url
        yield


def run_steps() -> list[str]:
    """Run every check, one line each, and print what a failed one says. Return the names of the failed."""
    failed = []
    for name, command in STEPS:
        began = time.monotonic()
        done = subprocess.run(
            command,
            cwd=BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print(
            f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name:<42} {time.monotonic() - began:5.1f} s", flush=True
        )
        if done.returncode:
            show(done.stdout, command)
            failed.append(name)
    return failed


def show(output: str, command: tuple[str | Path, ...]) -> None:
    """Print what a failed check says; of a long text the beginning, and the command that prints all of it."""
    lines = output.rstrip().splitlines()
    print("\n".join(lines[:LINES_SHOWN]), flush=True)
    if len(lines) > LINES_SHOWN:
        words = " ".join(str(part).removeprefix(f"{BASE_DIR}/") for part in command)
        print(f"... and {len(lines) - LINES_SHOWN} more lines: {words}", flush=True)


def run_tests(arguments: list[str], failed: list[str]) -> int:
    """Run pytest; its closing line is the last one printed."""
    ensure_browser()
    if failed:
        print(
            f"FAILED before the tests: {', '.join(failed)}. The tests run all the same; the command will fail.",
            flush=True,
        )
    command = [sys.executable, "-m", "pytest", *workers(arguments), *arguments]
    tests = subprocess.Popen(command, cwd=BASE_DIR)
    try:
        code = tests.wait()
    except KeyboardInterrupt:
        tests.terminate()  # Ctrl-C reached it too; this is for a signal sent to us alone
        tests.wait()
        raise
    return 1 if code == NO_TESTS_RAN else code


def ensure_browser() -> None:
    """Name a browser for the browser tests; without one they are reported as not run, and on the build server that is an error."""
    browser = find_browser() or fetch_browser(say=lambda text: print(text, flush=True))
    if browser:
        os.environ["CSHUB_BROWSER"] = browser
    elif os.environ.get("CI") == "true":
        raise CannotStart(NONE_FOUND)


def workers(arguments: list[str]) -> list[str]:
    """One test process per core for everything; a chosen few tests are quicker in one process."""
    chosen = "-k" in arguments or any(not argument.startswith("-") for argument in arguments)
    wanted = os.environ.get("CSHUB_TEST_WORKERS") or ("0" if chosen else str(os.cpu_count() or 1))
    if not wanted.isdigit():
        raise CannotStart(
            f"CSHUB_TEST_WORKERS={wanted} is no number. Use 0 for no parallel tests, or the number of processes."
        )
    if wanted in {"0", "1"} or any(argument.startswith("-n") for argument in arguments):
        return []
    return ["--numprocesses", wanted, "--dist", "worksteal"]
