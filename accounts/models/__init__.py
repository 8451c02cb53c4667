"""The facts of a tenant: its customers, what they pay, use and say."""

from accounts.models.account import Account, AccountRevenue
from accounts.models.commerce import Contract, ContractLine, Renewal, RenewalDecision, RevenueMovement
from accounts.models.contact import Contact
from accounts.models.timeline import Interaction
from accounts.models.usage import MetricDefinition, UsageDaily
from accounts.models.voice import SurveyResponse

__all__ = [
    "Account",
    "AccountRevenue",
    "Contact",
    "Contract",
    "ContractLine",
    "Interaction",
    "MetricDefinition",
    "Renewal",
    "RenewalDecision",
    "RevenueMovement",
    "SurveyResponse",
    "UsageDaily",
]
