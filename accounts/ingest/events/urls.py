"""Routes of events: the endpoint of the tracking protocol, the debugger, sources and what is kept."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from accounts.ingest.events.views import endpoint


class CallConverter(StringConverter):
    """One of the protocol's calls; a slash may follow, and nobody is redirected."""

    regex = "(?:track|identify|group|page|screen|alias|batch)/?"


register_converter(CallConverter, "tracking_call")

urlpatterns = [
    path("v1/<tracking_call:call>", endpoint.events, name="event_endpoint"),
]
