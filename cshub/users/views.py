"""Pages of signing in, of oneself, and of the settings about people and keys."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse, reverse_lazy
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from cshub.kernel.refusal import Refused
from cshub.users import services
from cshub.users.absences import record_absence, remove_absence
from cshub.users.forms import (
    AbsenceForm,
    ApiKeyForm,
    InvitationForm,
    MemberForm,
    PasswordResetForm,
    ProfileForm,
    SignInForm,
)
from cshub.users.models import Absence, ApiKey, User
from cshub.users.queries import members_page
from cshub.users.roles import APPROVERS
from cshub.users.sign_in import check_credentials, request_password_reset, reset_tokens, site_of
from cshub.users.throttle import TooManyAttempts

if TYPE_CHECKING:
    PasswordForm = SetPasswordForm[User]
else:
    PasswordForm = SetPasswordForm


@sensitive_post_parameters("password")
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Email and password, then on to where one wanted to go."""
    if request.user.is_authenticated and request.method == "GET":
        return redirect(_next_page(request))
    form = SignInForm(request.POST or None)
    if form.is_valid():
        try:
            user = check_credentials(request, **form.cleaned_data, as_of=timezone.now())
        except TooManyAttempts as refusal:
            return _too_many(request, "registration/sign_in.html", form, refusal)
        if user is not None:
            login(request, user)
            return redirect(_next_page(request))
        form.add_error(None, _("Email and password do not belong together. Check both, or ask for a new password."))
    return _form_page(
        request, "registration/sign_in.html", form, next=request.POST.get("next", request.GET.get("next", ""))
    )


def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    logout(request)
    return redirect("sign_in")


@never_cache
def password_reset(request: HttpRequest) -> HttpResponse:
    """Ask for a mail; the answer is the same whether or not the email is known."""
    form = PasswordResetForm(request.POST or None)
    if form.is_valid():
        try:
            request_password_reset(request, email=form.cleaned_data["email"], as_of=timezone.now())
        except TooManyAttempts as refusal:
            return _too_many(request, "registration/password_reset_form.html", form, refusal, field="email")
        return redirect("password_reset_done")
    return _form_page(request, "registration/password_reset_form.html", form)


def password_reset_done(request: HttpRequest) -> HttpResponse:
    return render(request, "registration/password_reset_done.html")


class NewPasswordForm(PasswordForm):
    """A new password by mail; setting it is audited."""

    def save(self, commit: bool = True) -> User:
        return services.set_password(
            self.user, password=self.cleaned_data["new_password1"], by=self.user, as_of=timezone.now()
        )


class PasswordResetConfirm(PasswordResetConfirmView):
    """Where the link of the mail leads; the token leaves the address before the page is shown."""

    form_class = NewPasswordForm
    token_generator = reset_tokens
    success_url = reverse_lazy("password_reset_complete")

    def get_user(self, uidb64: str) -> User | None:
        user = super().get_user(uidb64)
        return user if isinstance(user, User) and user.is_active else None


def password_reset_complete(request: HttpRequest) -> HttpResponse:
    return render(request, "registration/password_reset_complete.html")


