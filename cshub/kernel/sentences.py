"""Sentences written where no language is known, to be said where one is: engines mark them, their callers translate them."""

from typing import Final


def gettext_noop(sentence: str) -> str:
    """The sentence itself; collect_messages finds it by this name."""
    return sentence


NOTHING: Final = gettext_noop("nothing")  # a fact of a sentence that is a word of ours, not one of the reader's data
