"""Pages that look across apps."""

from django.urls import path

from cshub.web.views import account, accounts, inbox, language, renewals, saved_views, search

urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/new/", accounts.account_create, name="account_create"),
    path("accounts/assign/", accounts.accounts_assign, name="accounts_assign"),
    path("accounts/tasks/", accounts.accounts_task, name="accounts_task"),
    path("accounts/export/", accounts.accounts_export, name="accounts_export"),
    path("accounts/<uuid:pk>/", account.account, name="account"),
    path("accounts/<uuid:pk>/owner/", account.account_assign, name="account_assign"),
    path("accounts/<uuid:pk>/task/", account.account_task, name="account_task"),
    path("accounts/<uuid:pk>/note/", account.account_note, name="account_note"),
    path("accounts/<uuid:pk>/renewals/<uuid:renewal>/decision/", renewals.renewal_decision, name="renewal_decision"),
    path("search/", search.search, name="search"),
    path("views/", saved_views.views_save, name="views_save"),
    path("views/<uuid:pk>/deletion/", saved_views.views_delete, name="views_delete"),
    path("i18n/setlang/", language.set_language, name="set_language"),
]
