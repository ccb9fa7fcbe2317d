"""Search of goods (商品搜索) by name, pinyin, initials, code and bar code: two texts for each product."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

import peewee

from store.catalog.products import Product
from store.core.database import db
from store.core.database.models import Model

MAX_WORDS = 5


class ProductSearchText(Model):
    """What a search of a product looks through: a table of short rows, which a search reads as a whole.

    `names` are as they are written, `spelled` is all that can be typed without a Chinese keyboard.
    """

    product = peewee.ForeignKeyField(Product, unique=True)
    names = peewee.TextField()
    spelled = peewee.TextField()


class SearchTexts(NamedTuple):
    """The two texts of a product."""

    names: str
    spelled: str


def build_texts(*, name: str, brand: str, keywords: str, numbers: Iterable[str]) -> SearchTexts:
    """Return what a search looks through: names as they are, in pinyin and by initials, and `numbers`.

    `keywords` are what staff add, such as another reading of a character.
    """
    readings = (_pinyin().lazy_pinyin(text) for text in (name, brand) if text)
    spelled = [part for reading in readings for part in ("".join(reading), _initials(reading))]
    return SearchTexts(_join((name, brand, keywords)), _join((*spelled, keywords, *numbers)))


def save_texts(product: Product, texts: SearchTexts) -> None:
    """Store what a search of a product looks through. Requires a transaction and the lock of the product."""
    row = ProductSearchText.find(product=product.id)
    if row is None:
        ProductSearchText.create(product=product, **texts._asdict())
    elif (row.names, row.spelled) != texts:
        row.update_fields(**texts._asdict())


def find_ids(text: str) -> list[int]:
    """Return the row ids of the products that a search finds: each word is a part of one of the product's texts."""
    query: Any = ProductSearchText.select(ProductSearchText.product)
    for word in normalize(text).split()[:MAX_WORDS]:
        # Every plain word of a name is in its pinyin too, so one text is enough: to read both takes twice as long.
        column = ProductSearchText.spelled if word.isascii() else ProductSearchText.names
        query = query.where(column.contains(word))
    # A common word finds thousands, which peewee would take longer to wrap than the database to find.
    return [product_id for (product_id,) in db.database.execute_sql(*query.sql()).fetchall()]


def normalize(text: str) -> str:
    """Return a text in lower case and with full-width letters and digits as plain ones."""
    return unicodedata.normalize("NFKC", text).lower()


def _join(texts: Iterable[str]) -> str:
    return "\n".join(dict.fromkeys(normalize(text) for text in texts if text))


def _initials(reading: list[str]) -> str:
    """Return the first letters of syllables; what has no pinyin, such as `500g`, stays whole."""
    return "".join(part[:1] if part.isalpha() and part.isascii() else part for part in reading)


@cache
def _pinyin() -> ModuleType:
    """Import the library where goods are saved: its dictionary costs each process 0.4 s and 30 MB."""
    import pypinyin

    return pypinyin
