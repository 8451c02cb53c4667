"""`manage.py demo`: the whole product with demo data on this machine, until Ctrl-C."""

import argparse
import errno
import http.client
import io
import logging
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cshub.embedded import CannotStart
from cshub.embedded.folders import try_alone
from cshub.embedded.postgres import EmbeddedPostgres
from cshub.embedded.progress import Progress
from cshub.embedded.server import SharedServer
from cshub.embedded.servers import needed_servers
from cshub.embedded.supervisor import Supervisor, ignore_signals, stop_on_signals
from cshub.environment import data_dir, environment

TENANT = "demo"
HOSTS = (
    "demo.localhost",
    "localhost",
    "127.0.0.1",
)  # not every resolver knows *.localhost; the address bar of a browser does
ADMIN = "admin@demo.example"
SIZE = {"accounts": 400, "months": 24, "seed": 8}
OPENS_WITHIN_SECONDS = 60
HEALTH_EVERY_SECONDS = 2
CELERY: tuple[str | Path, ...] = (Path(sys.executable).parent / "celery", "--app", "cshub.celery")


def demo(arguments: list[str]) -> int:
    """Start everything, say where it is, and run until Ctrl-C; data stays."""
    options = read(arguments)
    progress = Progress()
    stop_on_signals()
    with only_demo_here():
        refuse_taken_port(*address())
        supervisor = Supervisor(data_dir() / "logs")
        try:
            with needed_servers(announce=progress.say) as servers:
                try:
                    run(progress, supervisor, servers, with_data=not options.empty)
                finally:
                    ignore_signals()
                    supervisor.stop()
        except KeyboardInterrupt:
            progress.say(f"Stopped. The data stays in {data_dir()}.")
    return 0


def read(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="manage.py demo",
        description="Runs cshub with demo data on this machine until Ctrl-C. Its settings are environment variables; .env.example lists them.",
    )
    parser.add_argument(
        "--empty", action="store_true", help="start with a tenant without accounts, for data of your own"
    )
    return parser.parse_args(arguments)


def run(progress: Progress, supervisor: Supervisor, servers: list[SharedServer], *, with_data: bool) -> None:
    for server in servers:
        if isinstance(server, EmbeddedPostgres) and server.root != server.folder:
            progress.say(f"The database lies in {server.root}: its account cannot enter {server.folder}.")
    prepare(progress, with_data=with_data)
    start_web_server(supervisor)
    wait_for_page(supervisor)
    start_background_work(supervisor)
    progress.say(f"cshub is running: http://demo.localhost:{address()[1]}  (or http://localhost:{address()[1]})")
    for email, password, part in sign_ins(everybody=not is_empty()):
        print(f"    {email:<22} {password:<16} {part}", flush=True)
    progress.say("Press Ctrl-C to stop everything; the data stays.")
    supervisor.keep_running(say=progress.say, also=Healer(servers, progress))


class Healer:
    """Now and then looks whether the embedded servers are alive, and starts them again if not."""

    def __init__(self, servers: list[SharedServer], progress: Progress) -> None:
        self.servers, self.progress, self.next_look = servers, progress, 0.0

    def __call__(self) -> None:
        if time.monotonic() < self.next_look:
            return
        for server in self.servers:
            if server.heal():
                self.progress.say(f"{server.name} had ended unexpectedly and runs again. Its log: {server.log}")
        self.next_look = time.monotonic() + HEALTH_EVERY_SECONDS


@contextmanager
def only_demo_here() -> Iterator[None]:
    """One demo per data folder. The web server would share its port with a second one without a word."""
    data_dir().mkdir(parents=True, exist_ok=True)
    with (data_dir() / "demo.lock").open("a+") as lock:
        if not try_alone(lock):
            lock.seek(0)
            where = lock.read().strip() or "in another terminal"
            raise CannotStart(
                f"The demo of this folder already runs: {where}. Stop it there with Ctrl-C, or choose another folder and port: CSHUB_DATA_DIR=var2 CSHUB_PORT=8001 python3 manage.py demo"
            )
        lock.truncate(0)
        lock.write(f"http://localhost:{address()[1]} (process {os.getpid()})")
        lock.flush()
        yield


def address() -> tuple[str, int]:
    """The address and port that the web server listens on."""
    known = environment()
    port = known["CSHUB_PORT"]
    if not port.isdigit() or not 1 <= int(port) <= 65535:
        raise CannotStart(
            f"CSHUB_PORT={port} is no port. Choose a number from 1024 to 65535: CSHUB_PORT=8001 python3 manage.py demo"
        )
    return known["CSHUB_BIND"], int(port)