def profile(request: HttpRequest) -> HttpResponse:
    """How the product looks and reads to oneself."""
    user = _me(request)
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=user.pk))
    if form.is_valid():
        services.change_preferences(user, by=user, as_of=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("profile")
    return _form_page(request, "users/profile.html", form)


@sensitive_post_parameters()
def profile_password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; this session goes on, every other one ends."""
    user = _me(request)
    form = PasswordChangeForm(user, request.POST or None)
    if form.is_valid():
        services.set_password(user, password=form.cleaned_data["new_password1"], by=user, as_of=timezone.now())
        update_session_auth_hash(request, user)
        messages.success(request, _("Your password was changed. Other devices are signed out."))
        return redirect("profile")
    return _form_page(request, "registration/password_change_form.html", form)


def absences(request: HttpRequest) -> HttpResponse:
    """When one is away and who covers, and for whom one covers oneself; who leads says it for those who cannot, too."""
    user, as_of = _me(request), timezone.now()
    leads = user.role in APPROVERS
    form = AbsenceForm(request.POST or None, user=user, others=leads)
    if form.is_valid():
        said = {**form.cleaned_data}
        person = said.pop("person", user)
        try:
            record_absence(person, **said, by=user, as_of=as_of)
        except Refused as refusal:
            _blame(form, refusal)
        else:
            messages.success(request, _told_who_covers(person, user))
            return redirect("profile_absences")
    ahead = Absence.objects.filter(ends_on__gt=as_of.date()).select_related("user", "cover")
    others = ahead.exclude(user=user) if leads else ahead.none()
    return _form_page(
        request,
        "users/absences.html",
        form,
        own=ahead.filter(user=user),
        covering=ahead.filter(cover=user),
        others=others,
    )


def _told_who_covers(person: User, user: User) -> str:
    if person == user:
        return _("Your work shows in the inbox of who covers, on the days you are away.")
    return _("The work of %(name)s shows in the inbox of who covers, on the days they are away.") % {"name": person}


def absence_removal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take an absence of one's own back; who leads, anybody's."""
    user = _me(request)
    theirs = Absence.objects.all() if user.role in APPROVERS else Absence.objects.filter(user=user)
    absence = get_object_or_404(theirs.select_related("user"), pk=pk)
    remove_absence(absence, by=_me(request), as_of=timezone.now())
    messages.success(request, _("The absence is removed."))
    return redirect("profile_absences")


def members(request: HttpRequest) -> HttpResponse:
    """Who works here; taking somebody in sends them a mail with a way to a password."""
    form = InvitationForm(request.POST or None)
    if form.is_valid():
        as_of = timezone.now()
        try:
            user = services.invite(**form.cleaned_data, site=site_of(request), by=_me(request), as_of=as_of)
        except Refused as refusal:
            _blame(form, refusal)
        else:
            messages.success(request, _("%(name)s was invited by mail.") % {"name": user})
            return redirect("settings_members")
    return _form_page(request, "settings/members.html", form, page=members_page())


def member(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give somebody another role or team, or let them go."""
    user = get_object_or_404(User.objects.visible_to(_me(request)), pk=pk)
    form = MemberForm(request.POST or None, instance=User.objects.get(pk=pk))
    if form.is_valid():
        try:
            services.change_member(user, **form.cleaned_data, by=_me(request), as_of=timezone.now())
        except Refused as refusal:
            _blame(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("settings_members")
    return _form_page(request, "settings/member.html", form, member=user)


@never_cache
def api_keys(request: HttpRequest) -> HttpResponse:
    """One's keys (an admin sees all); a new one is shown once, on the answer that made it."""
    user, plain, as_of = _me(request), "", timezone.now()
    form = ApiKeyForm(request.POST or None)
    if form.is_valid():
        try:
            _key, plain = services.issue_key(
                user=user,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=form.expires_at(as_of),
                as_of=as_of,
            )
            form = ApiKeyForm()
        except Refused as refusal:
            _blame(form, refusal)
    keys = ApiKey.objects.visible_to(user).select_related("user").order_by("revoked_at", "-created_at")[:200]
    return _form_page(request, "settings/api_keys.html", form, keys=keys, plain=plain, as_of=as_of)


def api_key_revocation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a key."""
    key = get_object_or_404(ApiKey.objects.visible_to(_me(request)), pk=pk)
    services.revoke_key(key, by=_me(request), as_of=timezone.now())
    messages.success(request, _("The key %(key)s no longer works.") % {"key": key})
    return redirect("settings_api_keys")


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the access table lets nobody else in
    return request.user


def _form_page(request: HttpRequest, template: str, form: forms.BaseForm, **context: Any) -> HttpResponse:
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)


def _blame(form: forms.BaseForm, refusal: Refused) -> None:
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


def _too_many(
    request: HttpRequest, template: str, form: forms.BaseForm, refusal: TooManyAttempts, *, field: str | None = None
) -> HttpResponse:
    seconds = max(1, round(refusal.retry_after.total_seconds()))
    form.add_error(
        field, _("Too many attempts. Wait %(minutes)d minutes, then try again.") % {"minutes": -(-seconds // 60)}
    )
    response = render(request, template, {"form": form}, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _next_page(request: HttpRequest) -> str:
    """Where one wanted to go, on this host only."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if wanted and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    try:
        return reverse("inbox")
    except NoReverseMatch:  # the public host has no inbox
        return reverse("profile")
