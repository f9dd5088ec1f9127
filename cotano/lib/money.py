"""Amounts of money in the way of the reader's language."""

from decimal import ROUND_HALF_UP, Decimal

from babel import Locale, numbers

# The short sign where a language would write the code ("UAH4,640" -> "₴4,640").
SIGNS = {"UAH": "₴", "RUB": "₽", "KZT": "₸", "EUR": "€", "USD": "$", "GBP": "£", "PLN": "zł", "GEL": "₾", "TRY": "₺"}


def whole(amount: Decimal, currency: str, language: str) -> str:
    """`4640.40`, `UAH`, `en` -> `₴4,640`: rounded to whole units, for headlines."""
    locale = Locale.parse(language, sep="-")
    pattern = locale.currency_formats["standard"].pattern.replace("0.00", "0")
    rounded = amount.quantize(Decimal(1), ROUND_HALF_UP)
    said = numbers.format_currency(rounded, currency, format=pattern, locale=locale, currency_digits=False)
    return said.replace(currency, SIGNS.get(currency, currency))


def exact(amount: Decimal, currency: str, language: str) -> str:
    """`4640.50`, `UAH`, `en` -> `₴4,640.50`, and `₴4,640` without cents: what somebody pays."""
    if amount == amount.to_integral_value():
        return whole(amount, currency, language)
    said = numbers.format_currency(amount, currency, locale=Locale.parse(language, sep="-"))
    return said.replace(currency, SIGNS.get(currency, currency))
