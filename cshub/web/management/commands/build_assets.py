"""`manage.py build_assets`: typefaces and message catalogs, made once and kept in the data folder."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from cshub.l10n import catalogs
from cshub.web import assets


class Command(BaseCommand):
    help = "Builds the typefaces and message catalogs the pages need. Quick when nothing changed."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        built = assets.build(settings.DATA_DIR / "assets", say=self.stdout.write)
        compiled = catalogs.compile_all(settings.LOCALE_PATHS)
        if built or compiled:
            self.stdout.write(f"Assets are ready: {built} typefaces and {compiled} message catalogs built.")
        else:
            self.stdout.write("Assets are up to date.")
