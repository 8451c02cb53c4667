"""Who may go where: one table of routes, methods and roles. A route that is not in it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cshub.users.access_api import API_ROUTES
from cshub.users.roles import (
    ADMIN,
    ADMINS,
    APPROVERS,
    AUDITORS,
    CLAIMANTS,
    CUSTOMER_WORK,
    EVERYBODY,
    PROOF,
    PUBLIC,
    REVIEWERS,
    STAFF,
    Row,
    action,
    page,
    resource,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import AnonymousUser

    from cshub.users.models import User

# Pages by the name of their URL, API routes as api:<resource>-list and api:<resource>-detail, a whole namespace as namespace:*.
ROUTES: Final[dict[str, Row]] = {
    # signing in
    "sign_in": page(PUBLIC, PUBLIC),
    "sign_out": action(PUBLIC),
    "password_reset": page(PUBLIC, PUBLIC),
    "password_reset_done": page(PUBLIC),
    "password_reset_confirm": page(PUBLIC, PUBLIC),
    "password_reset_complete": page(PUBLIC),
    # oneself
    "profile": page(EVERYBODY, EVERYBODY),
    "profile_password": page(EVERYBODY, EVERYBODY),
    "profile_absences": page(EVERYBODY, EVERYBODY),
    "profile_absence_removal": action(EVERYBODY),
    "health_mails": page(EVERYBODY, EVERYBODY),
    "health_mails_stop": page(PUBLIC, PUBLIC),  # the token in the mail is the right
    # settings
    "settings": page(EVERYBODY),
    "settings_members": page(ADMINS, ADMINS),
    "settings_member": page(ADMINS, ADMINS),
    "settings_api_keys": page(EVERYBODY, EVERYBODY),
    "settings_api_key_revocation": action(EVERYBODY),
    "settings_mail": page(ADMINS),
    "settings_mail_message": page(ADMINS),
    "settings_fields": page(APPROVERS, APPROVERS),
    "settings_field": page(APPROVERS, APPROVERS),
    "settings_field_archive": action(APPROVERS),
    "settings_audit": page(AUDITORS),
    "settings_rates": page(EVERYBODY, AUDITORS),
    # pages across apps
    "inbox": page(EVERYBODY),  # finance is led on to the reports
    "accounts": page(EVERYBODY),
    "account": page(EVERYBODY),
    "account_create": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "account_commerce": page(EVERYBODY),
    "contract_line_change": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "contract_notice": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "contract_escalator": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "contract_co_term": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "account_assign": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "account_task": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "account_note": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "account_health_override": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "account_sentiment": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "account_health": page(EVERYBODY),
    "account_health_rows": page(EVERYBODY),
    "account_stage": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "account_parent": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "account_merge": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "account_split": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "account_fields": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "account_file": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "attachment": page(EVERYBODY),
    "attachment_removal": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "contacts": page(EVERYBODY),
    "contact": page(EVERYBODY),
    "contact_create": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "contact_edit": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "contact_left": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "contact_consent": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "contact_windows": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "contact_fields": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "renewal_decision": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "accounts_assign": action(CUSTOMER_WORK),
    "accounts_task": action(CUSTOMER_WORK),
    "accounts_export": page(EVERYBODY, EVERYBODY),
    "views_save": action(EVERYBODY),
    "views_delete": action(EVERYBODY),
    "search": page(EVERYBODY),
    "set_language": action(PUBLIC),
    # many accounts at once
    "portfolio": page(EVERYBODY),
    "portfolio_export": page(EVERYBODY),
    # segments
    "segments": page(EVERYBODY),
    "segment": page(EVERYBODY),
    "segment_create": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "segment_edit": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "segment_archive": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "segment_members": page(EVERYBODY),
    # back-tests and prediction
    "backtest": page(EVERYBODY),
    "prediction_model": page(EVERYBODY),
    "predictions_export": page(EVERYBODY),
    "prediction_model_version": page(EVERYBODY),
    "value_settings": page(PROOF, AUDITORS),
    "account_strategic": page(APPROVERS, APPROVERS),
    # the health model
    "scorecards": page(EVERYBODY),
    **dict.fromkeys(("scorecard", "scorecard_progress"), page(EVERYBODY)),
    "scorecard_create": page(APPROVERS, APPROVERS),
    "scorecard_edit": page(APPROVERS, APPROVERS),
    **dict.fromkeys(("scorecard_new_version", "scorecard_preview", "scorecard_submit"), action(APPROVERS)),
    **dict.fromkeys(("scorecard_withdraw", "scorecard_decision"), action(APPROVERS)),
    # playbooks and tasks
    "playbooks": page(EVERYBODY),
    "playbook": page(EVERYBODY),
    "playbook_create": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "playbook_starters": action(CUSTOMER_WORK),
    "playbook_new_version": action(CUSTOMER_WORK),
    "playbook_edit": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "playbook_submit": action(CUSTOMER_WORK),
    "playbook_decision": action(APPROVERS),
    "playbook_state": action(CUSTOMER_WORK),
    "task_complete": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "task_start": action(CUSTOMER_WORK),
    "task_snooze": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "task_reassign": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "task_cancel": page(CUSTOMER_WORK, CUSTOMER_WORK),
    # files
    "imports": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "import_sample": page(CUSTOMER_WORK),
    "import_batch": page(CUSTOMER_WORK),
    "import_match": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "import_reading": action(CUSTOMER_WORK),
    "import_mapping": action(CUSTOMER_WORK),
    "import_progress": page(CUSTOMER_WORK),
    "import_start": action(CUSTOMER_WORK),
    "import_rejected": page(CUSTOMER_WORK),
    "import_undo": action(CUSTOMER_WORK),
    # connectors
    "integrations": page(CUSTOMER_WORK),
    "connector": page(CUSTOMER_WORK),
    "connector_create": page(ADMINS, ADMINS),
    "connector_edit": page(ADMINS, ADMINS),
    "connector_trial": action(ADMINS),
    "connector_order": action(ADMINS),
    "connector_switch": action(ADMINS),
    "connector_removal": action(ADMINS),
    # data quality
    "data_quality": page(EVERYBODY),
    "data_quality_rhythms": action(APPROVERS),
    "likely_duplicates": page(CUSTOMER_WORK),
    "duplicates_search": action(CUSTOMER_WORK),
    "duplicate_merge": page(CUSTOMER_WORK, CUSTOMER_WORK),
    "duplicate_apart": action(CUSTOMER_WORK),
    # events: programs bring a write key of their own
    "events": page(CUSTOMER_WORK),
    "event_arrival": page(CUSTOMER_WORK),
    "event_retry": action(CUSTOMER_WORK),
    "events_quarantine": page(CUSTOMER_WORK),
    "event_replay": action(CUSTOMER_WORK),
    "event_dismissal": action(CUSTOMER_WORK),
    "settings_sources": page(ADMINS, ADMINS),
    "settings_source_rotation": action(ADMINS),
    "settings_source_state": action(ADMINS),
    "settings_event_retention": page(ADMINS, ADMINS),
    # impact
    "impact": page(PROOF),
    "impact_log": page(PROOF, CLAIMANTS),
    "impact_claim": page(PROOF),
    "claim_evidence": action(CLAIMANTS),
    "claim_submit": action(CLAIMANTS),
    "claim_withdrawal": action(CLAIMANTS),
    "claim_review": action(REVIEWERS),
    "ledger_reversal": action(REVIEWERS),
    "experiments": page(PROOF),
    "experiment": page(PROOF),
    # reports
    "reports": page(PROOF),
    "report": page(PROOF),
    "report_run": action(REVIEWERS),
    "report_freeze": action(REVIEWERS),
    "report_check": action(PROOF),
    "report_table": page(PROOF),
    "report_inputs": page(PROOF, AUDITORS),
    # background work
    "jobs": page(EVERYBODY),
    "job_card": page(EVERYBODY),
    "job_progress": page(EVERYBODY),
    "job_cancellation": action(EVERYBODY),
    # the public host: machines and operators ask; the platform's admin site has a door of its own
    "healthz": page(PUBLIC),
    "readyz": page(PUBLIC),
    "status": page(PUBLIC),
    "platform_admin:*": page(PUBLIC, PUBLIC),
    # the admin site decides by has_permission below
    "admin:*": page(STAFF, STAFF),
    "admin:login": page(PUBLIC, PUBLIC),
    # API
    "api:users-list": resource(EVERYBODY, ADMINS),
    "api:users-detail": resource(EVERYBODY, ADMINS),
    "api:api_keys-list": resource(EVERYBODY, EVERYBODY),
    "api:api_keys-detail": resource(EVERYBODY, EVERYBODY),
    "api:audit_events-list": resource(AUDITORS, frozenset()),
    "api:audit_events-detail": resource(AUDITORS, frozenset()),
    "api:jobs-list": resource(EVERYBODY, frozenset()),
    "api:jobs-detail": resource(EVERYBODY, frozenset()),
    **API_ROUTES,
    "api:root": page(EVERYBODY),
    "api:schema": page(EVERYBODY),
    "api:docs": page(EVERYBODY),
    "api:errors": page(PUBLIC),
    "api:error": page(PUBLIC),
}

MANAGERS_MAY: Final = frozenset({"view", "approve"})  # verbs of Django's permission names


def row(url_name: str) -> Mapping[str, frozenset[str]] | None:
    """The row of a route, or of its whole namespace; None when the table does not know it."""
    return ROUTES.get(url_name) or ROUTES.get(f"{url_name.rpartition(':')[0]}:*")


def can(user: User | AnonymousUser | None, url_name: str, method: str) -> bool:
    """May this person (None: nobody signed in) use this method of this route? Unknown routes are closed."""
    found = row(url_name)
    if found is None:
        return False
    if method == "OPTIONS":
        return any(_allows(roles, user) for roles in found.values())
    return _allows(found.get("GET" if method == "HEAD" else method, frozenset()), user)


def has_permission(user: User, permission: str) -> bool:
    """Django's app.verb_model for the admin site: admins may everything, managers look and approve."""
    if not user.is_staff:
        return False
    verb = permission.rpartition(".")[2].partition("_")[0]
    return user.role == ADMIN or verb in MANAGERS_MAY or permission.endswith(".add_approval")


def _allows(roles: frozenset[str], user: User | AnonymousUser | None) -> bool:
    if roles is PUBLIC:
        return True
    return user is not None and user.is_authenticated and user.is_active and user.role in roles
