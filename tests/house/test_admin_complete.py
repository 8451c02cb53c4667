"""Every model of a tenant is in the tenant's admin site, or stands here with the reason why not."""

from django.contrib import admin

from cshub.users.admin_site import tenant_admin
from tests.house.rows import tenant_models

WORKED_OUT = "worked out from facts that are shown, and rewritten as they change"
A_MILLION = "too many rows to be looked at one by one; their page sums them up"
MACHINERY = "keeps the machinery going and says nothing to people"
OWN_PAGE = "shown whole on a page of its own"

LEFT_OUT = {
    "accounts.AccountRevenue": WORKED_OUT,
    "accounts.ChangedAccount": MACHINERY,
    "accounts.Replenishment": WORKED_OUT,
    "accounts.UsageDaily": A_MILLION,
    "audit.AuditEvent": OWN_PAGE,
    "audit.AuditHead": MACHINERY,
    "events.AppGroup": WORKED_OUT,
    "events.DailyUser": A_MILLION,
    "events.EventPolicy": OWN_PAGE,
    "events.HeldEvent": OWN_PAGE,
    "events.SeenMessage": MACHINERY,
    "events.UsageEvent": A_MILLION,
    "health.AccountHealth": WORKED_OUT,
    "health.HealthScore": A_MILLION,
    "health.HealthTransition": OWN_PAGE,
    "health.Scoring": MACHINERY,
    "impact.CreditBalance": WORKED_OUT,
    "impact.LedgerHead": MACHINERY,
    "ingest.ImportedRow": A_MILLION,
    "ingest.MetricPoint": A_MILLION,
    "ingest.RejectedRow": OWN_PAGE,
    "playbooks.Run": OWN_PAGE,
    "predictions.Prediction": A_MILLION,
    "quality.DuplicateSearch": MACHINERY,
    "segments.SegmentMembership": WORKED_OUT,
    "segments.SegmentSize": WORKED_OUT,
    "segments.SegmentTransition": WORKED_OUT,
    "segments.SegmentVersion": OWN_PAGE,
    "users.SignInCounter": MACHINERY,
    "value.Valuation": A_MILLION,
    "web.SavedView": OWN_PAGE,
    "work.IdempotencyRecord": MACHINERY,
    "work.Job": OWN_PAGE,
    "work.JobStep": MACHINERY,
    "work.OutboxEntry": OWN_PAGE,
}


def test_every_model_is_in_the_admin_site_or_has_a_reason_not_to_be() -> None:
    admin.autodiscover()
    missing = {model._meta.label for model in tenant_models() if not tenant_admin.is_registered(model)}
    assert missing - LEFT_OUT.keys() == set(), "Register these in their app's admin, or say here why not."


def test_nothing_is_excused_that_is_there_or_does_not_exist() -> None:
    admin.autodiscover()
    known = {model._meta.label: model for model in tenant_models()}
    assert LEFT_OUT.keys() <= known.keys()
    assert not [label for label, model in known.items() if label in LEFT_OUT and tenant_admin.is_registered(model)]
