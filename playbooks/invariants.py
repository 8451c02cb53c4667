"""What has to hold of the work on live data, for `verify`."""

from __future__ import annotations

from decimal import Decimal

from cshub.db import sql
from cshub.kernel.invariant import Invariant
from playbooks.engine.assignment import arm_of, draw, stratum_of
from playbooks.models import Enrollment, PlaybookVersion
from playbooks.services.contents import hash_of

CHUNK = 5_000
_BEFORE_ARM = """
    SELECT t.id FROM playbooks_task t JOIN playbooks_run r ON r.id = t.run_id JOIN playbooks_enrollment e ON e.id = r.enrollment_id
    WHERE t.created_at < e.eligible_at OR r.started_at < e.eligible_at ORDER BY t.id
"""
_HELD_OUT_RUNS = """
    SELECT r.id FROM playbooks_run r JOIN playbooks_enrollment e ON e.id = r.enrollment_id WHERE e.arm <> 'treated' ORDER BY r.id
"""
_OWN_APPROVALS = """
    SELECT a.id FROM playbooks_approval a JOIN playbooks_playbookversion v ON v.id = a.version_id
    WHERE a.decided_by_id = v.author_id OR a.author_id <> v.author_id ORDER BY a.id
"""
_TWICE = """
    SELECT account_id, window_key FROM playbooks_enrollment
    GROUP BY playbook_id, account_id, window_key HAVING count(*) > 1 ORDER BY 1, 2
"""
_UNAPPROVED = """
    SELECT e.id FROM playbooks_enrollment e WHERE NOT EXISTS (
        SELECT 1 FROM playbooks_approval a
        WHERE a.version_id = e.version_id AND a.decision = 'approved' AND a.decided_at <= e.eligible_at
    ) ORDER BY e.id
"""


def arms_before_steps() -> list[str]:
    """Tasks or runs older than the arm of their account."""
    return [f"Task {row[0]} was written before the arm of its account." for row in sql.rows(_BEFORE_ARM)]


def arms_as_drawn() -> list[str]:
    """Enrollments whose arm, tier or draw is not what the salt gives."""
    enrollments = Enrollment.objects.select_related("version").order_by("pk").iterator(chunk_size=CHUNK)
    return [
        f"Enrollment {each.pk} stands in the arm {each.arm}, which is not what the lot gives."
        for each in enrollments
        if not _as_drawn(each)
    ]


def held_out_left_alone() -> list[str]:
    """Runs of held-out accounts."""
    return [f"Run {row[0]} belongs to a held-out account." for row in sql.rows(_HELD_OUT_RUNS)]


def approved_by_another() -> list[str]:
    """Decisions about one's own version."""
    return [f"Decision {row[0]} was taken by the author of the version." for row in sql.rows(_OWN_APPROVALS)]


def running_as_approved() -> list[str]:
    """Versions that run or ran without an approval of exactly their content."""
    versions = PlaybookVersion.objects.filter(state__in=["active", "paused", "retired"]).select_related("playbook")
    approved = {
        (row[0], row[1])
        for row in sql.rows("SELECT version_id, content_hash FROM playbooks_approval WHERE decision = 'approved'")
    }
    return [
        f"{version} is {version.state}, but what it says is not what was approved."
        for version in versions.order_by("pk")
        if (version.pk, hash_of(version)) not in approved or version.content_hash != hash_of(version)
    ]


def enrolled_once_a_window() -> list[str]:
    """Accounts that one playbook enrolled twice in a window."""
    return [f"Account {row[0]} was enrolled more than once in {row[1]}." for row in sql.rows(_TWICE)]


def enrolled_after_approval() -> list[str]:
    """Enrollments by a version that nobody had approved by then."""
    return [f"Enrollment {row[0]} came before the approval of its version." for row in sql.rows(_UNAPPROVED)]


def _as_drawn(enrollment: Enrollment) -> bool:
    version = enrollment.version
    stratum = stratum_of(enrollment.arr_at_start, [Decimal(each) for each in version.strata])
    drawn = draw(
        salt=version.salt, stratum=stratum, account_id=str(enrollment.account_id), window_key=enrollment.window_key
    )
    return (stratum, drawn, arm_of(drawn, holdout_share=version.holdout_share)) == (
        enrollment.stratum,
        enrollment.draw,
        enrollment.arm,
    )


INVARIANTS: tuple[Invariant, ...] = (
    Invariant("An arm is written before the first step", arms_before_steps),
    Invariant("Every arm is the one the salted hash gives", arms_as_drawn),
    Invariant("No run belongs to a held-out account", held_out_left_alone),
    Invariant("Nobody decided about their own version", approved_by_another),
    Invariant("Every version that runs says what was approved", running_as_approved),
    Invariant("Nobody was enrolled before the approval", enrolled_after_approval),
    Invariant("An account is enrolled once a window", enrolled_once_a_window),
)
