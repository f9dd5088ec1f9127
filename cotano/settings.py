"""Settings come from the environment alone (see docs/operations.md); what is unset has a default for trying Cotano out."""

import os
from email.utils import parseaddr
from pathlib import Path

import structlog
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.contrib.messages import constants as message_levels
from kombu import Queue
from psycopg.conninfo import conninfo_to_dict

from cotano import embedded, env, ways_out

try:
    embedded.ensure()
    SECRET_KEY = env.text("SECRET_KEY") or embedded.secret("secret_key")
    SUPPRESSION_KEY = env.text("SUPPRESSION_KEY") or embedded.secret("suppression_key")  # of the hashes in leads.suppression
except embedded.EmbeddedError as error:
    env.stop(str(error))

# ---- where and who
BASE_DIR = Path(__file__).resolve().parent.parent
PRODUCTION = env.flag("COTANO_PRODUCTION", default=False)
DEMO = env.flag("COTANO_DEMO", default=not PRODUCTION)
DEBUG = False
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or ([] if PRODUCTION else ["*"])
if not ALLOWED_HOSTS:
    env.stop("COTANO_PRODUCTION needs ALLOWED_HOSTS: the names under which people open it.")
CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('*')}" for host in ALLOWED_HOSTS if PRODUCTION and host != "*"]
SITE_URL = ways_out.site(production=PRODUCTION, hosts=ALLOWED_HOSTS)
ROOT_URLCONF = "cotano.urls"
WSGI_APPLICATION = "cotano.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "pipeline",
    "leads",
    "campaigns",
    "teams",
    "cotano.jobs",
    "notifications",
    "cotano",
    "cotano.admin_app.CotanoAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "import_export",
    "mptt",
]
MIDDLEWARE = [
    "cotano.middleware.request_log",
    "cotano.middleware.without_cache",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "teams.sessions.keep",
    "cotano.middleware.person",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
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
                "csp.context_processors.nonce",
                "cotano.context.frame",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "cotano.templatetags.look"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# ---- database: the app connects as a role that owns nothing; `migrate` connects as the owner
CONNECTION_OPTIONS = {
    "connect_timeout": 5,
    "tcp_user_timeout": 15000,
    "application_name": "cotano",
    "options": "-c lock_timeout=15s",
}


def database(url: str) -> dict[str, object]:
    """One entry of DATABASES from a libpq URL; an unreadable one stops the start."""
    try:
        parts = conninfo_to_dict(url)
    except Exception as error:  # noqa: BLE001  psycopg's own error names the fault; the person gets it as a sentence
        env.stop(f"the database URL cannot be read ({str(error).strip()}).")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**CONNECTION_OPTIONS, **parts},
    }


DATABASES = {
    "default": database(os.environ["DATABASE_URL"]),
    "owner": {
        **database(env.text("DATABASE_OWNER_URL", os.environ["DATABASE_URL"])),
        "CONN_MAX_AGE": 0,
        "TEST": {"MIRROR": "default"},
    },
}

# ---- broker and cache: they only ring the bell
REDIS_URL = os.environ["REDIS_URL"]
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}
CELERY_BROKER_URL = REDIS_URL
# What is due has a queue of its own, so that a worker of its own can serve it (docs/operations.md); without -Q a worker serves both.
CELERY_TASK_QUEUES = [Queue("celery"), Queue("due")]
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_ROUTES = {f"notifications.{name}": {"queue": "due"} for name in ("send_due", "send_letters")} | {
    "leads.repeat_reminders": {"queue": "due"}
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 30
CELERY_TASK_TIME_LIMIT = 45
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = True  # off together with gossip and mingle, a worker hangs after a broker restart
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 30,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 15,
    "retry_on_timeout": True,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1, "interval_step": 0.2, "interval_max": 0.5}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "send due": {"task": "notifications.send_due", "schedule": 5.0, "options": {"expires": 5}},
    "send letters": {"task": "notifications.send_letters", "schedule": 5.0, "options": {"expires": 5}},
    "let reminders come again": {"task": "leads.repeat_reminders", "schedule": 60.0, "options": {"expires": 60}},
    "forget old traffic": {"task": "notifications.forget_old", "schedule": 86400.0, "options": {"expires": 3600}},
    "take up waiting jobs": {"task": "jobs.take_up", "schedule": 15.0, "options": {"expires": 15}},
    "take up waiting exports": {"task": "jobs.take_up_exports", "schedule": 60.0, "options": {"expires": 60}},
    "forget old codes": {"task": "teams.forget_old", "schedule": 3600.0, "options": {"expires": 3600}},
    "apply planned sponsors": {"task": "campaigns.apply_started", "schedule": 60.0, "options": {"expires": 60}},
    "take figures": {"task": "campaigns.take_due", "schedule": 60.0, "options": {"expires": 60}},
    "take figures at night": {"task": "campaigns.take_nightly", "schedule": crontab(hour=3, minute=10), "options": {"expires": 3600}},
    "widen tight trees": {"task": "teams.widen_tight", "schedule": crontab(hour=1, minute=20), "options": {"expires": 3600}},
    "check the trees": {"task": "teams.check_trees", "schedule": crontab(hour=1, minute=50), "options": {"expires": 3600}},
    "forget what imports have done": {"task": "pipeline.forget_imported", "schedule": 3600.0, "options": {"expires": 3600}},
    "offer nudges": {"task": "pipeline.offer_nudges", "schedule": 600.0, "options": {"expires": 600}},
    "tell nudges": {"task": "pipeline.tell_nudges", "schedule": 60.0, "options": {"expires": 60}},
    "take nudges back": {"task": "pipeline.take_back_nudges", "schedule": 600.0, "options": {"expires": 600}},
    "close ended campaigns": {"task": "pipeline.close_ended", "schedule": 60.0, "options": {"expires": 60}},
}

