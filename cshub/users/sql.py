"""Reads who asks: their session and themselves, at each request, so that a session that was ended and a person who left are out at once."""

from django.contrib.sessions.models import Session

from cshub.db.reading import columns
from cshub.users.models import User

OPEN_SESSION = f"SELECT {columns(Session, 's')} FROM django_session s WHERE s.session_key = %(key)s AND s.expire_date > statement_timestamp()"  # noqa: S608  # no value from outside
ACTIVE_USER = f"SELECT {columns(User, 'u')} FROM users_user u WHERE u.id = %(id)s::uuid AND u.is_active"  # noqa: S608  # no value from outside
