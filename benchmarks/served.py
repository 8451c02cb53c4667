"""Runs a WSGI application behind the product's own server, sends it requests, and says what the server and its database sessions cost."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.meter import TICKS, Cost, backend_seconds

HERE = Path(__file__).resolve().parent
PATIENCE = 60  # seconds for a server to start


class Served:
    """granian with one worker and two threads, in a process group of its own; its sessions are known by their name."""

    def __init__(self, application: str, owner: psycopg.Connection[Any], **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._owner, self._name = owner, application
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port)]  # fmt: skip
        command += ["--workers", "1", "--blocking-threads", "2", "--no-ws", "--log-level", "warning", application]
        given = os.environ | environment | {"PGAPPNAME": application, "PYTHONPATH": str(HERE.parent)}
        self._process = subprocess.Popen(command, cwd=HERE.parent, env=given, start_new_session=True)
        self._wait()

    def stop(self) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait()

    def take(self, path: str, host: str, bodies: Sequence[bytes], *, connections: int) -> Cost:
        """Send the bodies over so many connections; what that cost the server and the database. Any answer but 200 ends the benchmark."""
        statuses: Counter[int] = Counter()
        shares = [bodies[number::connections] for number in range(connections)]
        senders = [threading.Thread(target=self._send, args=(path, host, share, statuses)) for share in shares]
        server, sessions, wall = self._seconds(), self._backends(), time.perf_counter()
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        cost = Cost(wall=time.perf_counter() - wall)
        time.sleep(0.1)  # sessions go back to the pool behind the answer
        cost.client_cpu = self._seconds() - server
        after = self._backends()
        cost.backend_cpu = sum(after.values()) - sum(sessions.values())
        if statuses != {200: len(bodies)} or after.keys() < sessions.keys():
            sys.exit(f"{self._name} answered {dict(statuses)}. No figure is valid.")
        return cost

    def _send(self, path: str, host: str, bodies: Sequence[bytes], statuses: Counter[int]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        for body in bodies:
            connection.request("POST", path, body, {"Host": host, "Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            statuses[answer.status] += 1
        connection.close()

    def _seconds(self) -> float:
        return seconds_of_group(self._process.pid)

    def _backends(self) -> dict[int, float]:
        return seconds_of_sessions(self._owner, self._name)

    def _wait(self) -> None:
        for _attempt in range(PATIENCE * 10):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        sys.exit(f"{self._name} did not start.")


def seconds_of_group(group: int) -> float:
    """Processor seconds of a process group so far."""
    found = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            found += (int(fields[11]) + int(fields[12])) / TICKS
    return found


def seconds_of_sessions(owner: psycopg.Connection[Any], name: str) -> dict[int, float]:
    """Processor seconds of each database session of that name so far."""
    rows = owner.execute("select pid from pg_stat_activity where application_name = %s", [name])
    return {pid: backend_seconds(pid) or 0.0 for (pid,) in rows.fetchall()}
