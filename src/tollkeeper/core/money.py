"""Money is an integer of minor units and an ISO 4217 code. No float comes near it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
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

    @classmethod
    def of(cls, major: Decimal, currency: str) -> Money:
        """An amount from what people write, exactly.

        Args:
            major: in the currency's own unit, such as 499.00.
            currency: ISO 4217.

        Raises:
            BadMoney: it is no number, or has more decimals than the currency.
        """
        digits = get_currency_precision(currency)
        try:
            exact = major.scaleb(digits)
            whole = int(exact)
        except (InvalidOperation, OverflowError, ValueError) as error:
            raise BadMoney("That is not an amount.") from error
        if exact != whole:
            raise BadMoney(f"{currency} has {digits} decimals.")
        return cls(whole, currency)

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
