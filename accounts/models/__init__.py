"""The facts of a tenant: its customers, what they pay, use and say."""

from accounts.models.account import Account, AccountRevenue, ChangedAccount
from accounts.models.book import AccountMerge, Attachment, CustomField, DistinctPair, Ownership, StageChange
from accounts.models.commerce import Contract, ContractLine, Renewal, RenewalDecision, RevenueMovement
from accounts.models.contact import Consent, Contact, ContactWindow, RoleChange
from accounts.models.orders import ExchangeRate, Invoice, Order, OrderLine, Payment, Product, Replenishment
from accounts.models.service import Ticket
from accounts.models.timeline import Interaction
from accounts.models.usage import MetricDefinition, UsageDaily
from accounts.models.voice import SurveyResponse

__all__ = [
    "Account",
    "AccountMerge",
    "AccountRevenue",
    "Attachment",
    "ChangedAccount",
    "Consent",
    "Contact",
    "ContactWindow",
    "Contract",
    "ContractLine",
    "CustomField",
    "DistinctPair",
    "ExchangeRate",
    "Interaction",
    "Invoice",
    "MetricDefinition",
    "Order",
    "OrderLine",
    "Ownership",
    "Payment",
    "Product",
    "Renewal",
    "RenewalDecision",
    "Replenishment",
    "RevenueMovement",
    "RoleChange",
    "StageChange",
    "SurveyResponse",
    "Ticket",
    "UsageDaily",
]
