"""Puts the two playbooks everybody begins with in place, as drafts that somebody has to submit and somebody else to approve."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from cshub.users.models import User
from playbooks.models import Playbook, PlaybookVersion
from playbooks.services.versions import create_playbook

FOLDER = Path(__file__).parents[1] / "templates"


@transaction.atomic
def ensure_templates(*, author: User, as_of: datetime) -> list[PlaybookVersion]:
    """The first version of each template's playbook, drafted by `author` where no playbook has its name yet."""
    versions = []
    for template in templates():
        if not Playbook.objects.filter(name=template["name"]).exists():
            create_playbook(**template, by=author, as_of=as_of)
        versions.append(
            PlaybookVersion.objects.select_related("playbook").get(playbook__name=template["name"], number=1)
        )
    return versions


def templates() -> list[dict[str, Any]]:
    """What the templates say, renewal first; each is one file of playbooks/templates."""
    return [json.loads(path.read_text()) for path in (FOLDER / "renewal_runway.json", FOLDER / "health_drop.json")]
