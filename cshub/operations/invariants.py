"""Every fact that has to hold in a tenant, in the order of the flow."""

from accounts import invariants as accounts
from accounts.ingest.events import invariants as events
from cshub.audit import invariants as audit
from cshub.kernel.invariant import Invariant
from health import invariants as health
from health.predictions import invariants as predictions
from health.value import invariants as value
from playbooks import invariants as playbooks
from reports import invariants as reports
from reports.impact import invariants as impact

INVARIANTS: tuple[Invariant, ...] = (
    *accounts.INVARIANTS,
    *events.INVARIANTS,
    *health.INVARIANTS,
    *predictions.INVARIANTS,
    *value.INVARIANTS,
    *playbooks.INVARIANTS,
    *impact.INVARIANTS,
    *reports.INVARIANTS,
    *audit.INVARIANTS,
)
