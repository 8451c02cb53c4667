"""What the pages remember: saved views."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cshub.db.models import TenantModel
from cshub.db.walls import WalledQuerySet


class SavedView(TenantModel):
    """A list with its filters and sorting under a name, for one person or for everybody."""

    page = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=100)
    query = models.TextField(_("filters"), help_text=_("The query string of the page."))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    is_shared = models.BooleanField(_("everybody sees it"), default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = WalledQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["owner", "page", "name"], name="view_names_are_unique_per_person"),
        )

    def __str__(self) -> str:
        return self.name
