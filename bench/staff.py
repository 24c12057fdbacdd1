"""Signs a member of staff in, for pages that are measured: `python -m bench.staff` prints the session's key."""

from __future__ import annotations

import os
import sys

import django


def main() -> int:
    """Make the person if they are missing, and a session of theirs, in the database that the environment names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tollkeeper.server.settings")
    django.setup()

    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from tollkeeper.accounts.models import Person

    person, _made = Person.objects.get_or_create(email="bench-staff@example.com", defaults={"is_staff": True})
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    sys.stdout.write(f"{session.session_key}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
