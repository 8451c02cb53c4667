"""Nobody overwrites what they have not seen: an ETag for each object, If-Match for changes."""

import hashlib
import json
from typing import Any

from rest_framework.request import Request
from rest_framework.utils.encoders import JSONEncoder

from cshub.api.errors import ApiProblem


def etag_of(document: Any) -> str:
    """A strong ETag over the whole representation of an object."""
    text = json.dumps(document, cls=JSONEncoder, sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def is_known(request: Request, etag: str) -> bool:
    """The client has this version already (If-None-Match)."""
    return _matches(request.headers.get("If-None-Match"), etag)


def refuse_stale(request: Request, etag: str) -> None:
    """Raises ApiProblem precondition_failed when If-Match names another version than the present one."""
    wanted = request.headers.get("If-Match")
    if wanted is not None and not _matches(wanted, etag):
        raise ApiProblem("precondition_failed", headers={"ETag": etag})


def _matches(header: str | None, etag: str) -> bool:
    return header is not None and (
        header.strip() == "*" or etag in {part.strip().removeprefix("W/") for part in header.split(",")}
    )
