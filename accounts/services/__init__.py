"""The verbs of facts: what is recorded, changed, assigned and decided about accounts."""

from accounts.services.account import assign, record_account, revise_account
from accounts.services.attachments import attach_file, remove_attachment
from accounts.services.changed import are_side_by_side, follow_up, note_changed, take_changed
from accounts.services.contacts import mark_left, record_consent, record_contact, revise_contact, set_windows
from accounts.services.contracts import ContractTerms, record_contracts
from accounts.services.custom_fields import (
    archive_custom_field,
    check_attributes,
    create_custom_field,
    fill_contract,
    revise_custom_field,
)
from accounts.services.foreseen import Foreseen, foresee
from accounts.services.hierarchy import set_parent
from accounts.services.invoices import NewInvoice, days_late, record_invoice, record_payment
from accounts.services.line_changes import MidTermChange, change_line
from accounts.services.merging import measurements_told, merge_accounts, resolve_external_ids, split_account
from accounts.services.metrics import declare_metric, revise_metric
from accounts.services.orders import NewOrder, OrderItem, cancel_order, record_order, record_product
from accounts.services.ownership import reconcile_owners
from accounts.services.rate_files import rates_of
from accounts.services.rates import Rate, known_rates, set_rates
from accounts.services.renewals import (
    Decision,
    decide_renewals,
    refresh_renewals,
    renew_automatically,
    renew_prolonged,
)
from accounts.services.replenishment import refresh_replenishments
from accounts.services.revenue import LineChange, revise_lines, take_back_movements
from accounts.services.stages import move_stage
from accounts.services.terms import NOTICE, TERMS, agree_terms, escalate_contracts, give_notice, revise_contract
from accounts.services.tickets import record_ticket, revise_ticket
from accounts.services.timeline import record_interaction, record_survey_response

__all__ = [
    "NOTICE",
    "TERMS",
    "ContractTerms",
    "Decision",
    "Foreseen",
    "LineChange",
    "MidTermChange",
    "NewInvoice",
    "NewOrder",
    "OrderItem",
    "Rate",
    "agree_terms",
    "archive_custom_field",
    "are_side_by_side",
    "assign",
    "attach_file",
    "cancel_order",
    "change_line",
    "check_attributes",
    "create_custom_field",
    "days_late",
    "decide_renewals",
    "declare_metric",
    "escalate_contracts",
    "fill_contract",
    "follow_up",
    "foresee",
    "give_notice",
    "known_rates",
    "mark_left",
    "measurements_told",
    "merge_accounts",
    "move_stage",
    "note_changed",
    "rates_of",
    "reconcile_owners",
    "record_account",
    "record_consent",
    "record_contact",
    "record_contracts",
    "record_interaction",
    "record_invoice",
    "record_order",
    "record_payment",
    "record_product",
    "record_survey_response",
    "record_ticket",
    "refresh_renewals",
    "refresh_replenishments",
    "remove_attachment",
    "renew_automatically",
    "renew_prolonged",
    "resolve_external_ids",
    "revise_account",
    "revise_contact",
    "revise_contract",
    "revise_custom_field",
    "revise_lines",
    "revise_metric",
    "revise_ticket",
    "set_parent",
    "set_rates",
    "set_windows",
    "split_account",
    "take_back_movements",
    "take_changed",
]
