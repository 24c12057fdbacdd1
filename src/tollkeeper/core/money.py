"""Money is an integer of minor units and an ISO 4217 code. No float comes near it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from babel.numbers import format_currency, get_currency_precision

from tollkeeper.core.errors import Refusal

COUNTRIES: Mapping[str, str] = MappingProxyType({"en": "en_ZA", "pl": "pl_PL", "uk": "uk_UA"})
"""The pages' languages, and how money is written where each is read."""


class BadMoney(Refusal):
    """That is not an amount of money."""

    code = "bad_money"
    http_status = 422


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount.

    Args:
        minor: minor units (cents of a rand, grosz of a złoty); may be negative only in a difference.
        currency: ISO 4217, three capital letters.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise BadMoney(f"An amount is a whole number of minor units, not {self.minor!r}.")
        if len(self.currency) != 3 or not self.currency.isascii() or not self.currency.isupper():
            raise BadMoney(f"A currency is three capital letters such as ZAR, not {self.currency!r}.")

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def display(self, language: str = "en") -> str:
        """The amount as its readers write it, for example `R 1,250.00` for `en`; any other locale will do too."""
        major = Decimal(self.minor).scaleb(-get_currency_precision(self.currency))
        return format_currency(major, self.currency, locale=COUNTRIES.get(language, language))

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise BadMoney(f"{self.currency} and {other.currency} cannot be added; convert one first.")
        return other.minor
