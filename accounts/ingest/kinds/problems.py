"""What several kinds of rows can have against them, in the same words."""

from django.utils.translation import gettext_lazy as _

UNKNOWN_ACCOUNT = (
    "account",
    _("There is no account with the external ID “%(account)s”. Import the account first."),
)
UNKNOWN_CONTACT = (
    "contact",
    _(
        "%(account_name)s has no contact “%(contact)s”. Import the contact first, by its external ID or e-mail, or leave the cell empty."
    ),
)
CONTACT_ELSEWHERE = (
    "contact",
    _(
        "The contact “%(contact)s” is at another account than %(account_name)s. Choose a contact of this account, or leave the cell empty."
    ),
)
IN_THE_FUTURE = _("This lies in the future. Write down what has happened.")
OF_PEOPLE = {
    "unknown_account": UNKNOWN_ACCOUNT,
    "unknown_contact": UNKNOWN_CONTACT,
    "contact_elsewhere": CONTACT_ELSEWHERE,
}
