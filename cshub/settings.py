"""Every setting of the product; the environment decides, and each CSHUB_* variable is listed once."""

import hashlib
import hmac
import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from cshub.environment import BASE_DIR, data_dir, environment
from cshub.schedule import BEAT_SCHEDULE

django_stubs_ext.monkeypatch()  # ModelForm[User] and its like, when the code runs


def database(url: str) -> dict[str, Any]:
    """Django's description of postgresql://user:password@host:port/name; a percent-encoded host may be a socket folder."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise ImproperlyConfigured("DATABASE_URL has to look like postgresql://user:password@host:5432/name.")
    host = parts.netloc.rpartition("@")[2].rpartition(":")[0] if parts.port else parts.netloc.rpartition("@")[2]
    return {
        "ENGINE": "cshub.tenancy.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(host),
        "PORT": parts.port or "",
        "OPTIONS": dict(parse_qsl(parts.query)),
        "CONN_MAX_AGE": 0,
    }


ENV = environment()
DATA_DIR = data_dir()
DEBUG = ENV["CSHUB_DEBUG"] == "1"
HTTPS = ENV["CSHUB_HTTPS"] == "1"


def secret_key() -> str:
    """SECRET_KEY, or one made once and kept in the data folder."""
    if key := os.environ.get("SECRET_KEY"):
        return key
    kept = DATA_DIR / "secret_key"
    if not kept.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(kept, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(os.urandom(40).hex())
    return kept.read_text()


SECRET_KEY = secret_key()

# --- database: the owner migrates, the application's login has no rights of its own and takes one role per tenant
OWNER_DATABASE = database(os.environ.get("DATABASE_URL") or "postgresql://cshub@127.0.0.1/cshub")
if ENV["CSHUB_APP_DATABASE_URL"]:
    APP_DATABASE = database(ENV["CSHUB_APP_DATABASE_URL"])
else:
    APP_DATABASE = OWNER_DATABASE | {
        "USER": f"{OWNER_DATABASE['NAME']}_app",
        "PASSWORD": hmac.new(SECRET_KEY.encode(), b"database login of the application", hashlib.sha256).hexdigest(),
    }
ROLE_PREFIX = OWNER_DATABASE["NAME"]  # roles belong to the whole server: two installations on one must not share them
DATABASES = {"default": APP_DATABASE}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter", "cshub.db.walls.WallRouter"]
POOL_SIZE = int(ENV["CSHUB_POOL_SIZE"])
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- apps: the public schema holds tenants and the platform's own people, a tenant's schema everything else
_EVERYWHERE = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.admin",
    "cshub.users",
    "cshub.audit",
    "cshub.work",
]
SHARED_APPS = [
    "cshub.tenancy",  # before django_tenants: its `migrate` and `create_tenant` are ours
    "django_tenants",
    *_EVERYWHERE,
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",  # its templates, which FORM_RENDERER reads
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "lucide",
    "cshub.l10n",
    "cshub.api",
    "cshub.operations",
]
TENANT_APPS = [
    *_EVERYWHERE,
    "cshub.web",
    "accounts",
    "accounts.ingest",
    "accounts.ingest.connectors",
    "accounts.ingest.events",
    "accounts.ingest.quality",
    "health",
    "health.segments",
    "health.predictions",
    "health.value",
    "playbooks",
    "reports.impact",
    "reports",
]
INSTALLED_APPS = [*SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS)]
TENANT_MODEL = "tenancy.Tenant"
TENANT_DOMAIN_MODEL = "tenancy.Domain"
PUBLIC_SCHEMA_URLCONF = "cshub.urls_public"
ROOT_URLCONF = "cshub.urls"
DATABASE_AWAY_VIEW = "cshub.web.errors.database_away"
WSGI_APPLICATION = "cshub.wsgi.application"
TEST_RUNNER = "django.test.runner.DiscoverRunner"

# --- other people's servers
PRIVATE_HOSTS = frozenset(filter(None, ENV["CSHUB_PRIVATE_HOSTS"].lower().split(",")))

# --- people
AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["cshub.users.backends.RoleBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # emails are unique whatever their case: the constraint one_user_per_email
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "inbox"
LOGOUT_REDIRECT_URL = "sign_in"

# --- requests
ALLOWED_HOSTS = ENV["CSHUB_HOSTS"].split(",")
MIDDLEWARE = [
    "cshub.tenancy.middleware.TenantMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "accounts.ingest.events.middleware.EndpointMiddleware",  # programs need nothing of what follows
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cshub.web.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cshub.l10n.middleware.UserLocaleMiddleware",
    "cshub.users.middleware.AccessMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cshub.web.navigation.navigation",
            ],
        },
    }
]
FORM_RENDERER = "cshub.web.controls.DrawnControls"
SESSION_ENGINE = "cshub.users.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a scorecard of sixty measures with steps by tenure has thousands
FILE_UPLOAD_TEMP_DIR = None
ATTACHMENT_MB = int(ENV["CSHUB_ATTACHMENT_MB"])

# --- files
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", DATA_DIR / "assets"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(DATA_DIR / "files")},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_MANIFEST_STRICT = False

# --- languages
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("pl", _("Polish")), ("ru", _("Russian")), ("fa", _("Persian"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# --- mail
DEFAULT_FROM_EMAIL = ENV["CSHUB_FROM_EMAIL"]
if ENV["CSHUB_EMAIL_URL"]:
    _mail = urlsplit(ENV["CSHUB_EMAIL_URL"])
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = _mail.hostname, _mail.port or 25
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.scheme == "smtp+tls", _mail.scheme == "smtps"
else:
    EMAIL_BACKEND = "cshub.work.mail_folder.FolderBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"

# --- API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "cshub.api.authentication.KeyAuthentication",
        "cshub.api.authentication.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["cshub.api.permissions.AccessTable"],
    "DEFAULT_PAGINATION_CLASS": "cshub.api.pagination.CursorList",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend", "cshub.api.filters.SortFilter"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["cshub.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "cshub.api.errors.problem_response",
    "DEFAULT_THROTTLE_CLASSES": ["cshub.api.throttling.KeyRate"],
    "DEFAULT_THROTTLE_RATES": {"key": "600/min"},
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "cshub API",
    "DESCRIPTION": "The customer success platform that can prove its worth to a CFO.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "accounts.api.own_fields.describe_own_fields",
    ],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {  # rows of files and batches name their values without labels, which makes them choices of their own
        "JobStateEnum": "cshub.work.models.JobState",
        "StageEnum": "accounts.models.Account.Stage",
        "ContactRoleEnum": "accounts.models.Contact.Role",
        "ContactsRowRoleEnum": ["champion", "sponsor", "decision_maker", "user", "billing"],
        "MetricAggregationEnum": "accounts.models.MetricDefinition.Aggregation",
        "ModeEnum": "accounts.models.timeline.Mode",
        "InteractionsRowModeEnum": ["proactive", "reactive"],
        "InteractionsRowChannelEnum": ["email", "call", "meeting", "chat", "note", "task"],
        "InteractionsRowDirectionEnum": ["inbound", "outbound", "internal"],
        "OrdersRowStatusEnum": ["placed", "cancelled"],
        "SurveysRowKindEnum": ["nps", "csat", "ces"],
        "TicketsRowStatusEnum": ["open", "pending", "resolved"],
        "TicketsRowPriorityEnum": ["low", "normal", "high", "urgent"],
        "TaskStateEnum": "playbooks.models.Task.State",
        "ReportKindEnum": "reports.models.ReportRun.Kind",
        "ReportStateEnum": "reports.models.ReportRun.State",
    },
}

# --- background work: the broker only carries hints; what has to be done stands in the database
CELERY_BROKER_URL = ENV["CSHUB_BROKER_URL"] or "memory://"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 160_000  # kB; then a process makes way for a light one, as after a turn at night
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "max_retries": 0
}  # a hint is given up at once: the person who waits needs the answer
if CELERY_BROKER_URL.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] = 3600
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache"
        if CELERY_BROKER_URL.startswith("redis")
        else "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": CELERY_BROKER_URL.replace("redis+socket://", "unix://")
        if CELERY_BROKER_URL.startswith("redis")
        else "cshub",
        "KEY_FUNCTION": "cshub.tenancy.cache.tenant_key",
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"cshub": {"level": "INFO"}},
}
