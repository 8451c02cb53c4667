"""Lines that say what a long command is doing, with the seconds it took so far."""

import sys
import time

OCCASIONALLY_SECONDS = 5


class Progress:
    def __init__(self) -> None:
        self.began = self.last_said = time.monotonic()

    def say(self, text: str) -> None:
        self.last_said = time.monotonic()
        print(f"[{time.monotonic() - self.began:5.1f} s] {text}", flush=True)

    def say_occasionally(self, text: str) -> None:
        """For steps that come thick and fast: a line only when the last one is some seconds old."""
        if time.monotonic() - self.last_said > OCCASIONALLY_SECONDS:
            self.say(text)


def aside(text: str) -> None:
    """A remark beside the command's own output, which somebody may be reading with a program."""
    print(text, file=sys.stderr, flush=True)