# ---- people and log-in
AUTH_USER_MODEL = "teams.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "pipeline:home"
ACCOUNT_ADAPTER = "teams.login.LoginAdapter"
ACCOUNT_FORMS = {"login": "teams.login_forms.EntryForm"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600  # seconds
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 3  # times
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
# ip: a network address; key: a phone or an e-mail address; all counted in the cache (without it nobody logs in, see cotano.middleware)
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip,600/d/ip",
    "login_failed": "10/m/ip,5/5m/key,30/d/key",
    "request_login_code": "20/m/ip,300/d/ip,3/m/key,10/d/key",
    "change_phone": "3/m/user,10/d/user",
}
SECOND_FACTOR = env.flag("COTANO_SECOND_FACTOR", default=not DEMO)  # of everybody who may open the admin
MFA_ADAPTER = "teams.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a passkey is two factors only with a finger, a face or a PIN
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
MFA_TOTP_ISSUER = "Cotano"
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXIES", int(PRODUCTION), most=9)
ACCOUNT_LOGIN_METHODS = {"phone", "email"}
ACCOUNT_SIGNUP_FIELDS = ["phone", "email*", "password1*"]  # nobody signs up alone; a required phone would turn away who has none
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
CODE_ENDS = {  # what the right code of each kind does: gives the user it lets in, or None
    "login": "teams.joining.by_roster",
    "join": "campaigns.invitations.accept",
    "phone": "teams.joining.change_contact",
    "email": "teams.joining.change_contact",
    "again": "teams.joining.by_roster",
}
SESSION_ENGINE = "teams.sessions"
SESSION_STRICT = {"idle": 3 * 3600, "whole": 12 * 3600}  # seconds, of who may open the admin
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# ---- language, time, files
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ru", "Русский"), ("uk", "Українська")]
LOCALE_PATHS = [BASE_DIR / "cotano" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(embedded.DATA / "media")))  # attachments; never served by the web server
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(embedded.DATA / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
MESSAGE_TAGS = {message_levels.ERROR: "err", message_levels.WARNING: "warn", message_levels.SUCCESS: "ok"}

# ---- files of the company and of reps
SPONSOR_WITHIN_MARKET = env.flag("COTANO_SPONSOR_WITHIN_MARKET", default=False)  # else reps sponsor across markets
IMPORT_KINDS = [
    "teams.imports.Territories",
    "campaigns.imports.Campaigns",
    "campaigns.imports.Roster",
    "campaigns.imports.Orders",
    "campaigns.imports.Activity",
    "campaigns.imports.Volumes",
    "campaigns.imports.Goals",
    "campaigns.imports.Titles",
    "campaigns.imports.Plans",
    "campaigns.imports.Products",
    "pipeline.imports.WorkList",
    "pipeline.imports.Leads",
]
SNAPSHOT_FACTS = ["leads.facts.REMINDERS"]  # figures of a campaign that come from higher apps
IMPORT_LIMITS = {  # of one file: bytes and rows
    "rep": {"bytes": 20_000_000, "rows": 20_000},
    "staff": {"bytes": 400_000_000, "rows": 1_200_000},
}
EXPORT_KINDS = [
    "campaigns.exports.Roster",
    "campaigns.exports.Orders",
    "campaigns.exports.CampaignTotals",
    "pipeline.exports.WorkLists",
    "pipeline.exports.OwnLeads",
]
EXPORT_AT_ONCE = 50_000  # rows; more are made by a worker
IMPORT_CHECKED_AT_ONCE = 3_000_000  # bytes of a file whose preview a person waits for; a larger one is checked by a worker
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "import"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "export"
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
IMPORT_EXPORT_SKIP_ADMIN_LOG = True
IMPORT_EXPORT_TMP_STORAGE_CLASS = "cotano.jobs.storage.UploadStorage"

# ---- security
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF, "tel:"],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_HSTS_SECONDS = 31536000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]

# ---- push: only these hosts are ever posted to (name or *.suffix); an origin with http is for tests alone
PUSH_HOSTS = env.words("PUSH_HOSTS") or [
    "fcm.googleapis.com",
    "*.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
]
PUSH_CONTACT = env.text("PUSH_CONTACT", "mailto:admin@localhost")
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.number("EMAIL_PORT", 587, least=1, most=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'dummy' if PRODUCTION else 'console'}.EmailBackend"
SMS = ways_out.sms(production=PRODUCTION)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Cotano <no-reply@localhost>")
if not parseaddr(DEFAULT_FROM_EMAIL)[1]:
    env.stop("DEFAULT_FROM_EMAIL is not an e-mail address.")

# ---- logs: one line of JSON each, with the request's id, never a name, phone or e-mail
LOG_PROCESSORS = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[*LOG_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": LOG_PROCESSORS,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        }
    },
    "handlers": {"terminal": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {
        "handlers": ["terminal"],
        "level": env.choice("LOG_LEVEL", "WARNING", among=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")),
    },
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "cotano": {"level": "INFO" if PRODUCTION else "WARNING"},
    },
}
