"""Keeps files with an account: under the tenant's folder, under a random name, of types that cannot run."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from pathlib import PurePath
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import puremagic
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Attachment
from accounts.services.merging import refuse_merged
from accounts.services.refusals import CitedFile, UnusableFile, WrongPerson
from cshub.audit import services as audit
from cshub.db.active import ACTIVE
from cshub.tenancy.context import on_commit

if TYPE_CHECKING:
    from datetime import datetime

    from django.core.files.base import File

    from accounts.models import Account, Contact, Interaction
    from cshub.users.models import User

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
# What may be kept, by the ending of its name: the types its bytes may turn out to be. Nothing that a browser would run.
ALLOWED: Final[dict[str, tuple[str, ...]]] = {
    ".pdf": ("application/pdf",),
    ".png": ("image/png",),
    ".jpg": ("image/jpeg",),
    ".jpeg": ("image/jpeg",),
    ".gif": ("image/gif",),
    ".webp": ("image/webp",),
    ".docx": (f"{_OFFICE}wordprocessingml.document",),
    ".xlsx": (f"{_OFFICE}spreadsheetml.sheet",),
    ".pptx": (f"{_OFFICE}presentationml.presentation",),
    ".odt": (f"{_OPEN}text",),
    ".ods": (f"{_OPEN}spreadsheet",),
    ".odp": (f"{_OPEN}presentation",),
    ".txt": ("text/plain",),
    ".csv": ("text/plain",),
    ".md": ("text/plain",),
    ".eml": ("text/plain",),
}
_PARTS = {
    "word/document.xml": f"{_OFFICE}wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}spreadsheetml.sheet",
    "ppt/presentation.xml": f"{_OFFICE}presentationml.presentation",
}
_MARKUP = (b"<svg", b"<html", b"<!doctype", b"<script", b"<?xml", b"<body", b"<iframe")
_LONGEST_NAME = 255


@transaction.atomic
def attach_file(
    *,
    account: Account,
    content: File[bytes],
    file_name: str,
    contact: Contact | None = None,
    interaction: Interaction | None = None,
    by: User | None,
    as_of: datetime,
) -> Attachment:
    """Keep a file with an account, and perhaps with a person or an entry of the timeline there.

    Raises UnusableFile when it is empty, too large or of a type that is not allowed (told from its bytes, which have to agree with the
    ending of its name), WrongPerson when the person or entry is of another account, UnknownAccount for a merged one.
    """
    refuse_merged(account)
    _check_owner(account, contact, interaction)
    name = _name(file_name)
    data = _read(content, name)
    content_type = _type(data, name)
    attachment = Attachment(
        account=account, contact=contact, interaction=interaction, file_name=name, content_type=content_type, size=len(data),
        digest=hashlib.sha256(data).hexdigest(), uploaded_by=by, recorded_at=as_of,
    )  # fmt: skip
    attachment.stored_as = default_storage.save(f"{ACTIVE.schema}/attachments/{uuid4().hex}", ContentFile(data))
    try:
        attachment.save(force_insert=True)
        after = audit.snapshot(attachment, ["account", "file_name"])
        after |= {"size": len(data), "type": content_type, "digest": attachment.digest}
        audit.record("attachment.added", target=attachment, by=by, at=as_of, after=after)
    except BaseException:
        default_storage.delete(attachment.stored_as)
        raise
    return attachment


@transaction.atomic
def remove_attachment(attachment: Attachment, *, is_cited: bool, by: User | None, as_of: datetime) -> Attachment:
    """Take a file away; that it was there is kept. Whoever calls knows whether evidence points to it. Raises CitedFile."""
    locked: Attachment = Attachment.objects.select_for_update().get(pk=attachment.pk)
    if locked.removed_at is not None:
        return locked
    if is_cited:
        raise CitedFile(
            _("“%(file)s” is cited as evidence. It stays as long as its claim does.") % {"file": locked.file_name}
        )
    locked.removed_at = as_of
    locked.save(update_fields=["removed_at"])
    after = {"file_name": locked.file_name, "digest": locked.digest}
    audit.record("attachment.removed", target=locked, by=by, at=as_of, after=after)
    path = locked.stored_as
    on_commit(lambda: default_storage.delete(path))
    return locked


def _check_owner(account: Account, contact: Contact | None, interaction: Interaction | None) -> None:
    for row, field in ((contact, "contact"), (interaction, "interaction")):
        if row is not None and row.account_id != account.pk:
            raise WrongPerson(
                _("%(row)s does not belong to %(account)s. Choose one of this account.")
                % {"row": row, "account": account},
                field=field,
            )


def _name(file_name: str) -> str:
    """The name without folders and without what cannot be printed; its ending survives shortening."""
    name = "".join(each for each in PurePath(file_name.replace("\\", "/")).name if each.isprintable()).strip()
    ending = PurePath(name).suffix.lower()
    if ending not in ALLOWED:
        words = {"file": name or file_name[:80], "endings": ", ".join(ALLOWED)}
        raise UnusableFile(
            _("“%(file)s” is of a type that is not kept. Convert it to one of: %(endings)s.") % words, field="file"
        )
    stem = name[: -len(ending)][: _LONGEST_NAME - len(ending)]
    return f"{stem}{name[-len(ending) :]}"


def _read(content: File[bytes], name: str) -> bytes:
    most = settings.ATTACHMENT_MB * 1024 * 1024
    data = content.read(most + 1)
    if len(data) > most:
        words = {"file": name, "most": settings.ATTACHMENT_MB}
        raise UnusableFile(
            _("“%(file)s” is larger than %(most)s MB. Make it smaller, or split it.") % words, field="file"
        )
    if not data:
        raise UnusableFile(_("“%(file)s” is empty. Choose the file again.") % {"file": name}, field="file")
    return bytes(data)


def _type(data: bytes, name: str) -> str:
    """What the bytes are, if the ending of the name says the same. Raises UnusableFile."""
    allowed = ALLOWED[PurePath(name).suffix.lower()]
    if allowed == ("text/plain",):
        if _is_text(data):
            return "text/plain"
    else:
        found = _told(data)
        if agreed := [each for each in allowed if each in found]:
            return agreed[0]
    raise UnusableFile(
        _("The content of “%(file)s” is not what its name says. Save it again in the type it is named after.")
        % {"file": name},
        field="file",
    )


def _told(data: bytes) -> set[str]:
    """Every type the bytes could be. The name is not asked: without a signature puremagic would believe it."""
    if data.startswith(b"PK\x03\x04"):
        return _told_of_archive(data)
    try:
        return {each.mime_type for each in puremagic.magic_string(data)}
    except (puremagic.PureError, ValueError):
        return set()


def _told_of_archive(data: bytes) -> set[str]:
    """Office documents are archives; the parts inside say which kind. Nothing is unpacked but the one short line of OpenDocument."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            kinds = {kind for part, kind in _PARTS.items() if part in names}
            if "mimetype" in names and archive.getinfo("mimetype").file_size <= _LONGEST_NAME:
                kinds.add(archive.read("mimetype").decode("ascii", "replace").strip())
            return kinds
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
        return set()


def _is_text(data: bytes) -> bool:
    """Plain words: no zero bytes, and nothing that begins like markup a browser would run."""
    begin = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return (
        b"\x00" not in data
        and not begin.startswith(_MARKUP)
        and not data.startswith((b"PK\x03\x04", b"%PDF", b"\x89PNG"))
    )
