"""Pages of impact."""

from django.urls import path

from reports.impact import views

urlpatterns = [
    path("impact/", views.impact, name="impact"),
    path("impact/log/", views.impact_log, name="impact_log"),
    path("impact/<uuid:pk>/", views.impact_claim, name="impact_claim"),
    path("impact/<uuid:pk>/evidence/", views.claim_evidence, name="claim_evidence"),
    path("impact/<uuid:pk>/submission/", views.claim_submit, name="claim_submit"),
    path("impact/<uuid:pk>/withdrawal/", views.claim_withdrawal, name="claim_withdrawal"),
    path("impact/<uuid:pk>/review/", views.claim_review, name="claim_review"),
    path("impact/entries/<uuid:pk>/reversal/", views.ledger_reversal, name="ledger_reversal"),
    path("experiments/", views.experiments, name="experiments"),
    path("experiments/<uuid:pk>/", views.experiment, name="experiment"),
]
