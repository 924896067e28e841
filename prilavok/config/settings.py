"""One settings file: what differs between installations comes from the environment (`prilavok up` sets it)."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import django_stubs_ext
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

django_stubs_ext.monkeypatch()  # lets forms.ModelForm[Employee] and the like be written

PACKAGE_DIR = Path(__file__).resolve().parent.parent
BASE_DIR = PACKAGE_DIR.parent
HOME = Path(os.environ.get("PRILAVOK_HOME", BASE_DIR / "var")).resolve()

DEMO = os.environ.get("PRILAVOK_DEMO") == "1"
TESTING = os.environ.get("PRILAVOK_TESTING") == "1"
DEBUG = os.environ.get("PRILAVOK_DEBUG") == "1"
# Without a key of its own an installation still imports (checks, migrations); `prilavok up` refuses to serve so.
SECRET_KEY = os.environ.get("SECRET_KEY", "insecure-key-for-checks-only")
PUBLIC_URL = os.environ.get("PRILAVOK_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
# Of the live process; without one pages ask now and then.
LIVE_URL = os.environ.get("PRILAVOK_LIVE_URL", "").rstrip("/")
ALLOWED_HOSTS = [urlsplit(PUBLIC_URL).hostname or "127.0.0.1", "127.0.0.1", "localhost"]
if TESTING:
    ALLOWED_HOSTS.append("testserver")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "procrastinate.contrib.django",
    "axes",
    "csp",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "django_tables2",
    "django_vite",
    "prilavok.kernel",
    "prilavok.facts",
    "prilavok.ledger",
    "prilavok.ui",
    "prilavok.company",
    "prilavok.customers",
    "prilavok.catalog",
    "prilavok.messaging",
    "prilavok.orders",
    "prilavok.segments",
    "prilavok.experiments",
    "prilavok.loyalty",
    "prilavok.campaigns",
    "prilavok.tasks",
    "prilavok.relations",
    "prilavok.reports",
    "prilavok.exchange",
    "prilavok.administration",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "prilavok.company.web.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "prilavok.ui.toasts.ToastsMiddleware",
    "axes.middleware.AxesMiddleware",
    "prilavok.kernel.web.FailuresMiddleware",
    "prilavok.kernel.unwritable.UnwritableMiddleware",
    "prilavok.kernel.idempotency.IdempotencyMiddleware",
]

# Of the till process: whoever asks shows a token, so nothing stands before it but what every write needs.
TILL_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "prilavok.company.web.middleware.TillMiddleware",
    "prilavok.kernel.unwritable.UnwritableMiddleware",
    "prilavok.kernel.idempotency.IdempotencyMiddleware",
]

ROOT_URLCONF = "prilavok.config.urls"
WSGI_APPLICATION = "prilavok.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "prilavok.ui.templatetags.components",
                "django.templatetags.i18n",
                "prilavok.ui.templatetags.ui",
                "prilavok.ui.templatetags.kept",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "prilavok.ui.context.shell",
            ],
        },
    }
]
COTTON_DIR = "cotton"
COTTON_SNAKE_CASED_NAMES = False  # <c-filter-chip> is filter-chip.html


def database(address: str) -> dict[str, object]:
    """Django's words for a PostgreSQL address; a socket directory may stand as ?host=/path."""
    url = urlsplit(address)
    query = dict(part.split("=", 1) for part in url.query.split("&") if "=" in part)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(query.get("host", url.hostname or "")),
        "PORT": str(url.port or query.get("port", "")),
        "OPTIONS": {
            "prepare_threshold": 5,  # without one psycopg prepares nothing, whatever kernel.prepared asks for
            "pool": False if TESTING else {"min_size": 1, "max_size": 16, "timeout": 30},
            # Consumers read below the oldest writer of the whole server: nobody may sit in a transaction.
            # What is prepared (`kernel.prepared`) is planned once: left to itself the server plans some of it at each
            # call, and that takes longer than the answer.
            "options": "-c idle_in_transaction_session_timeout=60000 -c lock_timeout=15000"
            " -c plan_cache_mode=force_generic_plan",
        },
        "TEST": {"NAME": os.environ.get("PRILAVOK_TEST_DB", "test_prilavok")},
    }


DATABASES = {
    "default": database(os.environ.get("DATABASE_URL", "postgresql://prilavok@127.0.0.1:5432/prilavok"))
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

FACTS_URL = os.environ.get("FACTS_URL", "http://127.0.0.1:8123")
FACTS_TOKEN = os.environ.get("FACTS_TOKEN", "")
SMTP_URL = os.environ.get("SMTP_URL", "smtp://127.0.0.1:1025")
LIMITS_FILE = None if TESTING else HOME / "run" / "limits"
IDENTIFY_PER_MINUTE = int(os.environ.get("PRILAVOK_IDENTIFY_PER_MINUTE", "1200"))
MAIL_FROM = os.environ.get("PRILAVOK_MAIL_FROM", "")
DKIM_KEY_FILE = os.environ.get("PRILAVOK_DKIM_KEY_FILE", "")
DKIM_SELECTOR = os.environ.get("PRILAVOK_DKIM_SELECTOR", "prilavok")

AUTH_USER_MODEL = "company.Employee"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if TESTING
    else ["django.contrib.auth.hashers.Argon2PasswordHasher"]
)
LOGIN_URL = "company:login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "company:login"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_USERNAME_FORM_FIELD = "username"  # the form's word; by the model it would be "email" and count nobody
AXES_LOCKOUT_TEMPLATE = "company/locked.html"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_ENABLED = not TESTING
AXES_SENSITIVE_PARAMETERS = ["username", "email", "password"]
PASSWORD_RESET_TIMEOUT = 24 * 3600
SESSION_ENGINE = "prilavok.company.web.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF, LIVE_URL] if LIVE_URL.startswith("http") else [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
    }
}

LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", _("Russian")), ("en", _("English"))]
LOCALE_PATHS = [PACKAGE_DIR / "config" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
MEDIA_ROOT = HOME / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DJANGO_VITE = {
    "default": {
        "dev_mode": False,
        "manifest_path": PACKAGE_DIR / "ui" / "static" / "ui" / "build" / "manifest.json",
        "static_url_prefix": "ui/build",
        "app_client_class": "prilavok.ui.assets.BuiltFiles",
    }
}
FORM_RENDERER = "prilavok.ui.widgets.Renderer"
DJANGO_TABLES2_TEMPLATE = "ui/table.html"
WHITENOISE_USE_FINDERS = TESTING or DEBUG
NINJA_PAGINATION_MAX_LIMIT = 200

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "prilavok.kernel.discreet.Formatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "prilavok": {"level": "INFO"},
        # Values of rows (names, addresses) stand in PostgreSQL's DETAIL lines: keep them out of the logs.
        "django.db.backends": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        # Every try of theirs to reach an absent column store; we say it once, in words.
        "urllib3": {"level": "ERROR"},
        "clickhouse_connect": {"level": "ERROR"},
    },
}
SILENCED_SYSTEM_CHECKS = ["models.W042"]
