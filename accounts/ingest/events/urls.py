"""Routes of events: the debugger, sources and what is kept. The endpoint itself is answered before routes, see middleware.py."""

from django.urls import path

from accounts.ingest.events.views import pages

urlpatterns = [
    path("events/", pages.arrivals, name="events"),
    path("events/quarantine/", pages.quarantine, name="events_quarantine"),
    path("events/quarantine/<uuid:pk>/replay/", pages.replay, name="event_replay"),
    path("events/quarantine/<uuid:pk>/dismissal/", pages.dismiss, name="event_dismissal"),
    path("events/<int:batch>/retry/", pages.retry, name="event_retry"),
    path("events/<int:batch>/<int:position>/", pages.arrival, name="event_arrival"),
    path("settings/sources/", pages.sources, name="settings_sources"),
    path("settings/sources/<uuid:pk>/rotation/", pages.rotation, name="settings_source_rotation"),
    path("settings/sources/<uuid:pk>/state/", pages.switch, name="settings_source_state"),
    path("settings/sources/retention/", pages.retention, name="settings_event_retention"),
]
