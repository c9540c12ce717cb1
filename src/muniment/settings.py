"""Settings of an installation, read from the environment; each name is described in docs/settings.md."""

import os
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

PACKAGE_DIR = Path(__file__).parent

MUNIMENT_HOME = Path(os.environ.get("MUNIMENT_HOME", "var")).absolute()
MUNIMENT_STORE = MUNIMENT_HOME / "store"
MUNIMENT_SOCIETY = os.environ.get("MUNIMENT_SOCIETY", "Muniment")
MUNIMENT_CURRENCY = os.environ.get("MUNIMENT_CURRENCY", "EUR")
MUNIMENT_BANK_IBAN = os.environ.get("MUNIMENT_BANK_IBAN", "")
MUNIMENT_BANK_BIC = os.environ.get("MUNIMENT_BANK_BIC", "")
MUNIMENT_TERRITORY = int(os.environ.get("MUNIMENT_TERRITORY", "2136"))
MUNIMENT_URL = os.environ.get("MUNIMENT_URL", "http://localhost:8000")
MUNIMENT_LOG_ORIGIN = os.environ.get("MUNIMENT_LOG_ORIGIN", "")
MUNIMENT_LOG_URL = os.environ.get("MUNIMENT_LOG_URL", "")
MUNIMENT_WITNESS_NAME = os.environ.get("MUNIMENT_WITNESS_NAME", "")
MUNIMENT_LOG_STAMPS = [url for url in os.environ.get("MUNIMENT_LOG_STAMPS", "").split(",") if url]

DEBUG = os.environ.get("MUNIMENT_DEBUG", "") == "1"


def read_secret_key(home: Path) -> str:
    """Return the signing key: `MUNIMENT_SECRET_KEY`, else the one kept in `home`, made on first use."""
    if key := os.environ.get("MUNIMENT_SECRET_KEY"):
        return key
    path = home / "secret_key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(os.urandom(32).hex())
    return path.read_text()


def read_database(url: str, home: Path) -> dict[str, object]:
    """Return Django's description of the database at `url`.

    An empty url is the embedded SQLite file in `home`; `postgresql://user:password@host:port/name` is a server,
    `postgresql://user@/name?host=/folder` one behind a socket.

    Raises:
        ImproperlyConfigured: the url has another scheme.
    """
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(home / "muniment.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                " PRAGMA cache_size=-65536;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(
            f"MUNIMENT_DATABASE_URL: {parts.scheme!r} is not a database we know. "
            "Leave it empty for SQLite, or write postgresql://user:password@host:port/name."
        )
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", parts.hostname or "")),
        "PORT": str(parts.port or ""),
        # our cursors are read to their end, so the planner is not to favour the first rows
        "OPTIONS": {"options": "-c cursor_tuple_fraction=1.0"},
    }


SECRET_KEY = SimpleLazyObject(partial(read_secret_key, MUNIMENT_HOME))
DATABASES = {"default": read_database(os.environ.get("MUNIMENT_DATABASE_URL", ""), MUNIMENT_HOME)}

ALLOWED_HOSTS = os.environ.get("MUNIMENT_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("MUNIMENT_ORIGINS", "").split(",") if origin]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "muniment.trust.access",
    "muniment.trust.batches",
    "muniment.trust.ledger",
    "muniment.trust.evidence",
    "muniment.rights.parties",
    "muniment.rights.works",
    "muniment.rights.registry",
    "muniment.trade.licensing",
    "muniment.use.usages",
    "muniment.use.matching",
    "muniment.use.duplicates",
    "muniment.pay.distributions",
    "muniment.pay.payments",
    "muniment.interfaces",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}

ROOT_URLCONF = "muniment.urls"
AUTH_USER_MODEL = "access.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE_DIR / "interfaces" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "muniment.interfaces.pages.page_context",
            ],
            "builtins": ["muniment.interfaces.templatetags.muniment"],
            "libraries": {"muniment": "muniment.interfaces.templatetags.muniment"},
        },
    },
]

LANGUAGE_CODE = os.environ.get("MUNIMENT_LANGUAGE", "en")
LANGUAGES = [("en", _("English")), ("ur", _("Urdu"))]
LOCALE_PATHS = [PACKAGE_DIR / "interfaces" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("MUNIMENT_TIME_ZONE", "UTC")

STATIC_URL = "static/"
STATICFILES_DIRS = [PACKAGE_DIR / "interfaces" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
if os.environ.get("MUNIMENT_HTTPS", "") == "1":
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31536000
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
