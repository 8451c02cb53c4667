"""Brings the whole installation to the code's migrations: login, public schema, template, every tenant, grants."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.utils import timezone

from cshub.db.active import PUBLIC
from cshub.tenancy.context import public_context
from cshub.tenancy.grants import grant, ungranted
from cshub.tenancy.models import Tenant
from cshub.tenancy.names import TEMPLATE
from cshub.tenancy.owner import ensure_app_login, owner_rights
from cshub.tenancy.schemas import behind, migrate_schema, one_at_a_time, working_in
from cshub.tenancy.services import add_host


class Command(DjangoMigrate):
    help = "Migrates the public schema, the template and all tenants; those that are up to date are skipped. With --schema, Django's own migrate in that schema."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--schema", help="migrate this schema alone; takes Django's arguments (an app, a migration, --plan, --fake)"
        )
        parser.add_argument(
            "--public-host",
            default="public.localhost",
            help="host name of the platform's own site, when it has none yet",
        )

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        return {"tags": None}  # without those of the database: the application's login may not exist yet

    def handle(self, *args: Any, **options: Any) -> None:
        with owner_rights(), one_at_a_time():
            if options["schema"]:
                self._one(*args, **options)
            elif options["app_label"] or options["plan"]:
                raise CommandError("Name a schema with --schema to migrate one app or to see the plan.")
            elif options["check_unapplied"]:
                self._check()
            else:
                self._all(**options)

    def _one(self, *args: Any, schema: str, **options: Any) -> None:
        with working_in(schema):
            super().handle(*args, **options)
        if schema != TEMPLATE:
            grant([schema])

    def _check(self) -> None:
        late = behind([PUBLIC, TEMPLATE]) or behind(_tenants())
        if late:
            raise CommandError(f"Behind the code: {', '.join(late)}. Run `manage.py migrate`.")

    def _all(self, **options: Any) -> None:
        say = self.stdout.write if options["verbosity"] else lambda line: None
        with working_in(PUBLIC):
            ensure_app_login()
        for schema in behind([PUBLIC, TEMPLATE]):
            migrate_schema(schema, say=say, verbosity=max(0, options["verbosity"] - 1))
        self._public_site(options["public_host"])
        tenants = _tenants()
        late = behind(tenants)
        for schema in late:
            migrate_schema(schema, say=say, verbosity=max(0, options["verbosity"] - 1))
        with working_in(PUBLIC):
            grant(ungranted([PUBLIC, *tenants]))
        say(f"{len(tenants)} tenants, {len(late)} migrated.")

    def _public_site(self, host: str) -> None:
        with public_context():
            site, _created = Tenant.objects.get_or_create(
                schema_name=PUBLIC,
                defaults={"name": "cshub", "status": Tenant.Status.ACTIVE, "created_at": timezone.now()},
            )
            if not site.domains.exists():
                add_host(tenant=site, host=host)


def _tenants() -> list[str]:
    with working_in(PUBLIC):
        if behind([PUBLIC]):
            return []
    with public_context():
        return list(
            Tenant.objects.exclude(schema_name=PUBLIC)
            .exclude(status=Tenant.Status.ERASED)
            .values_list("schema_name", flat=True)
        )
