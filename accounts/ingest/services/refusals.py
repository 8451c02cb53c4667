"""Why a file could not be matched or imported."""

from cshub.kernel.refusal import Refused


class CannotMatch(Refused):
    """A column and a field that do not go together, or a needed field without a column."""

    code = "cannot_match"


class CannotImport(Refused):
    """The file is not where it would have to be for that."""

    code = "cannot_import"


class MappingNameTaken(Refused):
    code = "mapping_name_taken"
