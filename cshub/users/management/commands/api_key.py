"""Issues an API key on the command line and prints it once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cshub.kernel.refusal import Refused
from cshub.tenancy.context import schema_context
from cshub.users.models import Scope, User
from cshub.users.services import issue_key


class Command(BaseCommand):
    help = "Prints a new API key once; only its digest is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--schema", required=True, help="the tenant's schema")
        parser.add_argument("--user", required=True, help="email of the user whose role the key has")
        parser.add_argument("--name", required=True, help="what the key is for")
        parser.add_argument("--scope", required=True, nargs="+", action="extend", choices=Scope.values)

    def handle(self, *args: Any, **options: Any) -> None:
        with schema_context(options["schema"]):
            user = User.objects.active().filter(email__iexact=options["user"]).first()
            if user is None:
                raise CommandError(
                    f"No active user {options['user']} in {options['schema']}. Invite them on /settings/members/ first."
                )
            try:
                _key, plain = issue_key(user=user, name=options["name"], scopes=options["scope"], as_of=timezone.now())
            except Refused as refusal:
                raise CommandError(str(refusal)) from refusal
        self.stdout.write(plain)
