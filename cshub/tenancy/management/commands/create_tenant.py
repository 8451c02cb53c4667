"""Provisions a tenant and its first administrator; safe to repeat."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cshub.tenancy.context import tenant_context
from cshub.tenancy.names import BadSchemaName
from cshub.tenancy.services import CannotProvision, provision
from cshub.users.services import ensure_admin


class Command(BaseCommand):
    help = "Provisions a tenant: schema, role, host name and first administrator. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("schema", help="lower-case name of the tenant's schema")
        parser.add_argument("--host", required=True, help="host name at which the tenant is reached")
        parser.add_argument("--name", required=True, help="name of the company")
        parser.add_argument("--admin-email", required=True, help="address of the first administrator")
        parser.add_argument("--admin-password", default="", help="password; empty: one is made and printed")

    def handle(self, *args: Any, **options: Any) -> None:
        as_of = timezone.now()
        try:
            tenant = provision(schema=options["schema"], host=options["host"], name=options["name"], as_of=as_of)
        except (BadSchemaName, CannotProvision) as refusal:
            raise CommandError(str(refusal)) from refusal
        password = options["admin_password"] or secrets.token_urlsafe(12)
        with tenant_context(tenant):
            ensure_admin(email=options["admin_email"], password=password, as_of=as_of)
        self.stdout.write(f"{tenant.name} is reached at {options['host']}. Administrator: {options['admin_email']}")
        if not options["admin_password"]:
            self.stdout.write(f"Password, if the address is new: {password}")
