"""The web server's entry: pooled database connections, one a thread for the statement sent most, and no start with a fault or behind a pooler that mixes sessions."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from cshub.db.active import PROMPT

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cshub.settings")
settings.DATABASES[PROMPT] = {**settings.DATABASES["default"], "CONN_MAX_AGE": 60}
settings.DATABASES["default"]["OPTIONS"] = {**settings.DATABASES["default"]["OPTIONS"]}
settings.DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": settings.POOL_SIZE, "timeout": 10}

application = get_wsgi_application()

from cshub.tenancy.checks import refuse_faults, refuse_mixing_pooler  # noqa: E402 - apps have to be loaded first

refuse_faults()
refuse_mixing_pooler()
