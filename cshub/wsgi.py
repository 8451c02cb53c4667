"""The web server's entry: pooled database connections, and no start behind a pooler that mixes sessions."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cshub.settings")
settings.DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": settings.POOL_SIZE, "timeout": 10}

application = get_wsgi_application()

from cshub.tenancy.checks import refuse_mixing_pooler  # noqa: E402 - apps have to be loaded first

refuse_mixing_pooler()
