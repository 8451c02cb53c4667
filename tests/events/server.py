"""The product's own WSGI application on the tests' database, for a server that runs as a process of its own."""

import json
import os

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cshub.settings")
PLACE = json.loads(
    os.environ["PLACE_OF_TESTS"]
)  # not a setting of the product: where this run of the tests keeps its rows

settings.ROLE_PREFIX = PLACE["role_prefix"]
settings.OWNER_DATABASE.update(PLACE["owner"])
settings.DATABASES["default"].update(PLACE["application"])

from cshub.wsgi import application  # noqa: E402 - it connects as soon as it is imported

__all__ = ["application"]
