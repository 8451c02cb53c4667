"""A Chromium for the browser tests: the one named, one installed, or one fetched."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from cshub.environment import data_dir

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
NONE_FOUND = "No browser was found and none could be fetched. Install Chromium, or name one with CSHUB_BROWSER=/path/to/chromium."


def find_browser() -> str | None:
    """The path of a browser that runs, or None."""
    return next((path for path in candidates() if runs(path)), None)


def candidates() -> Iterator[str]:
    if named := os.environ.get("CSHUB_BROWSER"):
        yield named
        return
    yield from filter(None, map(shutil.which, PROGRAMS))
    yield from filter(os.path.exists, ELSEWHERE)
    yield from fetched()


def fetched() -> Iterator[str]:
    """What Playwright put into the data folder, wherever it keeps the program on this kind of machine."""
    for pattern in (
        "chromium-*/chrome-linux*/chrome",
        "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
        "chromium-*/chrome-win*/chrome.exe",
    ):
        yield from map(str, fetched_folder().glob(pattern))


def fetch_browser(*, say: Callable[[str], None]) -> str | None:
    """Install a browser: for root with the system's packages, else into the data folder. None when neither is possible, and why is said."""
    if named := os.environ.get("CSHUB_BROWSER"):
        say(
            f"CSHUB_BROWSER={named} does not run: {trouble([named, '--version'])} Name one that does, or leave it empty."
        )
        return None
    if sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get"):
        say("No browser found; installing Chromium with apt-get.")
        install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "chromium"]
        if succeeds(install) or (succeeds(["apt-get", "update", "--quiet"]) and succeeds(install)):
            return find_browser()
    say("No browser found; fetching Chromium into the data folder.")
    why = trouble([sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"])
    if browser := find_browser():
        return browser
    why = why or next((f"{path}: {trouble([path, '--version'])}" for path in fetched()), "")
    say(f"{NONE_FOUND} The last attempt ended with: {why}")
    return None


def runs(path: str) -> bool:
    return succeeds([path, "--version"])


def succeeds(command: list[str]) -> bool:
    return not trouble(command)


def trouble(command: list[str]) -> str:
    """Run a command; "" when it succeeds, else the first line in which it speaks of an error."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "PLAYWRIGHT_BROWSERS_PATH": str(fetched_folder())}
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=600,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{error}."
    if done.returncode == 0:
        return ""
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower()] or lines[-1:]
    return f"{telling[0].rstrip('.')}." if telling else f"It ended with code {done.returncode} and said nothing."


def fetched_folder() -> Path:
    return data_dir() / "browsers"
