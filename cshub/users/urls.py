"""Routes of signing in, of oneself, and of the settings about people."""

from django.urls import include, path
from django.views.generic import RedirectView

from cshub.users import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("password-reset/", views.password_reset, name="password_reset"),
    path("password-reset/sent/", views.password_reset_done, name="password_reset_done"),
    path("password-reset/<uidb64>/<token>/", views.PasswordResetConfirm.as_view(), name="password_reset_confirm"),
    path("password-reset/complete/", views.password_reset_complete, name="password_reset_complete"),
    path("profile/", views.profile, name="profile"),
    path("profile/password/", views.profile_password, name="profile_password"),
    path("profile/absences/", views.absences, name="profile_absences"),
    path("profile/absences/<uuid:pk>/removal/", views.absence_removal, name="profile_absence_removal"),
    path("settings/", RedirectView.as_view(pattern_name="settings_api_keys"), name="settings"),
    path("settings/members/", views.members, name="settings_members"),
    path("settings/members/<uuid:pk>/", views.member, name="settings_member"),
    path("settings/api-keys/", views.api_keys, name="settings_api_keys"),
    path("settings/api-keys/<uuid:pk>/revocation/", views.api_key_revocation, name="settings_api_key_revocation"),
    path("settings/audit/", include("cshub.audit.urls")),
]
