"""Routes of background work."""

from django.urls import path

from cshub.work import views

urlpatterns = [
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/card/", views.job_card, name="job_card"),
    path("jobs/<uuid:pk>/progress/", views.job_progress, name="job_progress"),
    path("jobs/<uuid:pk>/cancellation/", views.job_cancellation, name="job_cancellation"),
    path("settings/mail/", views.mails, name="settings_mail"),
    path("settings/mail/<slug:name>/", views.mail, name="settings_mail_message"),
]
