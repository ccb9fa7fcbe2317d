"""Parts of names: keyed hashes of two neighbouring characters, by which an encrypted name is found by a part of it.

A hash is cut to 16 bits, so that many pairs of characters share one and a row alone says little about a name. What the
hashes find is compared with the decrypted names. See decision 18.
"""

import unicodedata
from collections.abc import Iterator
from typing import Any

import peewee

from store.core import encryption
from store.core.database import db
from store.core.database.models import Model
from store.customers.customers import Customer
from store.customers.merging import rules as merge_rules

PART_LENGTH = 2
MAX_PARTS_OF_SEARCH = 8  # more make a statement longer and the result hardly smaller
_HASH_DIGITS = 4


class NamePart(Model):
    """One hash of the name or the nickname of a customer."""

    customer = peewee.ForeignKeyField(Customer, index=False)
    part_hash = peewee.IntegerField()

    class Meta:
        indexes = ((("customer", "part_hash"), True), (("part_hash", "customer"), False))


merge_rules.register_rule(NamePart.customer, merge_rules.keep_rows)  # the duplicate's row keeps its name


def normalize(name: str) -> str:
    """Return a name as it is compared: one width, without case."""
    return unicodedata.normalize("NFKC", name).casefold()


@db.transactional
def refresh(customer_ids: list[int]) -> None:
    """Write the parts of the present names and nicknames of customers. Idempotent."""
    for customer in Customer.select().where(Customer.id.in_(customer_ids)):
        wanted = _hashes_of(customer.name) | _hashes_of(customer.nickname)
        mine = NamePart.select().where(NamePart.customer == customer.id)
        held = {row.part_hash: row.id for row in mine}
        gone = [row_id for part_hash, row_id in held.items() if part_hash not in wanted]
        if gone:
            NamePart.delete().where(NamePart.id.in_(gone)).execute()
        added = [{"customer": customer.id, "part_hash": one} for one in sorted(wanted - held.keys())]
        if added:
            NamePart.insert_many(added).execute()


def is_searchable(text: str) -> bool:
    """Return whether a text is long enough to be searched for as a part of a name."""
    return len(_compact(text)) >= PART_LENGTH


def list_conditions(column: Any, text: str) -> Iterator[Any]:
    """Yield the conditions that a customer's name or nickname may contain a text. `matches` says whether it does."""
    for part_hash in sorted(_hashes_of(text))[:MAX_PARTS_OF_SEARCH]:
        yield column.in_(NamePart.select(NamePart.customer).where(NamePart.part_hash == part_hash))


def matches(customer: Customer, text: str) -> bool:
    """Return whether the name or the nickname of a customer contains a text."""
    part = _compact(text)
    return any(part in _compact(name) for name in (customer.name, customer.nickname) if name)


def _compact(text: str) -> str:
    return "".join(normalize(text).split())


def _hashes_of(name: str | None) -> set[int]:
    text = _compact(name or "")
    return {
        int(
            encryption.blind_index(text[at : at + PART_LENGTH], purpose="customer.name_part")[:_HASH_DIGITS],
            16,
        )
        for at in range(len(text) - PART_LENGTH + 1)
    }
