"""What the pages about background work show."""

import email
import email.policy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Case, Value, When

from cshub.db.active import ACTIVE
from cshub.work.models import Job, JobState, OutboxEntry

if TYPE_CHECKING:
    from cshub.users.models import User

ROWS = 50


@dataclass(frozen=True)
class JobsPage:
    """Running jobs first, then waiting ones, then those that ended, the newest first."""

    jobs: tuple[Job, ...]
    open_count: int


@dataclass(frozen=True)
class KeptMail:
    """A mail of this tenant that was kept in the folder because no mail server is set."""

    name: str
    sent_at: datetime
    subject: str
    to: str
    text: str


def jobs_page(user: "User") -> JobsPage:
    """One query."""
    rank = Case(
        When(state=JobState.RUNNING, then=Value(0)), When(state=JobState.QUEUED, then=Value(1)), default=Value(2)
    )
    jobs = tuple(Job.objects.visible_to(user).select_related("created_by").order_by(rank, "-created_at", "-id")[:ROWS])
    return JobsPage(jobs=jobs, open_count=sum(job.is_open for job in jobs))


def present_job(user: "User") -> Job | None:
    """The job of this person that has come furthest among those not ended, for the card in the navigation."""
    return Job.objects.open().filter(created_by=user).order_by("-started_at", "-created_at").first()


def outbox_page() -> tuple[OutboxEntry, ...]:
    """What left last, or waits, without its content."""
    return tuple(OutboxEntry.objects.defer("payload").order_by("-created_at", "-id")[:ROWS])


def mails_are_kept() -> bool:
    """No mail server is set: mails stay in the folder."""
    return settings.EMAIL_BACKEND == "cshub.work.mail_folder.FolderBackend"


def kept_mails(limit: int = ROWS) -> tuple[KeptMail, ...]:
    """The newest mails of the active tenant in the folder."""
    files = sorted(mail_folder().glob("*.eml"), key=lambda path: path.name, reverse=True)[:limit]
    return tuple(_read(path) for path in files)


def kept_mail(name: str) -> KeptMail | None:
    """One of them by its name; None when there is none."""
    return next((_read(path) for path in mail_folder().glob("*.eml") if path.stem == name), None)


def mail_folder() -> Path:
    """The folder of the active tenant's mails."""
    return Path(settings.EMAIL_FILE_PATH) / str(ACTIVE.schema)


def _read(path: Path) -> KeptMail:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    return KeptMail(
        name=path.stem,
        sent_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        subject=str(message["Subject"] or ""),
        to=str(message["To"] or ""),
        text=body.get_content() if body is not None else "",
    )
