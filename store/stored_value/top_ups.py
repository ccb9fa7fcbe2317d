"""Top-ups (充值): requested with a fixed bonus, then paid once, or closed."""

from datetime import timedelta
from typing import Any

import peewee

from store.core import actors, clock, errors, events, ids, input_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import members
from store.customers.members import Member
from store.stored_value import accounts, top_up_rules
from store.stored_value.ledger import StoredValueAccount
from store.stored_value.top_up_rules import BonusOffer, TopUpRule

TRANSITIONS = {
    "requested": {"paid", "closed"},
    "closed": {"paid"},  # the payment may be on its way when the top-up is closed
    "paid": set(),
}
PAYMENT_TIMEOUT_MINUTES = 30
MAX_AMOUNT_FEN = 500_000


class TopUp(Model):
    """`principal_fen` is paid, `bonus_fen` is added. `refunded_fen` is the refunded principal.

    `kind` is the payment kind and `attempt_number` the payment attempt that paid it, both empty until then.
    `single_use_key` is set if the rule can be used once by a member.
    """

    number = peewee.CharField(max_length=32, unique=True, default=lambda: ids.public_id("tu_"))
    member = peewee.ForeignKeyField(Member, backref="top_ups")
    kind = peewee.CharField(max_length=30, null=True)
    key = peewee.CharField(max_length=100, unique=True)
    principal_fen = peewee.BigIntegerField(constraints=[peewee.Check("principal_fen > 0")])
    bonus_fen = peewee.BigIntegerField(default=0, constraints=[peewee.Check("bonus_fen >= 0")])
    refunded_fen = peewee.BigIntegerField(default=0)
    rule = peewee.ForeignKeyField(TopUpRule, null=True)
    single_use_key = peewee.CharField(max_length=60, unique=True, null=True)
    state = peewee.CharField(
        max_length=10, default="requested", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    attempt_number = peewee.CharField(max_length=32, unique=True, null=True)
    operator = peewee.CharField(max_length=100)
    shop_id = peewee.BigIntegerField(null=True)
    requested_at = UtcDateTimeField(default=clock.now)
    paid_at = UtcDateTimeField(null=True)

    class Meta:
        constraints = [
            peewee.Check("refunded_fen >= 0 AND refunded_fen <= principal_fen"),
            peewee.Check("(state = 'paid') = (kind IS NOT NULL AND attempt_number IS NOT NULL)"),
        ]
        indexes = ((("state", "requested_at"), False),)


@db.transactional
def request(*, member: Member, amount_fen: int, key: str, shop_id: int | None = None) -> TopUp:
    """Request a top-up, which fixes amount and bonus, whatever kind of payment pays it. Idempotent by `key`.

    Raises DomainError if the headroom of the account does not suffice.
    """
    if not isinstance(amount_fen, int) or not 0 < amount_fen <= MAX_AMOUNT_FEN:
        raise errors.invalid("amount_fen", f"充值金额应为 0.01 到 {MAX_AMOUNT_FEN // 100} 元")
    account = accounts.lock_for_member(member)
    before = _find_existing(account, key, amount_fen)
    if before is not None:
        return before
    members.ensure_open(Member.get_by_id(account.member_id))
    accounts.ensure_not_frozen(account)
    offer = _best_offer(account.member_id, amount_fen)
    headroom_fen = accounts.headroom_for_top_up(account)
    accounts.ensure_headroom(account, amount_fen + offer.bonus_fen, headroom_fen)
    top_up = TopUp.create(
        member=account.member_id, key=key, principal_fen=amount_fen,
        bonus_fen=offer.bonus_fen, rule=offer.rule, shop_id=shop_id, operator=actors.current().name,
    )  # fmt: skip
    record_event("top_ups.requested", top_up)
    return top_up


def quote_bonus(*, member: Member, amount_fen: int) -> BonusOffer:
    """Return the bonus that a top-up would bring if it were requested now."""
    return _best_offer(member.id, amount_fen)


@db.transactional
def close_unpaid() -> int:
    """Close the top-ups that stay unpaid for half an hour and return their number. A late payment still counts."""
    late = clock.now() - timedelta(minutes=PAYMENT_TIMEOUT_MINUTES)
    unpaid = (TopUp.state == "requested") & (TopUp.requested_at < late)
    return TopUp.update(state="closed").where(unpaid).execute()


def select_for_member(member: Member) -> "peewee.ModelSelect[TopUp]":
    """Return the query of a member's top-ups."""
    return TopUp.select().where(TopUp.member == member)


def get_by_number(number: str) -> TopUp:
    """Return the top-up of a number. Raises DomainError(not_found)."""
    found = TopUp.find(number=number)
    if found is None:
        raise errors.not_found("该充值单")
    return found


def get_own(member: Member, number: str) -> TopUp:
    """Return the top-up of a member. Raises DomainError(not_found)."""
    found = TopUp.find(member=member.id, number=number)
    if found is None:
        raise errors.not_found("该充值单")
    return found


def lock_with_account(number: str) -> tuple[TopUp, StoredValueAccount]:
    """Lock a top-up and its account. Raises DomainError(not_found)."""
    get_by_number(number)
    top_up = members.lock_row_with_member(lambda: TopUp.get(TopUp.number == number))
    return top_up, accounts.lock_for_member(Member.get_by_id(top_up.member_id))


def transition(top_up: TopUp, state: str, **values: Any) -> None:
    """Move a locked top-up to its next state, and set columns that belong to it."""
    assert state in TRANSITIONS[top_up.state], f"{top_up.state} → {state}"
    top_up.update_fields(state=state, **values)


def uses_single_use_rule(top_up: TopUp) -> bool:
    """Return whether the bonus comes from a rule that a member can use once."""
    return top_up.rule is not None and bool(top_up.rule.single_use)


def single_use_key(top_up: TopUp) -> str:
    """Return the unique key of a member's use of a single-use rule."""
    return f"{top_up.rule_id}:{top_up.member_id}"


def used_rule_ids(member_id: int) -> set[int]:
    """Return the rules whose bonus the member has received, also in a merged account."""
    used = (TopUp.member == member_id) & (TopUp.state == "paid") & TopUp.rule.is_null(False)
    return {row.rule_id for row in TopUp.select(TopUp.rule).where(used).distinct()}


def record_event(kind: str, top_up: TopUp, **properties: Any) -> None:
    """Record an event of a top-up in the member's timeline."""
    member = members.survivor(Member.get_by_id(top_up.member_id))
    events.record(
        kind, customer_id=member.customer_id, member_id=member.id, shop_id=top_up.shop_id,
        number=top_up.number, payment_kind=top_up.kind, principal_fen=top_up.principal_fen,
        bonus_fen=top_up.bonus_fen, **properties,
    )  # fmt: skip


def _best_offer(member_id: int, amount_fen: int) -> BonusOffer:
    return top_up_rules.best_bonus(amount_fen=amount_fen, used_rule_ids=used_rule_ids(member_id))


def _find_existing(account: StoredValueAccount, key: str, amount_fen: int) -> TopUp | None:
    """Return the earlier top-up of a key. Raises DomainError if it differs."""
    input_limits.check_key(key)
    found = TopUp.find(key=key)
    same = (account.member_id, amount_fen)
    if found is not None and (found.member_id, found.principal_fen) != same:
        raise errors.DomainError("key_reused", "该业务编号已用于另一笔充值", 422, key=key)
    return found
