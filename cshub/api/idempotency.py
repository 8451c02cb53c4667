"""A POST with an Idempotency-Key happens once, however often it is sent: asking again gets the answer of the first time."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from django.db import transaction
from django.http import RawPostDataException
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from cshub.api.errors import ApiProblem
from cshub.api.problems import MEDIA_TYPE
from cshub.users.models import ApiKey
from cshub.work.models import IdempotencyRecord
from cshub.work.sql import take_turn

KEPT_FOR = timedelta(hours=24)
HEADER = "Idempotency-Key"
KEPT_HEADERS = ("Location", "ETag")
LONGEST = 255

Handler = Callable[..., Response]


class IdempotentPost:
    """Mixin for views: wraps `post` when the request brings the header.

    The answer is kept in the transaction of the effect, so both are there or neither is. Answers of 5xx are not kept: a retry then really
    retries. `secrets` names fields that are answered once and kept as null.
    """

    secrets: ClassVar[tuple[str, ...]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if request.method == "POST" and HEADER in request.headers:
            handlers = vars(self)  # what the dispatcher will call, for this request only
            handlers["post"] = partial(self._once, getattr(self, "post"))  # noqa: B009  # a viewset learns it from its route

    def _once(self, handler: Handler, request: Request, *args: Any, **kwargs: Any) -> Response:
        now = timezone.now()  # noqa: TID251  # the age of a kept answer is that of the clock
        identity = _identity(request)
        body_hash = _body_hash(request)
        with transaction.atomic():
            if not take_turn("idempotency", json.dumps(identity, sort_keys=True)):
                raise ApiProblem("idempotency_in_flight", headers={"Retry-After": "1"})
            IdempotencyRecord.objects.filter(**identity, created_at__lte=now - KEPT_FOR).delete()
            if kept := IdempotencyRecord.objects.filter(**identity).first():
                return _replayed(kept, body_hash)
            response = self._answered(handler, request, *args, **kwargs)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            else:
                IdempotencyRecord.objects.create(
                    **identity, body_hash=body_hash, created_at=now, **self._kept(response)
                )
        return response

    def _answered(self, handler: Handler, request: Request, *args: Any, **kwargs: Any) -> Response:
        try:
            with transaction.atomic():
                return handler(request, *args, **kwargs)
        except Exception as error:  # its problem is kept like any other answer
            response: Response = self.handle_exception(error)  # type: ignore[attr-defined]
            return response

    def _kept(self, response: Response) -> dict[str, Any]:
        answer = json.loads(json.dumps(response.data, cls=JSONEncoder))
        if isinstance(answer, dict):
            answer.update({name: None for name in self.secrets if name in answer})
        headers = {name: response[name] for name in KEPT_HEADERS if name in response}
        return {"status": response.status_code, "answer": answer, "headers": headers}


def forget_old_answers(*, as_of: datetime) -> int:
    """Delete answers that are no longer promised; how many there were."""
    return IdempotencyRecord.objects.filter(created_at__lte=as_of - KEPT_FOR).delete()[0]


def _identity(request: Request) -> dict[str, str]:
    key = request.headers[HEADER]
    if not key or len(key) > LONGEST or not key.isascii() or not key.isprintable():
        detail = f"An Idempotency-Key is 1 to {LONGEST} visible ASCII characters."
        raise ApiProblem("validation_failed", detail, errors=[{"pointer": HEADER, "code": "invalid", "detail": detail}])
    principal = f"key:{request.auth.pk}" if isinstance(request.auth, ApiKey) else f"user:{request.user.pk}"
    return {"principal": principal, "operation": f"POST {request.path}"[:200], "key": key}


def _body_hash(request: Request) -> str:
    try:
        raw = request._request.body
    except RawPostDataException as error:  # somebody read a form from it: the API reads JSON only
        raise ApiProblem("unsupported_media_type") from error
    return hashlib.sha256(request.get_full_path().encode() + b"\n" + raw).hexdigest()


def _replayed(kept: IdempotencyRecord, body_hash: str) -> Response:
    if kept.body_hash != body_hash:
        raise ApiProblem("idempotency_key_reused")
    response = Response(kept.answer, status=kept.status, content_type=MEDIA_TYPE if kept.status >= 400 else None)
    for name, value in {**kept.headers, "Idempotent-Replayed": "true"}.items():
        response[name] = value
    return response
