"""`manage.py collect_messages`: brings locale/*/django.po up to date with the words in code and templates."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from cshub.l10n import catalogs

FOLDERS = ("accounts", "cshub", "health", "playbooks", "reports", "templates")


class Command(BaseCommand):
    help = "Collects the texts of code and templates into the message catalogs and counts what is untranslated."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        template = catalogs.collect(Path(settings.BASE_DIR), FOLDERS)
        for language, _name in settings.LANGUAGES:
            if language != settings.LANGUAGE_CODE:
                source = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"
                total, missing = catalogs.update(source, template)
                self.stdout.write(f"{language}: {total} messages, {missing} untranslated")
