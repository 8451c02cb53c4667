"""Pages that look across apps."""

from django.urls import include, path

from cshub.web.views import account, accounts, inbox, saved_views, search

urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/new/", accounts.account_create, name="account_create"),
    path("accounts/assign/", accounts.accounts_assign, name="accounts_assign"),
    path("accounts/tasks/", accounts.accounts_task, name="accounts_task"),
    path("accounts/export/", accounts.accounts_export, name="accounts_export"),
    path("accounts/<uuid:pk>/", account.account, name="account"),
    path("search/", search.search, name="search"),
    path("views/", saved_views.views_save, name="views_save"),
    path("views/<uuid:pk>/deletion/", saved_views.views_delete, name="views_delete"),
    path("i18n/", include("django.conf.urls.i18n")),
]
