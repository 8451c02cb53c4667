"""`manage.py collect_messages`: brings locale/*/django.po up to date with the words in code and templates."""

from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cshub.l10n import catalogs

FOLDERS = ("accounts", "cshub", "health", "playbooks", "reports", "templates")


class Command(BaseCommand):
    help = "Collects the texts of code and templates into the message catalogs and counts what is untranslated."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; fail where a text lacks a translation."
        )

    def handle(self, *args: Any, check: bool = False, **options: Any) -> None:
        template = catalogs.collect(Path(settings.BASE_DIR), FOLDERS)
        folder = Path(settings.LOCALE_PATHS[0])
        translated = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        sources = {language: folder / language / "LC_MESSAGES" / "django.po" for language in translated}
        if check:
            self._check(sources, template)
            return
        for language, source in sources.items():
            total, missing = catalogs.update(source, template)
            self.stdout.write(f"{language}: {total} messages, {missing} untranslated")

    def _check(self, sources: dict[str, Path], template: Catalog) -> None:
        faults = [
            f"{code}: {fault}" for code, source in sources.items() for fault in catalogs.unfinished(source, template)
        ]
        if faults:
            raise CommandError(
                "\n".join([*faults, "Run collect_messages and translate what is open; see docs/translating.md."])
            )
        self.stdout.write(f"Every text is translated: {', '.join(sources)}.")
