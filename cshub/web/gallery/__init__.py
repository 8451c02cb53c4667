"""Every part of the interface on one page, for developers; exists only while developing."""

from django.urls import path

from cshub.web.gallery.views import gallery

urlpatterns = [path("", gallery, name="gallery")]
