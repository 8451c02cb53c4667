"""Why a connector was refused."""

from cshub.kernel.refusal import Refused


class CannotConnect(Refused):
    """What was said about the source cannot be."""

    code = "cannot_connect"
