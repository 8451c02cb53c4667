"""Steps of a long computation: counted for who waits, and kept for whoever goes on after a worker that died."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cshub.work import jobs

if TYPE_CHECKING:
    from datetime import datetime

    from cshub.work.models import Job

Report = Callable[[int, int], None]


def unheard(done: int, total: int) -> None:
    """For those who do not want to hear how far it is."""


class Kept:
    """Keeps nothing: whatever is asked for has to be computed."""

    def get(self, name: str) -> Any:
        """What the step of this name gave before, as JSON; None where nobody did it."""

    def put(self, name: str, content: Any) -> None:
        """Keep what a step gave, as JSON."""

    def forget(self) -> None:
        """Let all steps be done again."""


class KeptByJob(Kept):
    """Keeps the steps with their job, until it ends."""

    def __init__(self, job: Job, clock: Callable[[], datetime]) -> None:
        self._job, self._clock = job, clock

    def get(self, name: str) -> Any:
        return jobs.kept_step(self._job, name)

    def put(self, name: str, content: Any) -> None:
        jobs.keep_step(self._job, name=name, content=content, as_of=self._clock())

    def forget(self) -> None:
        jobs.forget_steps(self._job)


@dataclass
class Steps:
    """Does each step once. `total` is how many there are."""

    report: Report = unheard
    kept: Kept = field(default_factory=Kept)
    total: int = 0
    count: int = 0

    def take(self, name: str, compute: Callable[[], Any]) -> Any:
        """What the step of this name gives, as JSON: kept from before, or computed now. Raises what `report` raises."""
        self.count = min(self.count + 1, self.total)
        found = self.kept.get(name)
        if found is None:
            found = compute()
            self.report(self.count, self.total)
            self.kept.put(name, found)
        return found
