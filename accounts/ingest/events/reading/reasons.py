"""Why an event waits in quarantine, as a sentence with the remedy."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

REASONS = {
    "not_an_object": _("This is no event but %(value)s. Send an object with “type”, “userId” and “messageId”."),
    "unknown_type": _("The type “%(value)s” is not known. Use track, identify, group, page, screen or alias."),
    "too_large": _("The event has %(value)s bytes; it may have 32 kB. Leave large properties out."),
    "too_deep": _("The event is nested more than %(value)s levels deep. Send it flatter."),
    "bad_text": _("%(value)s holds a character that cannot be kept. Remove control characters and halves of emoji."),
    "bad_number": _(
        "%(value)s holds a value that is no number, or one that is too large. Send it as text, or leave it out."
    ),
    "bad_properties": _("“%(value)s” has to be an object with names and values."),
    "no_name": _("The event has no name. Send it in “event”."),
    "no_user": _("The event names no user. Send “userId” or “anonymousId”."),
    "no_group": _("The call names no account. Send its external ID in “groupId”."),
    "no_previous": _("The call names no earlier ID. Send it in “previousId”."),
    "bad_id": _("“%(value)s” has to be a text of at most 200 characters."),
    "bad_time": _("“%(value)s” is no time. Write it like 2026-11-22T09:30:00Z."),
    "too_old": _(
        "%(value)s lies before the months that are kept. Keep events longer in the settings of events, or dismiss this one."
    ),
    "in_future": _("%(value)s has not come yet. Check the clock of the sender."),
    "no_account": _("No group call named the account of this user in time. Send one, then replay the event."),
}


def sentence(code: str, value: str) -> str:
    """The reason in the reader's language."""
    return str(REASONS[code]) % {"value": value} if code in REASONS else code
