"""ORM models that look and do not touch: their tables are written by SQL under the till's role."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from django.db import models

from tollkeeper.core.errors import Fault

Row = TypeVar("Row", bound=models.Model, covariant=True)


class GoThroughSettle(Fault):
    """Payments and grants are written by settle alone."""

    code = "go_through_settle"
    remedy = "Bring evidence to payments.ledger.settle; it moves the payment and writes the journal."


def _refuse(*_args: Any, **_keywords: Any) -> NoReturn:
    raise GoThroughSettle


class ReadOnlyQuerySet(models.QuerySet[Row]):
    """Reads as usual; every way to write raises."""

    create = get_or_create = update_or_create = bulk_create = bulk_update = update = delete = _refuse
    acreate = aget_or_create = aupdate_or_create = abulk_create = abulk_update = aupdate = adelete = _refuse


class ReadOnlyManager(models.Manager[Row]):
    """Hands out query sets that refuse to write; Django's own manager asks them for everything it does."""

    def get_queryset(self) -> ReadOnlyQuerySet[Row]:
        """See Django."""
        return ReadOnlyQuerySet(self.model, using=self._db)


class ReadOnly(models.Model):
    """Base of models over the till's tables."""

    objects = ReadOnlyManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **keywords: Any) -> NoReturn:
        """Refuse."""
        raise GoThroughSettle

    def delete(self, *args: Any, **keywords: Any) -> NoReturn:
        """Refuse."""
        raise GoThroughSettle
