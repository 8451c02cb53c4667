"""Cells about commerce."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cshub.l10n import formats

register = template.Library()


@register.simple_tag
def invoice_state(invoice: Any, days_late: dict[Any, int]) -> SafeString:
    """Whether an invoice `with_state` is paid, and how late: in words, and in color where somebody has to act."""
    late = days_late[invoice.pk]
    days = ngettext("%(count)s day late", "%(count)s days late", late) % {"count": formats.number(late)}
    if invoice.state == "overdue":
        return format_html('<span class="u-risk u-medium">{}</span>', _("Overdue, %(days)s") % {"days": days})
    if invoice.state == "paid":
        return format_html("{}", _("Paid, %(days)s") % {"days": days} if late else _("Paid in time"))
    return format_html("{}", _("Open"))
