"""The people of a tenant who log in, their teams, and the keys of their integrations."""

import re
from datetime import datetime
from typing import ClassVar
from zlib import crc32

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from cshub.db.models import TenantModel
from cshub.db.walls import WalledQuerySet
from cshub.tenancy.signing import pepper
from cshub.users.querysets import AbsenceQuerySet, ApiKeyQuerySet, TeamQuerySet, UserQuerySet

HUES = 12


class Role(models.TextChoices):
    """What a person may do; cshub.users.access says where."""

    CSM = "csm", _("CSM")
    AGENT = "agent", _("Support agent")
    MANAGER = "manager", _("Manager")
    FINANCE = "finance", _("Finance")
    ADMIN = "admin", _("Admin")


class Language(models.TextChoices):
    """The languages of the interface, each in its own name; empty follows the browser."""

    EN = "en", "English"
    PL = "pl", "Polski"
    RU = "ru", "Русский"
    FA = "fa", "فارسی"

    __empty__ = _("As the browser asks for")


class Digits(models.TextChoices):
    """How numbers are written; empty follows the language."""

    LATIN = "latin", _("Latin (0123)")
    PERSIAN = "persian", _("Persian (۰۱۲۳)")

    __empty__ = _("As the language writes them")


class Calendar(models.TextChoices):
    """How dates are counted; empty follows the language."""

    GREGORIAN = "gregorian", _("Gregorian")
    JALALI = "jalali", _("Jalali")

    __empty__ = _("As the language counts")


class Theme(models.TextChoices):
    """Light, dark, or what the person's device says."""

    AUTO = "auto", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Team(TenantModel):
    """People who share accounts."""

    name = models.CharField(_("name"), max_length=100)

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ("name",)
        constraints = (models.UniqueConstraint(Lower("name"), name="team_names_are_unique"),)

    def __str__(self) -> str:
        return self.name


class User(TenantModel, AbstractBaseUser):
    """A person of the tenant who logs in, or the owner of an integration's keys."""

    email = models.EmailField(_("email"), max_length=254)
    name = models.CharField(_("name"), max_length=150)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.CSM)
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("team")
    )
    language = models.CharField(_("language"), max_length=10, choices=Language.choices, blank=True, default="")
    digits = models.CharField(_("digits"), max_length=10, choices=Digits.choices, blank=True, default="")
    calendar = models.CharField(_("calendar"), max_length=10, choices=Calendar.choices, blank=True, default="")
    theme = models.CharField(_("theme"), max_length=10, choices=Theme.choices, default=Theme.AUTO)
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC")
    shortcuts_on = models.BooleanField(_("keyboard shortcuts"), default=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"))

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = UserQuerySet.as_manager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(Lower("email"), name="one_user_per_email"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="role_is_known"),
        )

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """May enter the admin site."""
        return self.is_active and self.role in {Role.ADMIN, Role.MANAGER}

    @property
    def initials(self) -> str:
        """Two letters for the monogram: AL for Ada Lovelace, AD for Ada."""
        words = re.findall(r"\w+", (self.name or self.email).partition("@")[0])
        if not words:
            return ""
        second = words[1][0] if len(words) > 1 else words[0][1:2] if words[0].isascii() else ""
        return str(words[0][0] + second).upper()

    @property
    def hue(self) -> int:
        """Which of the monogram's colors, 0 to 11; the same for a name on every machine."""
        return crc32(self.name.encode()) % HUES

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] or self.email

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        from cshub.users.access import has_permission

        return has_permission(self, perm)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Also hashes the tenant's pepper: a session of a cloned tenant is worth nothing here."""
        return salted_hmac(
            "cshub.users.session", pepper() + self.password, secret=secret, algorithm="sha256"
        ).hexdigest()


class Scope(models.TextChoices):
    """What a key may do, at most; its user's role still decides."""

    READ = "read", _("Read")
    WRITE = "write", _("Write")
    EVENTS_WRITE = "events:write", _("Send events")
    ADMIN = "admin", _("Administer")


class ApiKey(TenantModel):
    """A key of an integration: only its digest is kept, the key itself is shown once."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("prefix"), max_length=20, unique=True)
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope.choices), verbose_name=_("scopes"))
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ("-created_at", "id")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_usable(self, *, as_of: datetime) -> bool:
        """Neither revoked nor past its date, and its user still works here."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > as_of) and self.user.is_active


class Absence(TenantModel):
    """A person is away from the first day until the day they are back, and somebody covers for them."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences", verbose_name=_("user"))
    starts_on = models.DateField(_("first day away"))
    ends_on = models.DateField(_("back on"))
    cover = models.ForeignKey(User, on_delete=models.PROTECT, related_name="covers", verbose_name=_("who covers"))
    recorded_at = models.DateTimeField(_("recorded at"))

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ("starts_on", "id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")), name="one_is_back_after_leaving"
            ),
            models.CheckConstraint(condition=~models.Q(user=models.F("cover")), name="nobody_covers_for_themselves"),
        )
        indexes = (models.Index(fields=["cover", "ends_on"], name="absence_by_cover"),)

    def __str__(self) -> str:
        return f"{self.starts_on} – {self.ends_on}"


class SignInCounter(TenantModel):
    """Failed sign-ins of one address, one email or both together, within a window."""

    key = models.CharField(max_length=64, unique=True)
    failed_count = models.PositiveIntegerField(default=0)
    window_started_at = models.DateTimeField()

    objects = WalledQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-in counter")
        verbose_name_plural = _("sign-in counters")
