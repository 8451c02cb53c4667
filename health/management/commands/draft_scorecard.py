"""Drafts a scorecard from a model that another team published; it comes into force like any other, after a preview and an approval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cshub.kernel.refusal import Refused
from cshub.tenancy.context import NoTenant, schema_context
from cshub.users.models import User
from health.models import Scorecard
from health.scorecards.published import MODELS, published
from health.services import draft_version

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Drafts a scorecard from a published model. Nothing is scored with it until it was previewed and approved."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--schema", required=True, help="the tenant's schema")
        parser.add_argument("--model", required=True, choices=MODELS, help="whose model")
        parser.add_argument(
            "--author", required=True, metavar="EMAIL", help="who submits it later; somebody else approves"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        model = published(options["model"])
        try:
            with schema_context(options["schema"]):
                author = User.objects.get(email=options["author"])
                scorecard, _made = Scorecard.objects.get_or_create(name=model.definition["name"])
                version = draft_version(scorecard, definition=model.definition, by=author, as_of=timezone.now())
        except User.DoesNotExist:
            raise CommandError(f"Nobody here has the address {options['author']}; give that of a user.") from None
        except (NoTenant, Refused) as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Drafted {version}. What is theirs and what is ours, read on {model.read_on}:")
        for line in (*model.notes, *model.sources):
            self.stdout.write(f"  {line}")
