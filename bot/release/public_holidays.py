"""Know public holidays, from the package `holidays`: which days are off in a country, or in a part of one.

A place is written as ISO 3166 does: "DE", or "DE-BE". The days depend on the installed version of the package alone.
"""

import unicodedata
from collections.abc import Callable, Container, Iterator, Mapping
from datetime import date
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

#: What people call some countries besides.
_EVERYDAY = {"deutschland": "DE", "great britain": "GB", "holland": "NL", "czech republic": "CZ", "hong kong": "HK",
             "schweiz": "CH", "suisse": "CH", "oesterreich": "AT", "osterreich": "AT", "espana": "ES"}  # fmt: skip
#: Years are looked through for the next ones, at most so many.
MOST_YEARS = 3


class DaysOff:
    """The public holidays of one place: `day in days_off`."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day in _of_year(self.place, day.year)

    def called(self, day: date) -> str:
        """What is celebrated then; empty when nothing is."""
        return _of_year(self.place, day.year).get(day, "")

    def next(self, since: date, count: int) -> list[tuple[date, str]]:
        """The next ones from that day on, the day itself too, with their names."""
        years = range(since.year, since.year + MOST_YEARS)
        found = sorted((day, name) for year in years for day, name in _of_year(self.place, year).items())
        return [one for one in found if one[0] >= since][:count]


class Here:
    """The public holidays of a place that is looked up when a day is asked for."""

    def __init__(self, place: Callable[[], str | None]) -> None:
        self._place = place

    def __contains__(self, day: object) -> bool:
        return day in days_off(self._place())


def days_off(place: str | None) -> Container[date]:
    """The public holidays of a place; none where it is None, or not known to this version."""
    return _days_off(place) if place else ()


@lru_cache(500)
def _days_off(place: str) -> Container[date]:
    return DaysOff(place) if is_place(place) else ()


def is_place(place: str) -> bool:
    country, _, part = place.partition("-")
    return country in _parts() and (not part or part in _parts()[country])


def read_place(text: str) -> str | None:
    """The place that was typed: "DE-BE", "de be", "Germany", "Germany Berlin"; None when nobody knows it."""
    key = _key(text)
    for name, country in _names().items():
        if key == name or key.startswith(name + " "):
            part = key[len(name) :].strip()
            if not part:
                return country
            if found := _part(country, part):
                return f"{country}-{found}"
    return None


def name_of(place: str) -> str:
    """What people call it: "Germany (BE)"."""
    country, _, part = place.partition("-")
    name = next(
        (known.replace("_", " ").title() for known, codes in _registry().items() if codes[1] == country), country
    )
    return f"{name} ({part})" if part else name


def parts_of(country: str) -> tuple[str, ...]:
    """The parts of a country that have holidays of their own, as they are written after its code."""
    return _parts().get(country, ())


def _part(country: str, typed: str) -> str | None:
    by_key = {_key(part): part for part in _parts()[country]}
    names: Mapping[str, str] = getattr(_library().country_holidays(country), "subdivisions_aliases", {})
    return by_key.get(typed) or next((code for name, code in names.items() if _key(name) == typed), None)


@cache
def _parts() -> Mapping[str, tuple[str, ...]]:
    listed = _library().list_supported_countries(include_aliases=False)
    return {country: tuple(parts) for country, parts in listed.items()}


@cache
def _names() -> Mapping[str, str]:
    """Codes and names of countries, the longest first, as typed."""
    said: Iterator[tuple[str, str]] = (
        (key, codes[1]) for name, codes in _registry().items() for key in (_key(name), *map(str.casefold, codes[1:]))
    )
    known = [*_EVERYDAY.items(), *((key, country) for key, country in said if country in _parts())]
    return dict(sorted(known, key=lambda one: -len(one[0])))


@lru_cache(2_000)
def _of_year(place: str, year: int) -> Mapping[date, str]:
    """Its holidays of one year by day, the ones that are observed on another day too."""
    country, _, part = place.partition("-")
    found = _library().country_holidays(country, subdiv=part or None, years=year, expand=False, language="en_US")
    return dict(found.items())


def _library() -> Any:
    """The package: large, and loaded only once somebody has said where they are."""
    return import_module("holidays")


def _registry() -> Mapping[str, tuple[str, ...]]:
    countries: Mapping[str, tuple[str, ...]] = import_module("holidays.registry").COUNTRIES
    return countries


def _key(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("_", " ").replace("-", " ")).casefold()
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())
