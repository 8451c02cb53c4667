"""The component gallery for developers: every part of the interface with much data, none, long words and Persian."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from cshub.web.gallery import account, accounts, components, inbox, report

PAGES = {
    "components": ("web/gallery.html", components.components),
    "accounts": ("web/gallery_accounts.html", accounts.accounts),
    "account": ("web/gallery_account.html", account.account),
    "report": ("web/gallery_report.html", report.report),
    "inbox": ("web/gallery_inbox.html", inbox.inbox),
    "import": ("web/gallery_import.html", inbox.import_check),
}


class SampleForm(forms.Form):
    """One field of each kind; bound to wrong values it shows every error."""

    name = forms.CharField(label="Name", help_text="As your customer writes it.")
    email = forms.EmailField(label="E-mail", required=False)
    revenue = forms.DecimalField(label="Annual revenue")
    renewal_on = forms.DateField(label="Renewal date", widget=forms.DateInput(attrs={"type": "date"}))
    tier = forms.ChoiceField(label="Tier", choices=[("a", "Enterprise"), ("b", "Mid-market"), ("c", "Small business")])
    mode = forms.ChoiceField(label="Mode", choices=[("pro", "Proactive"), ("re", "Reactive")], widget=forms.RadioSelect)
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    tell = forms.BooleanField(label="Tell the owner", required=False, help_text="By e-mail, once a day at most.")


def gallery(request: HttpRequest) -> HttpResponse:
    """?page=components|accounts|account|report|inbox|import, ?lang=en|pl|ru|fa. Exists only while developing."""
    if not settings.DEBUG:
        raise Http404
    template, samples = PAGES.get(request.GET.get("page", ""), PAGES["components"])
    language = request.GET.get("lang", "") or translation.get_language()
    with translation.override(language if language in dict(settings.LANGUAGES) else "en"):
        context: dict[str, Any] = samples()
        context |= {
            "form": SampleForm(initial={"tier": "b"}),
            "wrong_form": SampleForm({"email": "nobody", "revenue": "1.2.3"}),
        }
        context |= {"filters": SampleForm(), "impact_form": SampleForm(prefix="impact"), "pages": PAGES}
        return render(request, template, context)
