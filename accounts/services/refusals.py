"""Why a fact could not be recorded: one class a reason, each with its remedy."""

from cshub.kernel.refusal import Refused


class ExternalIdTaken(Refused):
    code = "external_id_taken"


class UnknownAccount(Refused):
    code = "unknown_account"


class UnknownContract(Refused):
    code = "unknown_contract"


class UnknownRenewal(Refused):
    code = "unknown_renewal"


class UnusableAmount(Refused):
    code = "unusable_amount"


class UnusableTerms(Refused):
    code = "unusable_terms"


class SecondCurrency(Refused):
    """An account keeps one currency: sums over two would mean nothing."""

    code = "second_currency"


class LateChange(Refused):
    """A line's change lies before one that is booked already; movements are never rewritten."""

    code = "late_change"


class LineOfAnotherContract(Refused):
    code = "line_of_another_contract"


class AlreadyDecided(Refused):
    code = "already_decided"


class WrongPerson(Refused):
    code = "wrong_person"
