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


class CannotMerge(Refused):
    code = "cannot_merge"


class CannotSplit(Refused):
    code = "cannot_split"


class ParentCycle(Refused):
    """An account would stand below itself."""

    code = "parent_cycle"


class UnusualStage(Refused):
    """The move between stages is not foreseen, or needs a reason."""

    code = "unusual_stage"


class UnknownField(Refused):
    code = "unknown_field"


class UnusableField(Refused):
    """A custom field cannot be made or changed like this."""

    code = "unusable_field"


class UnusableFile(Refused):
    code = "unusable_file"


class CitedFile(Refused):
    """Evidence points to the file."""

    code = "cited_file"


class UnusableChange(Refused):
    """A change of a line that its contract or its number of units does not allow."""

    code = "unusable_change"


class UnusableOrder(Refused):
    code = "unusable_order"


class UnusableInvoice(Refused):
    code = "unusable_invoice"


class UnusableRate(Refused):
    code = "unusable_rate"
