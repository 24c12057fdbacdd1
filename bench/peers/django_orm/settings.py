"""The least that a Django project needs; no middleware, so that nothing beside the view is measured."""

from __future__ import annotations

import os

SECRET_KEY = os.environ["TOLLKEEPER_SECRET_KEY"]
IKHOKHA_APP_ID = os.environ["TOLLKEEPER_IKHOKHA_APP_ID"]
IKHOKHA_APP_SECRET = os.environ["TOLLKEEPER_IKHOKHA_APP_SECRET"]
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "django_orm.urls"
INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []
USE_TZ = True
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["PGDATABASE"],
        "USER": os.environ["PGUSER"],
        "PASSWORD": os.environ["PGPASSWORD"],
        "HOST": os.environ["PGHOST"],
        "PORT": os.environ["PGPORT"],
        "OPTIONS": {"pool": {"min_size": 8, "max_size": 8}},
    }
}