def refuse_taken_port(host: str, port: int) -> None:
    """Say in one line why the web server could not listen, before anything is started."""
    remedy = f"Choose another: CSHUB_PORT={port + 1 if port >= 1024 else 8000} python3 manage.py demo"
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            probe.listen()
    except PermissionError:
        raise CannotStart(f"Port {port} is reserved for the system's administrator. {remedy}") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(f"Port {port} is in use by another program. {remedy}") from None
        raise CannotStart(
            f"CSHUB_BIND={host} is no address of this machine ({error.strerror or error}). Use 127.0.0.1, or 0.0.0.0 for all addresses."
        ) from None


def prepare(progress: Progress, *, with_data: bool) -> None:
    """Bring the database, the assets and the demo tenant to today's state. Quick when they are."""
    import django

    django.setup()
    logging.getLogger("cshub").setLevel(logging.WARNING)  # what is done here is said in fewer words
    from django.conf import settings
    from django.core.management import call_command
    from django.db import OperationalError, connections

    try:
        call_command("migrate", verbosity=0)
    except OperationalError as error:
        raise CannotStart(
            f"The database does not answer: {str(error).strip().splitlines()[0]}. Check DATABASE_URL, or unset it to use the embedded PostgreSQL."
        ) from error
    progress.say("The database is up to date.")
    call_command("build_assets", verbosity=0)
    # The web server asks for this folder, also when all files come from elsewhere.
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    progress.say("Typefaces and translations are ready.")
    make_tenant()
    if with_data and is_empty():
        progress.say("Simulating a company with 400 accounts and two years of history. A minute or two, once.")
        simulate(progress)
    progress.say("The demo tenant is ready.")
    connections.close_all()


def make_tenant() -> None:
    """The demo tenant at each of its hosts, with an administrator."""
    from django.core.management import call_command

    from cshub.demo.sign_ins import PASSWORD
    from cshub.tenancy.context import public_context, tenant_named
    from cshub.tenancy.services import add_host

    admin = {"admin_email": ADMIN, "admin_password": PASSWORD}
    call_command("create_tenant", TENANT, host=HOSTS[0], name="Demo", **admin, stdout=io.StringIO())
    tenant = tenant_named(TENANT)
    with public_context():
        for host in HOSTS[1:]:
            add_host(tenant=tenant, host=host)


def is_empty() -> bool:
    """Whether the demo tenant has no accounts yet."""
    from accounts.models import Account
    from cshub.tenancy.context import schema_context

    with schema_context(TENANT):
        return not Account.objects.exists()


def simulate(progress: Progress) -> None:
    """Fill the demo tenant; all of it or, when interrupted, nothing."""
    from cshub.demo.load import load
    from cshub.tenancy.context import schema_context

    with schema_context(TENANT):
        load(**SIZE, as_of=datetime.now(UTC), progress=progress.say_occasionally)


def sign_ins(*, everybody: bool) -> list[tuple[str, str, str]]:
    """E-mail, password and part of who can sign in to the demo: the admin, and the people of the simulated company."""
    from cshub.demo import sign_ins as demo

    return [(ADMIN, demo.PASSWORD, "admin"), *(demo.sign_ins() if everybody else ())]


def start_web_server(supervisor: Supervisor) -> None:
    """The pages. They start alone: three starts at once would make each of them slow."""
    host, port = address()
    options = {"--interface": "wsgi", "--host": host, "--port": str(port), "--workers": "1", "--blocking-threads": "8"}
    words = [word for option in options.items() for word in option]
    granian = Path(sys.executable).parent / "granian"
    supervisor.start("web", [granian, *words, "--no-ws", "--log-level", "warning", "cshub.wsgi:application"])


def start_background_work(supervisor: Supervisor) -> None:
    """Worker and scheduler; the scheduler on its own, because a worker killed with one inside leaves it behind."""
    supervisor.start("worker", worker_command())
    supervisor.start(
        "scheduler", [*CELERY, "beat", "--schedule", data_dir() / "schedule", "--pidfile=", "--loglevel", "warning"]
    )


def worker_command() -> list[str | Path]:
    """What starts a worker with two processes for tasks."""
    return [*CELERY, "worker", "--concurrency", "2", "--loglevel", "warning", "--without-gossip", "--without-mingle"]


def wait_for_page(supervisor: Supervisor) -> None:
    """Return when the sign-in page answers; give up when the web server ended or takes too long."""
    web = supervisor.children[0]
    deadline = time.monotonic() + OPENS_WITHIN_SECONDS
    status = None
    while time.monotonic() < deadline:
        status = page_status(*address())
        if status == http.HTTPStatus.OK:
            return
        if not web.is_running:
            break
        time.sleep(0.1)
    answered = f"answers with {status}" if status else "does not answer"
    raise CannotStart(f"The web server {answered}. Its log {web.log} says: {web.last_words()}")


def page_status(host: str, port: int) -> int | None:
    """The status of the sign-in page, or None while nobody answers."""
    from django.urls import reverse

    connection = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=10)  # noqa: S104 - compared, not bound
    try:
        connection.request("GET", reverse("sign_in"), headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
