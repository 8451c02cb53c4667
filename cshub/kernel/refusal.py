"""How a verb says that it could not be done."""


class Refused(Exception):
    """A verb was refused: the message is a sentence for people, `field` names the input it is about, `code` is for machines.

    Pages show the message at the field, the API answers 409 problem+json with both. Subclasses live beside the verb that raises them.
    """

    code = "refused"

    def __init__(self, message: object, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)
