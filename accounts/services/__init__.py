"""The verbs of facts: what is recorded, changed, assigned and decided about accounts."""

from accounts.services.account import assign, record_account, record_contact, revise_account, revise_contact
from accounts.services.changed import note_changed, take_changed
from accounts.services.contracts import ContractTerms, record_contracts
from accounts.services.renewals import Decision, decide_renewals, refresh_renewals, renew_prolonged
from accounts.services.revenue import LineChange, revise_lines
from accounts.services.timeline import record_interaction, record_survey_response

__all__ = [
    "ContractTerms",
    "Decision",
    "LineChange",
    "assign",
    "decide_renewals",
    "note_changed",
    "record_account",
    "record_contact",
    "record_contracts",
    "record_interaction",
    "record_survey_response",
    "refresh_renewals",
    "renew_prolonged",
    "revise_account",
    "revise_contact",
    "revise_lines",
    "take_changed",
]
