"""Plastic cards (实体卡): their numbers, whose they are, and which number a till accepts."""

import peewee

from store.core import clock, errors, events, input_limits, numbers
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import members, phones
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.physical_cards import kinds
from store.physical_cards.kinds import PhysicalCardKind
from store.tenants import audit

LABELS = {"stock": "未激活", "mailed": "邮寄中", "active": "正常", "lost": "已挂失", "replaced": "已换卡"}
TRANSITIONS = {
    "stock": {"active", "mailed"},
    "mailed": {"active", "lost", "replaced"},
    "active": {"lost", "replaced"},
    "lost": {"active", "replaced"},
    "replaced": set(),
}
MIN_DIGITS, MOBILE_DIGITS = 6, 11
CURRENT = ("mailed", "active", "lost")  # of a member who has the card


class PhysicalCard(Model):
    """A plastic card. One in `stock` has no member yet, a `mailed` one waits for its receipt.

    `replaces` is the card that this one took the place of: a card is replaced once. `was_lost` says of a replaced card
    that it had been reported lost, so its number stays blocked; another one leads to the new card.
    """

    number = peewee.CharField(max_length=numbers.MAX_CARD_DIGITS, unique=True)
    kind = peewee.ForeignKeyField(PhysicalCardKind, backref="cards")
    member = peewee.ForeignKeyField(Member, backref="physical_cards", null=True)
    state = peewee.CharField(max_length=10, constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")])
    replaces = peewee.ForeignKeyField("self", null=True, unique=True)
    was_lost = peewee.BooleanField(default=False)
    key = peewee.CharField(max_length=input_limits.MAX_KEY_LENGTH, null=True, unique=True)
    created_at = UtcDateTimeField(default=clock.now)
    issued_at = UtcDateTimeField(null=True)
    lost_at = UtcDateTimeField(null=True)
    replaced_at = UtcDateTimeField(null=True)

    class Meta:
        constraints = [peewee.Check("(state = 'stock') = (member_id IS NULL)")]


merge_rules.register_rule(PhysicalCard.member)


def find_by_number(number: str) -> PhysicalCard | None:
    """Return the card of a number, or None."""
    return PhysicalCard.find(number=numbers.normalize(number))


def get_own(member: Member, number: str) -> PhysicalCard:
    """Return a card of the member. Raises DomainError(not_found)."""
    found = PhysicalCard.find(number=numbers.normalize(number), member=member.id)
    if found is None:
        raise errors.not_found("该会员的这张实体卡")
    return found


def list_own(member: Member) -> list[PhysicalCard]:
    """Return the cards of a member, the latest first."""
    query = PhysicalCard.select(PhysicalCard, PhysicalCardKind).join(PhysicalCardKind)
    return list(query.where(PhysicalCard.member == member.id).order_by(PhysicalCard.id.desc()))


def find_current(member: Member) -> PhysicalCard | None:
    """Return the latest card of a member that is not replaced, or None."""
    return next((card for card in list_own(member) if card.state in CURRENT), None)


def find_member(number: str, include_blocked: bool) -> Member | None:
    """Return the member of a plastic card's number, or None.

    Raises DomainError(card_lost, card_not_received) for a number that does not count, unless `include_blocked`.
    """
    card = PhysicalCard.find(number=number)
    if card is None or card.member_id is None:
        return None
    if not include_blocked:
        _ensure_usable(card)
    return Member.get_by_id(card.member_id)


@db.transactional
def bind(*, member: Member, kind: PhysicalCardKind, key: str, number: str | None = None) -> PhysicalCard:
    """Give a member at the desk a plastic card, of a new number unless one is given. Idempotent by `key`.

    Raises DomainError(card_exists, card_number_taken, card_kind_inactive, not_joined, membership_closed, invalid).
    """
    owner = members.lock(member.id)
    found = _find_existing(key, owner)
    if found is not None:
        return found
    ensure_without_card(owner)
    card = issue(member=owner, kind=kind, number=number, key=key, state="active")
    events.record(
        "physical_cards.bound", customer_id=owner.customer_id, member_id=owner.id, card=card.number[-4:]
    )
    audit.record(
        "physical_cards.bind", f"member:{owner.public_id}", after={"card": mask(card), "kind": kind.code}
    )
    return card


@db.transactional
def issue(
    *,
    member: Member,
    kind: PhysicalCardKind,
    number: str | None,
    key: str,
    state: str,
    replaces: PhysicalCard | None = None,
) -> PhysicalCard:
    """Issue a card to a member, one of the stock if its number is given. Requires the member's lock.

    Raises DomainError(card_number_taken, card_replaced, invalid) and what `kinds.ensure_fits` raises.
    """
    members.ensure_open(member)
    if replaces is not None and PhysicalCard.find(replaces=replaces.id) is not None:
        raise replaced_error()
    kinds.ensure_fits(kind, member)
    values = {
        "member": member.id, "kind": kind.id, "state": state, "issued_at": clock.now(),
        "key": input_limits.check_key(key), "replaces": replaces.id if replaces else None,
    }  # fmt: skip
    chosen = numbers.generate("card") if number is None else check_number(number, is_confirmed=True)
    db.advisory_lock(f"physical_card:{chosen}")
    found = PhysicalCard.find(number=chosen, lock=True)
    if found is None:
        _ensure_no_account(chosen)
        return PhysicalCard.create(number=chosen, **values)
    if found.state != "stock":
        raise number_taken_error()
    if found.kind_id != kind.id:
        raise errors.invalid("number", f"该卡是{found.kind.name}，与所选卡种不符")
    found.update_fields(**values)
    return found


def check_number(text: str, *, is_confirmed: bool) -> str:
    """Return the normalized number of a plastic card. Raises DomainError(invalid, ambiguous_number).

    A number that a scanner would take for something else is rejected unless `is_confirmed`. One that is written like
    a mobile phone is always rejected: the search for that phone would find the card's member.
    """
    number = numbers.check_card_number(text, kind="card" if is_confirmed else None)
    if len(number) < MIN_DIGITS:
        raise errors.invalid("number", f"卡号不能少于 {MIN_DIGITS} 位")
    if len(number) == MOBILE_DIGITS and phones.find_normalized(number) is not None:
        raise errors.invalid("number", "该号码是手机号，不能用作卡号")
    return number


def ensure_without_card(member: Member) -> None:
    """Raise DomainError(not_joined, card_exists) if the member cannot get a first card. Requires the member's lock."""
    if member.joined_at is None:
        raise errors.DomainError("not_joined", "请先注册会员", 409)
    if (
        PhysicalCard.select()
        .where((PhysicalCard.member == member.id) & PhysicalCard.state.in_(CURRENT))
        .exists()
    ):
        raise errors.DomainError("card_exists", "该会员已有实体卡，请办理补卡或升级", 409)


def move(card: PhysicalCard, state: str, **columns: object) -> None:
    """Move a card to another state. Requires the member's lock. Raises DomainError(card_state)."""
    if state not in TRANSITIONS[card.state]:
        raise errors.DomainError("card_state", f"该卡{LABELS[card.state]}，不能办理", 409)
    card.update_fields(state=state, **columns)


def mask(card: PhysicalCard) -> str:
    """Return the end of a card's number for logs and messages."""
    return f"尾号 {card.number[-4:]}"


def number_taken_error() -> errors.DomainError:
    """Return the error of a number that another card has."""
    return errors.DomainError("card_number_taken", "该卡号已被使用", 409, field="number")


def replaced_error() -> errors.DomainError:
    """Return the error of a card that another one has replaced."""
    return errors.DomainError("card_replaced", "该卡已补换过", 409)


def _find_existing(key: str, owner: Member) -> PhysicalCard | None:
    found = PhysicalCard.find(key=key)
    if found is not None and found.member_id != owner.id:
        raise errors.DomainError("key_reused", "该业务编号已用于另一张卡", 422, key=key)
    return found


def _ensure_usable(card: PhysicalCard) -> None:
    """Raise DomainError(card_lost, card_not_received) for a number that a till rejects."""
    if card.state == "lost" or card.was_lost:
        raise errors.DomainError("card_lost", "该卡已挂失，请到服务台办理", 409)
    if card.state == "mailed":
        raise errors.DomainError("card_not_received", "该卡尚未确认收到，请在会员中心确认", 409)


def _ensure_no_account(number: str) -> None:
    if Member.find(card_number=number) is not None:
        raise number_taken_error()


members.register_number_search(find_member)
