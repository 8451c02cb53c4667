"""The people at accounts: the list, the page of one, and what one changes there."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import services
from accounts.ingest.models import Kind
from accounts.ingest.quality.queries.freshness import freshness_now, stale
from accounts.models import Contact, ContactWindow
from accounts.queries.contacts import contact_list, contact_page
from accounts.queries.custom_fields import fields_of, values_of
from cshub.users.access import can
from cshub.web.book_forms import WEEKDAYS, ConsentForm, ContactForm, FurtherFieldsForm, LeftForm, WindowsForm
from cshub.web.views.asking import ask, sent
from cshub.web.views.requests import as_id, me, visible_account
from reports.impact.queries import cited_ids

STANDS_ON = (Kind.INTERACTIONS, Kind.SURVEYS, Kind.TICKETS)
STATES = ("here", "left", "all")
LONGEST = 100


@require_GET
def contacts(request: HttpRequest) -> HttpResponse:
    """Everybody at every account, by name; the filters stand in the address, and one that makes no sense is left out."""
    given = request.GET
    words = given.get("q", "").replace("\x00", "").strip()[:LONGEST]
    role = given.get("role", "") if given.get("role", "") in Contact.Role.values else ""
    state = given.get("state", "") if given.get("state", "") in STATES else "here"
    page = contact_list(
        me(request), words=words, role=role, state=state, account=as_id(given.get("account")), after=as_id(given.get("after"))
    )  # fmt: skip
    kept = {"q": words, "role": role, "state": state, "account": given.get("account", "")}
    query = urlencode({name: value for name, value in kept.items() if value})
    context = {
        "page": page,
        "words": words,
        "role": role,
        "state": state,
        "roles": Contact.Role.choices,
        "is_later": "after" in given,
        "first_url": f"?{query}",
        "next_url": f"?{query}&after={page.after}" if page.after else "",
    }
    return render(request, "web/contacts.html", context)


@require_GET
def contact(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What is known about one person."""
    found, as_of = _contact(request, pk), timezone.now()
    page = contact_page(found)
    fields, unnamed = values_of("contact", found.attributes)
    context = {
        "contact": found,
        "page": page,
        "fields": fields,
        "unnamed": unnamed,
        "weekdays": [(WEEKDAYS[each.weekday], each) for each in page.windows],
        "local_time": _local_time(found, as_of),
        "language": _language(found.language),
        "cited": cited_ids("attachment", [each.pk for each in page.files]) if page.files else set(),
        "may_write": can(me(request), "contact_edit", "POST"),
        "as_of": as_of,
        "stale": stale(STANDS_ON, among=freshness_now(as_of=as_of)),
    }
    return render(request, "web/contact.html", context)


def contact_create(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Add a person at an account."""
    account = visible_account(request, pk)
    form = ContactForm(sent(request))

    def verb(as_of: datetime) -> str:
        services.record_contact(account=account, **form.cleaned_data, by=me(request), as_of=as_of)
        return _("The person is added.")

    back = (account.name, reverse("account", args=[account.pk]))
    return ask(request, form, verb, title=_("Add a person"), button=_("Add person"), back=back)


def contact_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change what is known. A new role becomes an entry of the history."""
    found = _contact(request, pk)
    form = ContactForm(sent(request), instance=Contact.objects.get(pk=pk))

    def verb(as_of: datetime) -> str:
        services.revise_contact(found, **form.cleaned_data, by=me(request), as_of=as_of)
        return _("Saved.")

    return ask(request, form, verb, title=_("Edit"), button=_("Save person"), back=_back(found))


def contact_left(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The person is gone: a fact with a date."""
    found = _contact(request, pk)
    form = LeftForm(sent(request), initial={"left_on": timezone.localdate()})

    def verb(as_of: datetime) -> str:
        services.mark_left(found, **form.cleaned_data, by=me(request), as_of=as_of)
        return _("It stands in the history of roles.")

    return ask(request, form, verb, title=_("Mark as left"), button=_("Mark as left"), back=_back(found))


def contact_consent(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write down what the person said about a channel."""
    found = _contact(request, pk)
    form = ConsentForm(sent(request), initial={"channel": request.GET.get("channel", "")})

    def verb(as_of: datetime) -> str:
        services.record_consent(found, **form.cleaned_data, by=me(request), as_of=as_of)
        return _("The answer is written down. The latest of a channel counts.")

    return ask(request, form, verb, title=_("Record consent"), button=_("Record consent"), back=_back(found))


def contact_windows(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say when the person wants to be called."""
    found = _contact(request, pk)
    declared = found.windows.filter(origin=ContactWindow.Origin.DECLARED)
    hours = {each.weekday: (each.starts_at, each.ends_at) for each in declared}
    form = WindowsForm(sent(request), hours=hours)

    def verb(as_of: datetime) -> str:
        services.set_windows(found, windows=form.windows(), by=me(request), as_of=as_of)
        return _("The hours are kept, in the time zone of the person.")

    return ask(request, form, verb, title=_("Hours for calls"), button=_("Save hours"), back=_back(found))


def contact_fields(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Fill in the tenant's own fields."""
    found = _contact(request, pk)
    form = FurtherFieldsForm(sent(request), definitions=fields_of("contact"), values=found.attributes)

    def verb(as_of: datetime) -> str:
        services.revise_contact(found, attributes=form.attributes(), by=me(request), as_of=as_of)
        return _("Saved.")

    return ask(request, form, verb, title=_("Further fields"), button=_("Save fields"), back=_back(found))


def _contact(request: HttpRequest, pk: UUID) -> Contact:
    found: Contact = get_object_or_404(Contact.objects.visible_to(me(request)).select_related("account"), pk=pk)
    return found


def _back(found: Contact) -> tuple[str, str]:
    return found.name, reverse("contact", args=[found.pk])


def _local_time(found: Contact, as_of: datetime) -> datetime | None:
    """What the person's clock says; None where the time zone is not known."""
    zone = found.timezone or found.account.timezone
    try:
        return as_of.astimezone(ZoneInfo(zone)) if zone else None
    except (ValueError, KeyError, OSError):
        return None


def _language(code: str) -> str:
    """What the language is called in the reader's own; a code nobody knows as it is."""
    try:
        return Locale.parse(code, sep="-").get_display_name(get_language() or "en") or code
    except (ValueError, UnknownLocaleError):
        return code
