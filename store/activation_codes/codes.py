"""Activation codes (激活码) of plastic cards: 6 digits, known to us as keyed hashes only, each used once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import peewee
from peewee import JOIN

from store.core import (
    actors,
    clock,
    encryption,
    errors,
    events,
    ids,
    input_limits,
    listing,
    numbers,
    rate_limits,
)
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.listing import Page
from store.customers import members
from store.customers.customers import Customer
from store.customers.members import Member
from store.physical_cards import cards, kinds
from store.physical_cards.cards import PhysicalCard
from store.physical_cards.kinds import PhysicalCardKind
from store.tenants import business_days

CODE_DIGITS = 6
MAX_TRIES, TRIES_WINDOW_S = 5, 3600  # for each card and for each address
STATES = {"open": "未使用", "used": "已使用"}


class ActivationBatch(Model):
    """One import of cards with their codes."""

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("acb_"))
    kind = peewee.ForeignKeyField(PhysicalCardKind)
    rows = peewee.IntegerField(constraints=[peewee.Check('"rows" > 0')])
    operator = peewee.CharField(max_length=100, default=lambda: actors.current().name)
    imported_at = UtcDateTimeField(default=clock.now)


class ActivationCode(Model):
    """The code of a card. `code_hash` is the keyed hash of number and code; the code itself is stored nowhere."""

    card = peewee.ForeignKeyField(PhysicalCard, backref="activation_codes", unique=True)
    batch = peewee.ForeignKeyField(ActivationBatch, backref="codes")
    code_hash = peewee.CharField(max_length=64)
    used_at = UtcDateTimeField(null=True)


_SORTS = {"imported_at": ActivationCode.id, "used_at": ActivationCode.used_at}


@dataclass(frozen=True)
class CodeFilter:
    """Which codes are listed. `search` is the number of a card. `since` and `until` are days of the import."""

    search: str = ""
    state: str | None = None
    kind: str | None = None
    since: date | None = None
    until: date | None = None


def hash_code(number: str, code: str) -> str:
    """Return the keyed hash of a code, which another card with the same code does not share."""
    return encryption.blind_index(f"{number}:{code}", purpose="activation-code")


def activate(*, member: Member, number: str, code: str, address: str) -> PhysicalCard:
    """Make a card of the stock the member's own by its number and code. Idempotent for the same member.

    Unknown numbers, wrong codes and used ones raise the same error. Five failed tries an hour for each card and for
    each address are counted before the code is checked. Raises RuntimeError inside a transaction, whose rollback would
    undo the count, and DomainError(activation_rejected, too_many, not_joined, card_exists, membership_closed).
    """
    db.ensure_outside_transaction()
    number = numbers.normalize(input_limits.check_line(number.strip(), field="number", max_length=40))
    subject = encryption.blind_index(number, purpose="activation-card")[:32]
    limits = (f"activation:card:{subject}", f"activation:address:{rate_limits.client_network(address)}")
    for name in limits:
        rate_limits.consume(
            name=name, limit=MAX_TRIES, window_s=TRIES_WINDOW_S, message="尝试次数过多，请一小时后再试"
        )
    card = use(member=member, number=number, code=code.strip())
    for name in limits:  # a shop's visitors share an address, and those who succeed guess nothing
        rate_limits.give_back(name=name, window_s=TRIES_WINDOW_S)
    return card


@db.transactional
def use(*, member: Member, number: str, code: str) -> PhysicalCard:
    """Use up a code. Call `activate`, which counts the try."""
    owner = members.lock(member.id)
    members.ensure_open(owner)
    card = PhysicalCard.find(number=number, lock=True)
    row = ActivationCode.find(card=card.id, lock=True) if card is not None else None
    if card is None or row is None or row.code_hash != hash_code(number, code):
        raise _rejected_error()
    if row.used_at is not None and card.member_id == owner.id:
        return card
    if row.used_at is not None or card.state != "stock" or card.kind.tier.programme_id != owner.programme_id:
        raise _rejected_error()
    cards.ensure_without_card(owner)
    _mark_used(row)
    cards.move(card, "active", member=owner.id, issued_at=clock.now())
    events.record(
        "physical_cards.activated", customer_id=owner.customer_id, member_id=owner.id, card=number[-4:]
    )
    return card


def list_page(criteria: CodeFilter, page: Page) -> tuple[list[ActivationCode], int]:
    """Return a page of codes with their cards, the latest import first, and how many there are.

    Raises DomainError(invalid, not_found).
    """
    return listing.read_page(
        _select(criteria), page, sorts=_SORTS, default="-imported_at", id_field=ActivationCode.id
    )


def iterate_codes(criteria: CodeFilter) -> Iterator[ActivationCode]:
    """Yield all codes with their cards, the latest import first."""
    return listing.iterate_rows(_select(criteria), id_field=ActivationCode.id)


def count_codes(criteria: CodeFilter) -> int:
    """Return the number of codes."""
    return int(_select(criteria).count())


def _mark_used(row: ActivationCode) -> None:
    """Use up the code of a row by one conditional update. Raises DomainError(activation_rejected)."""
    unused = (ActivationCode.id == row.id) & ActivationCode.used_at.is_null()
    if not ActivationCode.update(used_at=clock.now()).where(unused).execute():
        raise _rejected_error()


def _rejected_error() -> errors.DomainError:
    return errors.DomainError("activation_rejected", "卡号或激活码不正确，或已使用", 422, field="code")


def _select(criteria: CodeFilter) -> Any:
    query = ActivationCode.select(
        ActivationCode, ActivationBatch, PhysicalCard, PhysicalCardKind, Member, Customer
    )
    query = query.join(ActivationBatch).switch(ActivationCode).join(PhysicalCard).join(PhysicalCardKind)
    query = query.switch(PhysicalCard).join(Member, JOIN.LEFT_OUTER).join(Customer, JOIN.LEFT_OUTER)
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: CodeFilter) -> Iterator[Any]:
    if criteria.state is not None and criteria.state not in STATES:
        raise errors.invalid("state", "不认识的状态")
    if criteria.search.strip():
        yield PhysicalCard.number == numbers.normalize(criteria.search.strip())
    if criteria.state is not None:
        yield ActivationCode.used_at.is_null(criteria.state == "open")
    if criteria.kind is not None:
        yield PhysicalCard.kind == kinds.get_by_code(criteria.kind).id
    if criteria.since is not None:
        yield ActivationBatch.imported_at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield ActivationBatch.imported_at < business_days.end_of(criteria.until)
