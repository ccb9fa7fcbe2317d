"""Search of goods (商品搜索) by name, pinyin, initials, code and bar code: one text for each product."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from types import ModuleType
from typing import Any

import peewee

from store.catalog.products import Product
from store.core.database import db

MAX_WORDS = 5


def build_text(*, name: str, brand: str, keywords: str, numbers: Iterable[str]) -> str:
    """Return what a search looks through: names as they are, in pinyin and by initials, and `numbers`.

    `keywords` are what staff add, such as another reading of a character.
    """
    readings = (_pinyin().lazy_pinyin(text) for text in (name, brand) if text)
    spelled = [part for reading in readings for part in ("".join(reading), _initials(reading))]
    return "\n".join(
        dict.fromkeys(normalize(text) for text in (name, brand, keywords, *spelled, *numbers) if text)
    )


def list_conditions(text: str) -> list[Any]:
    """Return the conditions of a search: each word is a part of the product's text."""
    # Not LIKE, which would compare without regard to case once more and takes three times as long.
    find = peewee.fn.STRPOS if db.is_postgresql() else peewee.fn.INSTR
    return [find(Product.search_text, word) > 0 for word in normalize(text).split()[:MAX_WORDS]]


def select_ids(text: str) -> Any:
    """Return the query of the row ids of the products that a search finds."""
    query = Product.select(Product.id)
    for condition in list_conditions(text):
        query = query.where(condition)
    return query


def normalize(text: str) -> str:
    """Return a text in lower case and with full-width letters and digits as plain ones."""
    return unicodedata.normalize("NFKC", text).lower()


def _initials(reading: list[str]) -> str:
    """Return the first letters of syllables; what has no pinyin, such as `500g`, stays whole."""
    return "".join(part[:1] if part.isalpha() and part.isascii() else part for part in reading)


@cache
def _pinyin() -> ModuleType:
    """Import the library where goods are saved: its dictionary costs each process 0.4 s and 30 MB."""
    import pypinyin

    return pypinyin
