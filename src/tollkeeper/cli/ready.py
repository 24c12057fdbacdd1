"""Gets a command what it needs: the running instance's database and gateway, Django, and the code that does the work.

Commands load that code here, by name, when they are called, so that `tollkeeper --help` answers at once.
"""

from __future__ import annotations

import logging
import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tollkeeper.cli.output import Away

if TYPE_CHECKING:
    from tollkeeper.server.environment import Instance

ACTS = "tollkeeper.cli.acts"


class NothingRuns(Away):
    """No instance runs here."""

    code = "nothing_runs"


def plain(name: str) -> Any:
    """The acts of that name, without Django."""
    return import_module(f"{ACTS}.{name}")


def acts(name: str) -> Any:
    """The acts of that name, with Django set up on the instance's database.

    Raises:
        NothingRuns: no database is configured, and no instance runs on the data folder.
    """
    found = running()
    if found is None and not database_is_configured():
        raise NothingRuns(f"No instance runs on the data folder {data_dir()}, and no DATABASE_URL is set.")
    if found is not None:
        attach(found)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tollkeeper.server.settings")
    # A library's warnings belong to servers; a command says in its own words what was wrong.
    import_module("tollkeeper.core.logs").configure_logs()
    logging.getLogger().setLevel(logging.CRITICAL)
    plain("trouble").look()
    import_module("tollkeeper.server.rooms").furnish()
    import_module("django").setup()
    # A command's own words are English, whatever the shop speaks; half a sentence in another language helps nobody.
    import_module("django.utils.translation").activate("en")
    return plain(name)


def attach(instance: Instance) -> None:
    """Let this process act on an instance: what the operator has not set comes from it."""
    for name, value in instance.environment.items():
        os.environ.setdefault(name, value)
    settings_module().settings.cache_clear()


def running() -> Instance | None:
    """The instance that runs on this data folder.

    Raises:
        Away: it belongs to another account.
    """
    environment = import_module("tollkeeper.server.environment")
    try:
        found: Instance | None = environment.running_instance(data_dir())
    except PermissionError as error:
        raise Away(
            f"The instance on {data_dir()} belongs to another account.",
            remedy="Run the command as the account that runs `tollkeeper serve`, or with sudo.",
        ) from error
    return found


def demand_running() -> Instance:
    """The instance that runs on this data folder.

    Raises:
        NothingRuns: there is none.
    """
    found = running()
    if found is None:
        raise NothingRuns(f"No instance runs on the data folder {data_dir()}.")
    return found


def database_is_configured() -> bool:
    """Whether the operator named a database."""
    return settings_module().settings().database_url is not None


def data_dir() -> Any:
    """The instance's data folder."""
    return settings_module().settings().data_dir


def settings_module() -> Any:
    """`core.settings`, which takes a fifth of a second to import."""
    return import_module("tollkeeper.core.settings")
