"""What has to hold in the audit trail."""

from cshub.audit.services import verify_chain
from cshub.kernel.invariant import Invariant

INVARIANTS = (Invariant("the audit trail is complete and its chain of hashes verifies", verify_chain),)
