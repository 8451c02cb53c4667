"""Lines that say what a long command is doing, with the seconds it took so far."""

import sys
import time


class Progress:
    def __init__(self) -> None:
        self.began = time.monotonic()

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self.began:5.1f} s] {text}", flush=True)


def aside(text: str) -> None:
    """A remark beside the command's own output, which somebody may be reading with a program."""
    print(text, file=sys.stderr, flush=True)
