"""Every command of the product: `demo`, `test`, and Django's, which find the embedded servers when no others are named."""

import os
import sys
from contextlib import nullcontext

from django.core.exceptions import ImproperlyConfigured

from cshub.embedded import CannotStart
from cshub.embedded.progress import aside
from cshub.environment import environment

WITHOUT_SERVERS = {
    "help",
    "--help",
    "-h",
    "version",
    "--version",
    "build_assets",
    "collectstatic",
    "compilemessages",
    "makemessages",
    "diffsettings",
}
WITHOUT_TENANTS = {"check", "makemigrations", "migrate", "collect_messages"}  # `migrate` looks for poolers by itself


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code. What stands in the way is said in one line."""
    argv = sys.argv if argv is None else argv
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cshub.settings")
    try:
        environment()
        return run(argv)
    except (CannotStart, ImproperlyConfigured) as obstacle:
        aside(str(obstacle))
    except OSError as error:
        if error.errno != 28:  # ENOSPC
            raise
        aside(
            f"The disk is full ({error.filename or 'while writing'}). Free some space and run the command again; nothing is lost."
        )
    except KeyboardInterrupt:
        return 130
    return 1


def run(argv: list[str]) -> int:
    command, arguments = (argv[1] if len(argv) > 1 else "help"), argv[2:]
    if command == "demo":
        from cshub.embedded.demo import demo

        return demo(arguments)
    if command == "test":
        from cshub.embedded.suite import suite

        return suite(arguments)
    django_command(argv, needs_servers=command not in WITHOUT_SERVERS and not {"-h", "--help"} & set(arguments))
    return 0


def django_command(argv: list[str], *, needs_servers: bool) -> None:
    from django.core.management import execute_from_command_line

    from cshub.embedded.servers import needed_servers
    from cshub.embedded.supervisor import stop_on_signals

    stop_on_signals()
    named = bool(os.environ.get("DATABASE_URL"))
    with needed_servers(announce=aside) if needs_servers else nullcontext():
        if named and needs_servers and argv[1] not in WITHOUT_TENANTS:
            refuse_mixing_pooler()
        execute_from_command_line(argv)


def refuse_mixing_pooler() -> None:
    import django

    django.setup()
    from cshub.tenancy import checks

    checks.refuse_mixing_pooler()
