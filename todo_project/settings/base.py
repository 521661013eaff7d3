"""Settings that every environment shares. What differs by machine comes from env.py."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from events_app.consumers.specs import BodyBound, ConsumerSpec, SweepSpec
from events_app.transports.options import PARTITIONS, DaprOptions, KafkaOptions
from todo_project.settings.build import build_of
from todo_project.settings.channels import channel_layers
from todo_project.settings.consumers import CONSUMERS, SNAPSHOTS
from todo_project.settings.databases import database_settings
from todo_project.settings.env import Env, EnvError, load, needed_secrets, secret_names, unknown_variables
from todo_project.settings.logs import logging_settings
from todo_project.settings.mail import mail_settings
from todo_project.settings.roles import chosen_roles
from todo_project.settings.sidecar_secrets import SecretsMissing, with_secrets
from todo_project.settings.sweeps import SWEEPS

_T = TypeVar("_T")
BASE_DIR = Path(__file__).resolve().parent.parent.parent


def read_env(*, production: bool = False) -> Env:
    """Read the environment, or end the process with one sentence and exit code 2."""
    return or_exit(lambda: load(_environment(), production=production))


def _environment() -> Mapping[str, str]:
    """Return the environment, with secrets of the sidecar where it names a store. Raises EnvError."""
    try:
        return with_secrets(os.environ, secret=secret_names(), needed=needed_secrets())
    except SecretsMissing as missing:
        raise EnvError(f"TODO_SECRETS_STORE: {missing}.") from None


def or_exit(read: Callable[[], _T]) -> _T:
    """Return what `read` returns; on EnvError print its sentence and end the process with exit code 2."""
    try:
        return read()
    except EnvError as error:
        print(f"todo: {error}", file=sys.stderr)  # noqa: T201 - logging is not configured yet
        raise SystemExit(2) from None


ENV = read_env(production=os.environ.get("DJANGO_SETTINGS_MODULE", "").endswith(".production"))
DATA_DIR = ENV.data_dir.resolve()
UNKNOWN_VARIABLES = unknown_variables(os.environ)
# The data folder holds the database and the keys unless variables give them.
USES_DATA_DIR = not ENV.database_url or not ENV.secret_key or not ENV.audit_keys
WEB_CLIENT = ENV.web_client == "on"
UP_HOST = ENV.host
UP_PORT = ENV.port
SIDE_PORT = ENV.side_port

DEBUG = False
BUILD = build_of(BASE_DIR)  # a page that was loaded from another build loads itself anew
SECRET_KEY = ENV.secret_key
SECRET_KEY_FALLBACKS = list(ENV.secret_key_fallbacks)
AUDIT_KEYS = ENV.audit_keys
AUDIT_ANCHOR_FILE = ENV.audit_anchor_file
ALLOWED_HOSTS = list(ENV.allowed_hosts)
CSRF_TRUSTED_ORIGINS = list(ENV.csrf_trusted_origins)
TRUSTED_PROXIES = ENV.trusted_proxies
# Behind proxies all connections come from the proxies' addresses: one limit would count all clients together.
CONNECTIONS_PER_ADDRESS = 0 if TRUSTED_PROXIES else ENV.connections_per_address
REQUESTS_PER_ADDRESS = 0 if TRUSTED_PROXIES else ENV.requests_per_address
REQUEST_THREADS = ENV.request_threads
HTTP_HEADER_SECONDS = ENV.header_seconds
HTTP_BODY_SECONDS = ENV.body_seconds
HTTP_IDLE_SECONDS = ENV.idle_seconds
BODY_BYTES_AT_ONCE = ENV.body_bytes_at_once
BODY_BYTES_PER_ADDRESS = BODY_BYTES_AT_ONCE // (1 if TRUSTED_PROXIES else 4)
FAILED_SIGNINS_PER_MINUTE = ENV.signins_per_minute
FAILED_SIGNINS_PER_ADDRESS = ENV.signins_per_address
SIGNINS_PER_USER = ENV.signins_per_user
SOCKET_TICKETS_PER_USER = ENV.socket_tickets_per_user
HASHES_AT_ONCE = ENV.hashes_at_once
BULK_TEXT_CHARACTERS = ENV.bulk_text_characters
STAFF_SECOND_FACTOR = ENV.staff_second_factor == "required"
REGISTRATION = ENV.registration or "closed"  # `up` may open it: todo_project/up/platform.py
REGISTRATIONS_PER_MINUTE = ENV.registrations_per_minute
WRITES_PER_SECOND = ENV.writes_per_second
WRITES_BURST = ENV.writes_burst
WRITE_BYTES_PER_SECOND = ENV.write_bytes_per_second
WRITE_BYTES_BURST = ENV.write_bytes_burst
KEYED_ANSWERS_PER_DAY = ENV.keyed_answers_per_day
TASKS_PER_USER = ENV.tasks_per_user
HISTORY_DAYS = ENV.history_days
TAGS_PER_USER = ENV.tags_per_user
VIEWS_PER_USER = ENV.views_per_user
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
APPEND_SLASH = False  # the trailing slash is optional everywhere
ROOT_URLCONF = "todo_project.urls"
WSGI_APPLICATION = "todo_project.wsgi.application"
ASGI_APPLICATION = "todo_project.asgi.application"
PROBES_APPLICATION = "todo_project.wsgi.probes_application"
# The sockets role answers these paths besides WebSockets, and 404 for every other; `up` has a thread for them alone.
PROBE_PATHS = (r"/(livez|readyz|startupz)/?",)
# What the Dapr sidecar calls, with its token: for consumers, and for sweeps.
EVENT_PATHS = (r"/dapr/(subscribe|events/[^/]+)",)
SWEEP_PATHS = (r"/job/[^/]+", r"/wake/[^/]+", *(f"/{spec.binding}" for spec in SWEEPS if spec.binding))
SIDECAR_PATHS = EVENT_PATHS + SWEEP_PATHS
ROUTES = ENV.routes
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts_app.User"
AUTHENTICATION_BACKENDS = ["accounts_app.backends.LimitedBackend"]
SESSION_ENGINE = "accounts_app.sessions"
SESSION_COOKIE_AGE = (
    30 * 24 * 60 * 60
)  # the row decides when a session ends: accounts_app/credentials/lifetimes.py
# Pages contain the CSRF token themselves; no script reads a cookie.
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no cookie of its own
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"

PROJECT_APPS = [
    "foundation",
    "events_app",
    "accounts_app",
    "tasks_app",
    "notifications_app",
    "audit_app",
    "realtime_app",
    "web_app",
    "todo_project",
]
INSTALLED_APPS = [
    "todo_project.apps.PlatformAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    *PROJECT_APPS,
]

MIDDLEWARE = [
    # First those that only add headers: every answer has them, whichever middleware makes it.
    "todo_project.web.response_headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "todo_project.api.middleware.RequestContextMiddleware",
    "todo_project.metrics.requests.RequestMetricsMiddleware",
    "todo_project.logs.request_log.RequestLogMiddleware",
    # Before anything that could read a body; after the request's id, which refusals contain.
    "todo_project.api.bodies.BoundBodies",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "todo_project.api.middleware.Sessions",
    "todo_project.web.routes.HostOnPublicRoutes",
    "todo_project.api.bodies.BoundForms",
    "django.middleware.csrf.CsrfViewMiddleware",
    "todo_project.api.middleware.Users",
    "todo_project.api.middleware.Messages",
    # Last: it answers keyed calls itself, after `process_view` of all others.
    "todo_project.api.idempotency.IdempotencyMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Searched before those of the packages, some of which they extend.
        "DIRS": [BASE_DIR / "todo_project" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": or_exit(lambda: database_settings(ENV, data_dir=DATA_DIR))}
DATABASE_APPLICATION_ROLE = ENV.database_application_role
DATABASE_PREPARE = ENV.database_prepare == "yes"
DEFAULT_FROM_EMAIL = ENV.email_from
MAILS_PER_HOUR = ENV.mails_per_hour
ADMIN_PASSWORD = ENV.admin_password
TRACE_CLIENTS = ENV.trace_clients == "yes"
TRACES_ENDPOINT = ENV.traces_endpoint
TRACES_PERCENT = ENV.traces_percent
VAPID_PRIVATE_KEY = ENV.vapid_private_key
PUSH_TRUSTED_HOSTS = frozenset(name.lower() for name in ENV.push_trusted_hosts)
PUSH_CA_FILE = ENV.push_ca_file
EMAIL_LINKS_PER_HOUR = ENV.email_links_per_hour
EMAIL_LINKS_PER_DAY = ENV.email_links_per_day
BASE_URL = ENV.base_url.rstrip("/")
globals().update(or_exit(lambda: mail_settings(ENV)))  # EMAIL_BACKEND, EMAIL_HOST and the like
LOGGING = logging_settings(ENV)

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
PASSWORD_HASHERS = [
    "accounts_app.hashing.hashers.GatedArgon2Hasher",
    "accounts_app.hashing.hashers.GatedPBKDF2Hasher",
]

STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False  # pages of other origins do not need them
WHITENOISE_USE_FINDERS = True  # served from the packages, without STATIC_ROOT and collectstatic

# The largest body: the first row that matches the path decides, else MAX_BODY_BYTES.
MAX_BODY_BYTES = 1024 * 1024
BODY_BOUNDS = (
    # Calls without a caller, which no quota counts: a name, a password or a token.
    BodyBound(
        r"/(api/auth/(token/refresh|logout|email/confirm|password/reset(/confirm)?|session(/log(in|out))?)"
        r"|admin/log(in|out)|password/reset|sign-(in|up))/?",
        16 * 1024,
    ),
    BodyBound(r"/(api/tasks|api/todos|todos|api/[0-9]+/tasks)/bulk/?", 5 * 1024 * 1024),
    BodyBound(r"/dapr/events/[^/]+", 32 * 1024 * 1024, sidecar_only=True),
)
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
# Bodies within the limits stay in memory: no part of a body is written to a disk.
FILE_UPLOAD_MAX_MEMORY_SIZE = max(bound.max_bytes for bound in BODY_BOUNDS)
FILE_UPLOAD_HANDLERS = ["todo_project.api.bodies.RefuseFiles"]

# All consumers: see consumers.py.
STATE_STORE = ENV.state_store
EVENT_CONSUMERS: tuple[ConsumerSpec, ...] = (*CONSUMERS, SNAPSHOTS) if STATE_STORE else CONSUMERS
EXPECTED_ROLES = or_exit(lambda: chosen_roles(ENV, EVENT_CONSUMERS))
# All sweeps and who wakes them: see sweeps.py.
EVENT_SWEEPS: tuple[SweepSpec, ...] = SWEEPS
# After the first, /livez answers 503 for a loop that has not turned. After the second, the process notes where it
# hangs and ends.
HANG_IS_UNHEALTHY_SECONDS = 30.0
HANG_ENDS_PROCESS_SECONDS = 60.0
# Checks that `manage.py event_audit` runs in addition to those of the log.
EVENT_INVARIANTS: tuple[str, ...] = (
    "audit_app.verification.invariants.find_broken_trails",
    "audit_app.verification.invariants.find_trails_unlike_log",
    "tasks_app.invariants.find_tasks_unlike_log",
    "tasks_app.invariants.find_missing_successors",
    "tasks_app.invariants.find_stuck_series",
    "tasks_app.invariants.find_unfired_reminders",
    "tasks_app.invariants.find_open_replans",
    "tasks_app.invariants.find_wrong_tag_links",
    "tasks_app.invariants.find_wrong_documents",
    "tasks_app.invariants.find_old_documents",
    "tasks_app.invariants.find_missing_words",
    "tasks_app.invariants.find_outdated_words",
    "tasks_app.invariants.find_wrong_search_rows",
    "tasks_app.invariants.find_open_tag_jobs",
    "tasks_app.invariants.find_open_trash_jobs",
)
# What an export of an account consists of, in this order.
EXPORT_PARTS: tuple[str, ...] = (
    "accounts_app.api.exported_account.export_account",
    "tasks_app.api.exported_tasks.export_tasks",
    "notifications_app.api.exported_notifications.export_notifications",
    "audit_app.api.exported_history.export_history",
)
# What removes the data of a deleted account, in this order: the log first, from which consumers make the rest.
ERASURE_STEPS: tuple[str, ...] = (
    "events_app.operating.erasure.erase_history",
    "notifications_app.operations.erasure.erase_notifications",
    "tasks_app.operations.erasure.erase_tasks",
    "audit_app.operations.erasure.erase_trail",
)
EVENT_TRANSPORT = ENV.event_transport
EVENT_HOSTED_CONSUMERS = ENV.event_consumers
TOPIC_PREFIX = ENV.topic_prefix
KAFKA = KafkaOptions(
    bootstrap_servers=ENV.kafka_bootstrap_servers,
    security_protocol=ENV.kafka_security_protocol,
    sasl_mechanism=ENV.kafka_sasl_mechanism,
    username=ENV.kafka_username,
    password=ENV.kafka_password,
    ca_file=ENV.kafka_ca_file,
    partitions=ENV.topic_partitions or PARTITIONS[ENV.event_transport],
    replication=ENV.topic_replication,
)
DAPR = DaprOptions(
    pubsub=ENV.dapr_pubsub,
    http_port=ENV.dapr_http_port,
    grpc_port=ENV.dapr_grpc_port,
    app_prefix=ENV.dapr_app_prefix,
    api_token=ENV.dapr_api_token,
    app_token=ENV.app_api_token,
)
CRASH_POINTS_ENABLED = False
CRASH_POINT = ENV.crash_point
FAULT_MODULE = ENV.fault_module

REDIS_URL = ENV.redis_url
# Only with TLS: redis:// connections do not accept this option.
REDIS_TRUST = (
    {"ssl_ca_certs": ENV.redis_ca_file} if ENV.redis_ca_file and REDIS_URL.startswith("rediss://") else {}
)
CHANNEL_LAYERS = channel_layers(REDIS_URL, REDIS_TRUST)

REST_FRAMEWORK = {
    # JWT first: DRF takes the WWW-Authenticate header of the first, and without it answers 403 instead of 401.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts_app.api.authentication.BearerAuthentication",
        "accounts_app.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "accounts_app.api.permissions.IsCaller",
        "foundation.http.parameters.KnownParameters",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["accounts_app.api.throttles.WriteThrottle"],
    "DEFAULT_PARSER_CLASSES": ["todo_project.api.parsers.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "todo_project.api.negotiation.NamedFormats",
    "DEFAULT_RENDERER_CLASSES": [
        "todo_project.api.renderers.FastJSONRenderer",
        "todo_project.api.renderers.BrowsablePages",
    ],
    "DEFAULT_METADATA_CLASS": None,  # no answer to OPTIONS: the OpenAPI document says what there is
    "DEFAULT_PAGINATION_CLASS": "foundation.http.paging.CursorPaging",
    "DEFAULT_SCHEMA_CLASS": "todo_project.api.bodies_of_delete.SchemaOfView",
    "EXCEPTION_HANDLER": "todo_project.api.errors.problem_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "ENUM_NAME_OVERRIDES": {
        "TaskStatus": [("pending", "pending"), ("completed", "completed")],
        "JobStatus": [("running", "running"), ("done", "done")],
        "ReminderStatus": [("pending", "pending"), ("fired", "fired"), ("cancelled", "cancelled")],
    },
    "TITLE": "Todo",
    "DESCRIPTION": "Tasks with recurrence and reminders on one event log.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "todo_project.api.schema.state_demands",
        "todo_project.api.schema.describe_problems",
    ],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
