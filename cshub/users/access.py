"""Who may go where: one table of routes, methods and roles. A route that is not in it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import AnonymousUser

    from cshub.users.models import User

CSM, AGENT, MANAGER, FINANCE, ADMIN = "csm", "agent", "manager", "finance", "admin"

PUBLIC: Final = frozenset({"public"})  # also without signing in
EVERYBODY: Final = frozenset({CSM, AGENT, MANAGER, FINANCE, ADMIN})  # everybody who is signed in
SIGNED_IN = EVERYBODY
CUSTOMER_WORK: Final = frozenset({CSM, AGENT, MANAGER, ADMIN})  # those who work with customers
WRITERS = CUSTOMER_WORK  # who may change facts and work; finance reads
PROOF: Final = frozenset({CSM, MANAGER, FINANCE, ADMIN})  # those who make or judge impact
CLAIMANTS: Final = PROOF & CUSTOMER_WORK  # who logs impact; finance judges it
APPROVERS: Final = frozenset({MANAGER, ADMIN})  # who lets playbooks run
REVIEWERS: Final = frozenset({MANAGER, FINANCE, ADMIN})  # who accepts claims and freezes reports
STAFF = APPROVERS  # who may enter the admin site
AUDITORS: Final = frozenset({FINANCE, ADMIN})  # who reads the audit trail
ADMINS: Final = frozenset({ADMIN})

Row = dict[str, frozenset[str]]


def page(read: frozenset[str] = EVERYBODY, write: frozenset[str] | None = None) -> Row:
    """A page that is read, and posted to when `write` names roles."""
    return {"GET": read} if write is None else {"GET": read, "POST": write}


def action(roles: frozenset[str]) -> Row:
    """A route that only takes POST."""
    return {"POST": roles}


def resource(read: frozenset[str] = EVERYBODY, write: frozenset[str] = WRITERS) -> Row:
    """A route of the API with every verb; the viewset decides which of them exist."""
    return {"GET": read, "POST": write, "PUT": write, "PATCH": write, "DELETE": write}


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
    "prediction_model_version": page(EVERYBODY),
    # the health model
    "scorecards": page(EVERYBODY),
    "scorecard": page(EVERYBODY),
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
    "api:accounts-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:accounts-detail": resource(EVERYBODY, CUSTOMER_WORK),
    "api:contacts-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:contacts-detail": resource(EVERYBODY, CUSTOMER_WORK),
    "api:accounts-tree": resource(EVERYBODY, frozenset()),
    "api:role_changes-list": resource(EVERYBODY, frozenset()),
    "api:role_changes-detail": resource(EVERYBODY, frozenset()),
    "api:consents-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:consents-detail": resource(EVERYBODY, CUSTOMER_WORK),
    "api:contact_windows-list": resource(EVERYBODY, frozenset()),
    "api:contact_windows-detail": resource(EVERYBODY, frozenset()),
    "api:contracts-attributes": action(CUSTOMER_WORK),
    "api:contacts-windows": action(CUSTOMER_WORK),
    "api:stage_changes-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:stage_changes-detail": resource(EVERYBODY, CUSTOMER_WORK),
    "api:ownerships-list": resource(EVERYBODY, frozenset()),
    "api:ownerships-detail": resource(EVERYBODY, frozenset()),
    "api:account_merges-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:account_merges-detail": resource(EVERYBODY, CUSTOMER_WORK),
    "api:account_merges-split": action(CUSTOMER_WORK),
    "api:custom_fields-list": resource(EVERYBODY, APPROVERS),
    "api:custom_fields-detail": resource(EVERYBODY, APPROVERS),
    "api:attachments-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:attachments-detail": resource(EVERYBODY, CUSTOMER_WORK),
    "api:attachments-content": resource(EVERYBODY, frozenset()),
    "api:contracts-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:contracts-detail": resource(EVERYBODY, CUSTOMER_WORK),
    "api:contracts-notice": action(CUSTOMER_WORK),
    "api:contracts-line_changes": action(CUSTOMER_WORK),
    "api:products-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:products-detail": resource(EVERYBODY, CUSTOMER_WORK),
    "api:orders-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:orders-detail": resource(EVERYBODY, CUSTOMER_WORK),
    "api:buying_figures": page(EVERYBODY),
    "api:orders-cancellation": action(CUSTOMER_WORK),
    "api:replenishments-list": resource(EVERYBODY, frozenset()),
    "api:invoices-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:invoices-detail": resource(EVERYBODY, CUSTOMER_WORK),
    "api:payments-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:payments-detail": resource(EVERYBODY, CUSTOMER_WORK),
    "api:exchange_rates-list": resource(EVERYBODY, AUDITORS),
    "api:exchange_rates-detail": resource(EVERYBODY, frozenset()),
    "api:exchange_rates-file": action(AUDITORS),
    "api:revenue_movements-list": resource(EVERYBODY, frozenset()),
    "api:revenue_movements-detail": resource(EVERYBODY, frozenset()),
    "api:renewals-list": resource(EVERYBODY, frozenset()),
    "api:renewals-detail": resource(EVERYBODY, frozenset()),
    "api:interactions-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:interactions-detail": resource(EVERYBODY, CUSTOMER_WORK),
    "api:survey_responses-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:survey_responses-detail": resource(EVERYBODY, CUSTOMER_WORK),
    "api:sources-list": resource(CUSTOMER_WORK, ADMINS),
    "api:sources-detail": resource(CUSTOMER_WORK, frozenset()),
    "api:sources-rotation": action(ADMINS),
    "api:rejected_events-list": resource(CUSTOMER_WORK, frozenset()),
    "api:rejected_events-detail": resource(CUSTOMER_WORK, frozenset()),
    "api:imports-list": resource(EVERYBODY, frozenset()),
    "api:imports-detail": resource(EVERYBODY, frozenset()),
    "api:imports-undo": action(CUSTOMER_WORK),
    "api:accounts-by_external_id": resource(EVERYBODY, CUSTOMER_WORK),
    "api:usage_daily-list": resource(EVERYBODY, frozenset()),
    "api:accounts-batch": action(CUSTOMER_WORK),
    "api:contacts-batch": action(CUSTOMER_WORK),
    "api:contracts-batch": action(CUSTOMER_WORK),
    "api:orders-batch": action(CUSTOMER_WORK),
    "api:invoices-batch": action(CUSTOMER_WORK),
    "api:usage_daily-batch": action(CUSTOMER_WORK),
    "api:survey_responses-batch": action(CUSTOMER_WORK),
    "api:tickets-batch": action(CUSTOMER_WORK),
    "api:interactions-batch": action(CUSTOMER_WORK),
    "api:contacts-by_external_id": resource(EVERYBODY, CUSTOMER_WORK),
    "api:contracts-by_external_id": resource(EVERYBODY, CUSTOMER_WORK),
    "api:orders-by_external_id": resource(EVERYBODY, CUSTOMER_WORK),
    "api:invoices-by_external_id": resource(EVERYBODY, CUSTOMER_WORK),
    "api:survey_responses-by_external_id": resource(EVERYBODY, CUSTOMER_WORK),
    "api:tickets-by_external_id": resource(EVERYBODY, CUSTOMER_WORK),
    "api:interactions-by_external_id": resource(EVERYBODY, CUSTOMER_WORK),
    "api:tickets-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:tickets-detail": resource(EVERYBODY, CUSTOMER_WORK),
    "api:metrics-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:metrics-detail": resource(EVERYBODY, CUSTOMER_WORK),
    "api:playbooks-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:playbooks-detail": resource(EVERYBODY, frozenset()),
    "api:playbook_versions-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:playbook_versions-detail": resource(EVERYBODY, CUSTOMER_WORK),
    "api:playbook_versions-submission": action(CUSTOMER_WORK),
    "api:playbook_versions-approval": action(APPROVERS),
    "api:playbook_versions-return": action(APPROVERS),
    "api:enrollments-list": resource(EVERYBODY, frozenset()),
    "api:enrollments-detail": resource(EVERYBODY, frozenset()),
    "api:tasks-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:tasks-detail": resource(EVERYBODY, CUSTOMER_WORK),
    "api:tasks-completion": action(CUSTOMER_WORK),
    "api:tasks-snooze": action(CUSTOMER_WORK),
    "api:segments-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:segments-detail": resource(EVERYBODY, CUSTOMER_WORK),
    "api:segments-preview": action(CUSTOMER_WORK),
    "api:segment_memberships-list": resource(EVERYBODY, frozenset()),
    "api:segment_memberships-detail": resource(EVERYBODY, frozenset()),
    "api:predictions-list": resource(EVERYBODY, frozenset()),
    "api:prediction_models-list": resource(EVERYBODY, frozenset()),
    "api:prediction_models-detail": resource(EVERYBODY, frozenset()),
    "api:backtests-list": resource(EVERYBODY, frozenset()),
    "api:backtests-detail": resource(EVERYBODY, frozenset()),
    "api:scorecards-list": resource(EVERYBODY, frozenset()),
    "api:scorecards-detail": resource(EVERYBODY, frozenset()),
    "api:scorecard_versions-list": resource(EVERYBODY, APPROVERS),
    "api:scorecard_versions-detail": resource(EVERYBODY, APPROVERS),
    **dict.fromkeys(("api:scorecard_versions-preview", "api:scorecard_versions-submission"), action(APPROVERS)),
    **dict.fromkeys(("api:scorecard_versions-approval", "api:scorecard_versions-return"), action(APPROVERS)),
    "api:health_scores-list": resource(EVERYBODY, frozenset()),
    "api:accounts-health": resource(EVERYBODY, frozenset()),
    "api:health_rollups": page(EVERYBODY),
    "api:health_overrides-list": resource(EVERYBODY, CUSTOMER_WORK),
    "api:health_overrides-detail": resource(EVERYBODY, frozenset()),
    "api:health_overrides-ending": action(CUSTOMER_WORK),
    "api:outcomes-list": resource(PROOF, frozenset()),
    "api:outcomes-detail": resource(PROOF, frozenset()),
    "api:claims-list": resource(PROOF, CLAIMANTS),
    "api:claims-detail": resource(PROOF, frozenset()),
    "api:claims-submission": action(CLAIMANTS),
    "api:claims-withdrawal": action(CLAIMANTS),
    "api:claims-review": action(REVIEWERS),
    "api:evidence-list": resource(PROOF, CLAIMANTS),
    "api:evidence-detail": resource(PROOF, frozenset()),
    "api:ledger_entries-list": resource(PROOF, frozenset()),
    "api:ledger_entries-detail": resource(PROOF, frozenset()),
    "api:ledger_entries-reversal": action(REVIEWERS),
    "api:experiments-list": resource(PROOF, frozenset()),
    "api:experiments-detail": resource(PROOF, frozenset()),
    "api:estimates-list": resource(PROOF, frozenset()),
    "api:estimates-detail": resource(PROOF, frozenset()),
    "api:reports-list": resource(PROOF, REVIEWERS),
    "api:reports-detail": resource(PROOF, frozenset()),
    "api:reports-freeze": action(REVIEWERS),
    "api:likely_duplicates-list": resource(EVERYBODY, frozenset()),
    "api:likely_duplicates-detail": resource(EVERYBODY, frozenset()),
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
