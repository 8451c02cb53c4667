"""The mails that bring a person to a new password."""

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from cshub.users.models import User
from cshub.users.sign_in import reset_path_parts
from cshub.work.mail import NobodyToSendTo


def password_mail(payload: dict[str, str]) -> EmailMessage:
    """The mail for {"email", "site", "reason"}. The link is made here, so that it is never kept. Raises NobodyToSendTo."""
    user = User.objects.active().filter(email__iexact=payload["email"]).first()
    if user is None:
        raise NobodyToSendTo("No active user has this email.")
    with translation.override(user.language or None):
        link = payload["site"] + reverse("password_reset_confirm", kwargs=reset_path_parts(user))
        invited = payload["reason"] == "invitation"
        subject = _("Your invitation to cshub") if invited else _("A new password for cshub")
        template = "emails/invitation.txt" if invited else "emails/password_reset.txt"
        body = render_to_string(template, {"user": user, "link": link, "site": payload["site"]})
    return EmailMessage(subject=subject, body=body, to=[user.email])
