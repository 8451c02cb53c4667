"""The embedded default: PostgreSQL, a broker and the whole product from one command, on a machine that has only Python."""


class CannotStart(RuntimeError):
    """Something on this machine stands in the way. The message is one line for people and says the remedy."""
