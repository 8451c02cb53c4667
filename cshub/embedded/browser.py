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
    for pattern in (
        "chromium-*/chrome-linux*/chrome",
        "chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium",
        "chromium-*/chrome-win*/chrome.exe",
    ):
        yield from map(str, fetched_folder().glob(pattern))


def fetch_browser(*, say: Callable[[str], None]) -> str | None:
    """Install a browser: for root with the system's packages, else into the data folder. None when neither is possible."""
    if sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get"):
        say("No browser found; installing Chromium with apt-get.")
        install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "chromium"]
        if succeeds(install) or (succeeds(["apt-get", "update", "--quiet"]) and succeeds(install)):
            return find_browser()
    say("No browser found; fetching Chromium into the data folder.")
    succeeds([sys.executable, "-m", "playwright", "install", "chromium"])
    return find_browser()


def succeeds(command: list[str]) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "PLAYWRIGHT_BROWSERS_PATH": str(fetched_folder())}
    try:
        return subprocess.run(command, env=environment, capture_output=True, check=False, timeout=600).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def runs(path: str) -> bool:
    return succeeds([path, "--version"])


def fetched_folder() -> Path:
    return data_dir() / "browsers"
