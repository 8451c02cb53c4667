"""A real server of the product as a process, which a test may kill in the middle and start again."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from typing import Any

from django.conf import settings

from cshub.environment import BASE_DIR
from tests.embedded.processes import bare_environment, eventually

PLACE = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
HOST = "127.0.0.1"  # every machine resolves it


class Server:
    """granian with the product, at one port for as long as the test lasts."""

    def __init__(self, folder: Any) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        arguments = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"]
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "granian",
                *arguments,
                "--blocking-threads",
                "4",
                "--no-ws",
                "tests.events.server:application",
            ],
            cwd=BASE_DIR,
            env=bare_environment() | environment(self._folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a group of its own: killed together, nobody is told
        )
        assert eventually(self._answers, within=60), "The server did not start."

    def kill(self) -> None:
        """kill -9 of the server and all its workers."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "The server ended."
        try:
            return self.post(b"", {})[0] == 400
        except OSError:
            return False

    def post(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body of the answer to a batch, over a connection of its own. Raises OSError where there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", "/v1/batch", body, {"Host": HOST, **headers})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()


def environment(folder: Any) -> dict[str, str]:
    """What the process has to know of this run: its database, and a folder for what the product keeps beside it."""
    place = {
        "role_prefix": settings.ROLE_PREFIX,
        "owner": {name: settings.OWNER_DATABASE[name] for name in PLACE},
        "application": {name: settings.DATABASES["default"][name] for name in PLACE},
    }
    return {
        "PLACE_OF_TESTS": json.dumps(place),
        "CSHUB_DATA_DIR": str(folder),
        "CSHUB_HOSTS": HOST,
        "SECRET_KEY": "tests",
    }
