"""Keeps mails in a folder per tenant where no mail server is set, so that nobody waits for a mail that cannot come."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from cshub.db.active import ACTIVE


class FolderBackend(BaseEmailBackend):
    """One file per mail under <data folder>/mail/<schema>/, named by time; shown on /settings/mail/."""

    def open(self) -> None:
        self.folder().mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        """Nothing stays open."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each mail whole or not at all."""
        self.open()
        for message in email_messages:
            path = self.folder() / f"{time.time_ns():020d}-{os.getpid()}.eml"
            part = path.with_suffix(".part")
            part.write_bytes(message.message().as_bytes())
            part.rename(path)
        return len(email_messages)

    def folder(self) -> Path:
        return Path(settings.EMAIL_FILE_PATH) / str(ACTIVE.schema)
