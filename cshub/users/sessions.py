"""Sessions as Django keeps them in the tenant's schema, found by a statement that is prepared once."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session

from cshub.db.reading import read
from cshub.users.sql import OPEN_SESSION


class SessionStore(db.SessionStore):
    """Asked at each request: a session that was ended is out at once."""

    def _get_session_from_db(self) -> Session | None:
        found = next(iter(read(Session, OPEN_SESSION, {"key": self.session_key})), None)
        if found is None:
            self._session_key = None
        return found
