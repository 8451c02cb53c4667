"""A request speaks its reader's language and calendar, and leaves nothing behind."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import translation

from cshub.l10n import formats, preferences
from cshub.l10n.middleware import UserLocaleMiddleware


def answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse(formats.date(date(2027, 1, 14)))


@pytest.mark.parametrize(
    ("user", "accepts", "text"),
    [
        ({"language": "fa"}, "pl", "۲۴ دی ۱۴۰۵"),
        ({"language": ""}, "pl", "14 sty 2027"),
        ({"language": "fa", "calendar": "gregorian", "digits": "latin"}, "en", "14 ژانویه 2027"),
        ({"language": "xx"}, "de", "14 Jan 2027"),
    ],
)
def test_the_persons_choice_comes_first(user: dict[str, str], accepts: str, text: str) -> None:
    request = RequestFactory().get("/", headers={"accept-language": accepts})
    request.user = SimpleNamespace(**user)  # type: ignore[assignment]
    before = translation.get_language(), preferences.calendar(), preferences.digits()
    response = UserLocaleMiddleware(answer)(request)
    assert response.content.decode() == text
    assert (translation.get_language(), preferences.calendar(), preferences.digits()) == before
    assert "Accept-Language" in response.headers["Vary"]
