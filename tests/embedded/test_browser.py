"""Without a browser on the machine one is fetched, and where that is impossible a line says why and what to do."""

import io
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cshub.embedded import browser
from cshub.environment import BASE_DIR

pytestmark = pytest.mark.slow
PROGRAMS = (
    "chrome-linux64/chrome",
    "chrome-linux/chrome",
    "chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
    "chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
    "ffmpeg-linux",
    "ffmpeg-mac",
)
WORKS = "#!/bin/sh\necho Chromium 1.0\n"
LACKS_A_LIBRARY = "#!/bin/sh\necho 'chrome: error while loading shared libraries: libnss3.so' >&2\nexit 127\n"


def archive(script: str) -> bytes:
    """A zip as Playwright expects it, with this script in the place of each program."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as content:
        for name in PROGRAMS:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o100755 << 16
            content.writestr(entry, script)
    return file.getvalue()


@pytest.fixture
def download_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str | None], list[str]]]:
    """`download_host(script)`: a machine without browsers and packages, whose downloads bring that script; None: they are missing."""
    scripts: list[str | None] = []
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = archive(scripts[0]) if scripts[0] else b""
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """The test looks at what was asked for."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    for name in ("CSHUB_BROWSER", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PLAYWRIGHT_DOWNLOAD_HOST", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CSHUB_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(browser, "ELSEWHERE", ())

    def bring(script: str | None) -> list[str]:
        scripts.append(script)
        return asked

    yield bring
    server.shutdown()
    server.server_close()


def test_a_browser_is_fetched_into_the_data_folder_and_found_there_next_time(download_host, tmp_path):
    asked, said = download_host(WORKS), []
    assert browser.find_browser() is None
    fetched = browser.fetch_browser(say=said.append)
    assert fetched
    assert Path(fetched).is_relative_to(tmp_path / "browsers")
    assert subprocess.check_output([fetched, "--version"], text=True) == "Chromium 1.0\n"
    assert browser.find_browser() == fetched
    assert said == ["No browser found; fetching Chromium into the data folder."]
    assert any("chrom" in path for path in asked)
    assert not any("headless" in path for path in asked)


def test_a_download_that_is_missing_is_said_with_the_remedy(download_host):
    asked, said = download_host(None), []
    assert browser.fetch_browser(say=said.append) is None
    assert asked
    assert said[-1].startswith(browser.NONE_FOUND)
    assert "404" in said[-1]
    assert "\n" not in said[-1]


def test_a_fetched_browser_that_does_not_run_is_said_with_the_reason(download_host):
    download_host(LACKS_A_LIBRARY)
    said: list[str] = []
    assert browser.fetch_browser(say=said.append) is None
    assert said[-1].startswith(browser.NONE_FOUND)
    assert said[-1].endswith("error while loading shared libraries: libnss3.so.")


def test_a_named_browser_that_does_not_run_is_not_replaced_by_another(download_host, monkeypatch, tmp_path):
    asked, said = download_host(WORKS), []
    monkeypatch.setenv("CSHUB_BROWSER", str(tmp_path / "gone"))
    assert browser.fetch_browser(say=said.append) is None
    assert asked == []
    assert len(said) == 1
    assert "gone does not run" in said[0]


@pytest.mark.parametrize("processes", ["0", "2"])
def test_browser_tests_that_could_not_run_are_reported_by_parallel_runs_too(tmp_path, processes):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | {
        "CSHUB_BROWSER": str(tmp_path / "gone"),
        "CI": "",
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/browser/test_machinery.py", "-q", "--numprocesses", processes],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert f"3 browser tests did not run. {browser.NONE_FOUND}" in done.stdout
