"""Says what is wrong with a value and what mends it."""

SHOWN = 60


class Unreadable(ValueError):
    """A value that cannot be read: `code` for machines, `text` a sentence with the remedy."""

    def __init__(self, code: str, text: object) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text

    def __str__(self) -> str:
        return str(self.text)


class UnusableFile(Exception):
    """A file that cannot be imported at all; the message says why and what to do."""

    def __init__(self, message: object, *, code: str = "unusable_file", field: str = "file") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.field = field

    def __str__(self) -> str:
        return str(self.message)


def shown(value: str, longest: int = SHOWN) -> str:
    """A value short enough for a sentence, with its control characters made visible."""
    visible = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in value[: longest + 1]
    )
    return visible if len(visible) <= longest else visible[:longest] + "…"
