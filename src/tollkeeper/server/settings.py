"""Django's settings, made from ours. Nothing is decided here that an operator could want to change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from tollkeeper.core.settings import Settings
from tollkeeper.core.settings import secret_key as instance_secret_key
from tollkeeper.core.settings import settings as instance_settings

_HERE = Path(__file__).resolve().parent
_INSTANCE: Settings = instance_settings()


def _database() -> dict[str, Any]:
    url = _INSTANCE.database_url
    address = conninfo_to_dict(url.get_secret_value()) if url else {}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": address.pop("dbname", "tollkeeper"),
        "USER": address.pop("user", ""),
        "PASSWORD": address.pop("password", ""),
        "HOST": address.pop("host", ""),
        "PORT": address.pop("port", ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": address
        | {"application_name": "tollkeeper pages", "pool": {"min_size": 1, "max_size": 8, "timeout": 4}},
        "TEST": {"MIGRATE": True},
    }


def _pay_origins() -> list[str]:
    """Where a form's answer may lead the browser: Chromium holds a redirect after a post against `form-action`."""
    origins = [f"https://{host}" for host in _INSTANCE.ikhokha_pay_hosts]
    return origins if _INSTANCE.production else [*origins, "http://127.0.0.1:*", "http://localhost:*"]


SECRET_KEY = instance_secret_key()
DEBUG = False
ALLOWED_HOSTS = ["*"] if not _INSTANCE.production else [_INSTANCE.address.split("//", 1)[-1].split(":")[0]]
ROOT_URLCONF = "tollkeeper.server.urls"
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.Person"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "tollkeeper.core",
    "tollkeeper.accounts",
    "tollkeeper.messaging",
    "tollkeeper.catalog",
    "tollkeeper.payments.ledger",
    "tollkeeper.payments.transfers",
    "tollkeeper.fulfilment.enrolments",
    "tollkeeper.checkout",
    "tollkeeper.operations.moving_in",
    "tollkeeper.storefront",
    "tollkeeper.console",
    "unfold.apps.BasicAppConfig",
    "django.contrib.admin.apps.SimpleAdminConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "tollkeeper.storefront.answers.RefusalsAsPages",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "tollkeeper.storefront.context.page",
            ]
        },
    }
]

AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "sesame.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "tollkeeper.operations.moving_in.passwords.ImportedBcrypt",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESAME_MAX_AGE = 30 * 60
SESAME_ONE_TIME = True
SESAME_INVALIDATE_ON_EMAIL_CHANGE = True
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # an address is unique whatever its capitals, which the check does not see
LOGIN_URL = "/account/sign-in/"
LOGIN_REDIRECT_URL = "/my/courses/"

LANGUAGE_CODE = _INSTANCE.language
LANGUAGES = [("en", "English"), ("pl", "Polski"), ("uk", "Українська")]
LOCALE_PATHS = [_INSTANCE.data_dir / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = _INSTANCE.time_zone

STATIC_URL = "/static/"
STATIC_ROOT = _INSTANCE.data_dir / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _INSTANCE.address.startswith("https://")
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024  # more is spooled to the disk, so that many slow uploads weigh nothing
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "tollkeeper.storefront.views_errors.forged"
CSRF_TRUSTED_ORIGINS = [_INSTANCE.address]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'", *_pay_origins()],
    }
}

LOGGING_CONFIG = None
