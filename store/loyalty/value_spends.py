"""A purchase with stored value (储值消费): principal and bonus taken by the rule, given back as they were.

An order holds the value first, then commits or releases it; a till spends at once.
"""

from collections.abc import Callable
from typing import Any

import peewee
from peewee import fn

from store.company import calendar, settings
from store.kernel import bounds, clock, db, events, money, refusals
from store.kernel.fields import Day, Moment
from store.kernel.records import Record
from store.loyalty import stored_values, value_ledger, value_proofs
from store.loyalty.stored_values import StoredValueRules
from store.loyalty.value_ledger import ValueAccount, ValueEntry
from store.loyalty.value_proofs import Proof
from store.people import members
from store.people.members import Member

MOVES = {"held": {"committed", "released"}, "committed": set(), "released": set()}


class ValueSpend(Record):
    """`key` is the natural key of the payment, such as `order:1001:value`; `day` is the business day.

    `proof` tells how the member agreed, and `manager_id` which store manager did in their place.
    """

    key = peewee.CharField(max_length=100, unique=True)
    member = peewee.ForeignKeyField(Member, backref="value_spends", index=False)
    day = Day(default=calendar.today)
    amount_fen = peewee.BigIntegerField(constraints=[peewee.Check("amount_fen > 0")])
    principal_fen = peewee.BigIntegerField(constraints=[peewee.Check("principal_fen >= 0")])
    bonus_fen = peewee.BigIntegerField(constraints=[peewee.Check("bonus_fen >= 0")])
    refunded_fen = peewee.BigIntegerField(default=0)
    state = peewee.CharField(max_length=10, constraints=[peewee.Check(f"state IN {tuple(MOVES)}")])
    proof = peewee.CharField(max_length=20, default="")
    manager_id = peewee.BigIntegerField(null=True)
    order_number = peewee.CharField(max_length=64, null=True)
    shop_id = peewee.BigIntegerField(null=True)
    at = Moment(default=clock.now)

    class Meta:
        constraints = [
            peewee.Check("principal_fen + bonus_fen = amount_fen"),
            peewee.Check("refunded_fen >= 0 AND refunded_fen <= amount_fen"),
            peewee.Check("refunded_fen = 0 OR state = 'committed'"),
        ]
        indexes = ((("member", "day"), False),)


@db.verb
def spend(
    *,
    member: Member,
    amount_fen: int,
    key: str,
    proof: Proof | None = None,
    order_number: str | None = None,
    shop_id: int | None = None,
) -> ValueSpend:
    """Take an amount off the account for good; the same `key` again returns the first purchase.

    Refuses what is frozen, short, beyond the limits, or without the proof that is required.
    """
    return _take("committed", member, amount_fen, key, proof, order_number, shop_id)


def spend_proved(
    *, member: Member, amount_fen: int, key: str, prove: Callable[[], Proof | None], **about: Any
) -> ValueSpend:
    """`spend`, asking for the proof only when the key is new: a repeat needs none and costs no try.

    `prove` runs outside the purchase's transaction. Where it fails the key is looked for once more: a copy
    of this call may have used the same code in between, and both get the one purchase.
    """
    before = _made(member, key, amount_fen)
    if before is not None:
        return before
    try:
        proof = prove()
    except refusals.Refused:
        before = _made(member, key, amount_fen)
        if before is None:
            raise
        return before
    return spend(member=member, amount_fen=amount_fen, key=key, proof=proof, **about)


@db.verb
def hold(
    *,
    member: Member,
    amount_fen: int,
    key: str,
    proof: Proof | None = None,
    order_number: str | None = None,
    shop_id: int | None = None,
) -> ValueSpend:
    """Set an amount aside for an order, under the same conditions as `spend`."""
    return _take("held", member, amount_fen, key, proof, order_number, shop_id)


@db.verb
def commit(*, key: str) -> ValueSpend:
    """Let a held amount go to sales; committed twice it is the same. Refuses one that was released."""
    row, account = _locked(key)
    if row.state == "committed":
        return row
    _move(row, "committed")
    _post(row, account, "committed", {"held": -row.amount_fen, "sales": row.amount_fen})
    _record("value_spends.spent", row, row.amount_fen)
    return row


@db.verb
def release(*, key: str) -> ValueSpend:
    """Put a held amount back as it was taken; released twice it is the same. Refuses one that is spent."""
    row, account = _locked(key)
    if row.state == "released":
        return row
    _move(row, "released")
    back = {"held": -row.amount_fen, "principal": row.principal_fen, "bonus": row.bonus_fen}
    _post(row, account, "released", back)
    return row


@db.verb
def refund(*, key: str, amount_fen: int, refund_key: str, reason: str = "") -> ValueSpend:
    """Put a part of a purchase back onto the same account, principal and bonus as they were taken.

    `refund_key` is the natural key of the return; the same one again changes nothing. Into a frozen
    account value may return. Refuses more than was spent, and with `value_full` what the account's limit
    has no room for.
    """
    row, account = _locked(key)
    entry_key = f"value-refund:{bounds.key(refund_key, field='refund_key')}"
    if _refunded(row, entry_key, amount_fen):
        return row
    left_fen = row.amount_fen - row.refunded_fen if row.state == "committed" else 0
    if not 0 < amount_fen <= left_fen:
        raise refusals.Refused("value_refund_over", "退款金额超过可退金额", 409, left_fen=left_fen)
    stored_values.refuse_over(account, amount_fen, account.limit_fen - account.total_fen)
    after_fen = row.refunded_fen + amount_fen
    bonus_fen = bonus_share(row, after_fen) - bonus_share(row, row.refunded_fen)
    moves = {"sales": -amount_fen, "principal": amount_fen - bonus_fen, "bonus": bonus_fen}
    _post(row, account, "spend_refunded", moves, key=entry_key, reason=reason[:200])
    row.put(refunded_fen=after_fen)
    _record("value_spends.refunded", row, amount_fen)
    return row


def of(member: Member) -> "peewee.ModelSelect[ValueSpend]":
    """The member's purchases; the way to reach one is through whose it is."""
    return ValueSpend.select().where(ValueSpend.member == member)


def spent_today(member: Member) -> int:
    """What the member has spent or holds of the running business day, less what came back."""
    query = ValueSpend.select(fn.COALESCE(fn.SUM(ValueSpend.amount_fen - ValueSpend.refunded_fen), 0))
    todays = (ValueSpend.member == member.id) & (ValueSpend.day == calendar.today())
    return int(query.where(todays & (ValueSpend.state != "released")).scalar())


def split(*, principal_fen: int, bonus_fen: int, amount_fen: int, take: str) -> tuple[int, int]:
    """How an amount that the account has is taken of (principal, bonus); a share's odd fen is principal."""
    if take == "bonus_first":
        bonus = min(bonus_fen, amount_fen)
    elif take == "principal_first":
        bonus = amount_fen - min(principal_fen, amount_fen)
    else:
        bonus = amount_fen * bonus_fen // (principal_fen + bonus_fen)
    return amount_fen - bonus, bonus


def bonus_share(row: ValueSpend, refunded_fen: int) -> int:
    """The bonus that is back once so much is refunded; counted from the start, so that parts add up."""
    return int(row.bonus_fen * refunded_fen // row.amount_fen)


def _take(
    state: str,
    member: Member,
    amount_fen: int,
    key: str,
    proof: Proof | None,
    order_number: str | None,
    shop_id: int | None,
) -> ValueSpend:
    bounds.key(key)
    bounds.line(order_number or "", field="order_number", longest=64)
    if not isinstance(amount_fen, int) or amount_fen <= 0:
        raise refusals.invalid("amount_fen", "金额应大于 0")
    account = stored_values.locked(member)
    before = _taken(account.member_id, key, amount_fen, state)
    if before is not None:
        return before
    _refuse(account, amount_fen)
    owner = Member.get_by_id(account.member_id)
    value_proofs.spend(proof, member=owner, amount_fen=amount_fen)
    principal, bonus = split(
        principal_fen=account.principal_fen, bonus_fen=account.bonus_fen, amount_fen=amount_fen,
        take=settings.read(StoredValueRules).take,
    )  # fmt: skip
    row = ValueSpend.create(
        key=key, member=owner, amount_fen=amount_fen, principal_fen=principal, bonus_fen=bonus, state=state,
        proof=proof.kind if proof else "", manager_id=proof.manager_id if proof else None,
        order_number=order_number, shop_id=shop_id,
    )  # fmt: skip
    moves = {"principal": -principal, "bonus": -bonus, "held" if state == "held" else "sales": amount_fen}
    _post(row, account, "held" if state == "held" else "spent", moves)
    if state == "committed":
        _record("value_spends.spent", row, amount_fen)
    return row


def _made(member: Member, key: str, amount_fen: int) -> ValueSpend | None:
    bounds.key(key)
    return _taken(members.survivor(Member.get_by_id(member.id)).id, key, amount_fen, "committed")


def _taken(member_id: int, key: str, amount_fen: int, state: str) -> ValueSpend | None:
    """The purchase that this key made; the same key for another one, or after a release, is refused."""
    found = ValueSpend.find(key=key)
    if found is None:
        return None
    if (found.member_id, found.amount_fen) != (member_id, amount_fen):
        raise refusals.Refused("key_reused", "该业务编号已用于另一笔消费", 422, key=key)
    if found.state == "released" or (state, found.state) == ("committed", "held"):
        raise refusals.Refused("value_spend_state", "该笔储值支付状态不符", 409, state=found.state)
    return found


def _refuse(account: ValueAccount, amount_fen: int) -> None:
    stored_values.refuse_frozen(account)
    if amount_fen > account.available_fen:
        sentence = f"储值余额不足，当前余额 {money.yuan(account.available_fen)} 元"
        raise refusals.Refused("value_short", sentence, 409, available_fen=account.available_fen)
    rules = settings.read(StoredValueRules)
    if rules.per_purchase_fen and amount_fen > rules.per_purchase_fen:
        sentence = f"单笔储值消费不能超过 {money.yuan(rules.per_purchase_fen)} 元"
        raise refusals.Refused("value_purchase_limit", sentence, 409, most_fen=rules.per_purchase_fen)
    if rules.per_day_fen:
        _refuse_beyond_day(account, amount_fen, rules.per_day_fen)


def _refuse_beyond_day(account: ValueAccount, amount_fen: int, most_fen: int) -> None:
    left_fen = max(0, most_fen - spent_today(Member.get_by_id(account.member_id)))
    if amount_fen > left_fen:
        sentence = f"超过每日储值消费限额，今天还可消费 {money.yuan(left_fen)} 元"
        raise refusals.Refused("value_day_limit", sentence, 409, left_fen=left_fen)


def _locked(key: str) -> tuple[ValueSpend, ValueAccount]:
    if ValueSpend.find(key=key) is None:
        raise refusals.not_found("该笔储值消费")
    row = members.locked_with(lambda: ValueSpend.get(ValueSpend.key == key))
    return row, stored_values.locked(Member.get_by_id(row.member_id))


def _move(row: ValueSpend, state: str) -> None:
    if state not in MOVES[row.state]:
        raise refusals.Refused("value_spend_state", "该笔储值支付状态不符", 409, state=row.state)
    row.put(state=state)


def _refunded(row: ValueSpend, entry_key: str, amount_fen: int) -> bool:
    """Whether this return was booked before; the same key for another one is refused."""
    found = ValueEntry.find(key=entry_key)
    if found is not None and (found.subject, -found.sales_fen) != (f"value_spend:{row.id}", amount_fen):
        raise refusals.Refused("key_reused", "该业务编号已用于另一笔退款", 422)
    return found is not None


def _post(
    row: ValueSpend,
    account: ValueAccount,
    kind: str,
    moves: dict[str, int],
    *,
    key: str = "",
    reason: str = "",
) -> None:
    value_ledger.post(
        account, moves, kind=kind, key=key or f"value-spend:{row.key}:{kind}", subject=f"value_spend:{row.id}",
        order_number=row.order_number, shop_id=row.shop_id, reason=reason,
    )  # fmt: skip


def _record(kind: str, row: ValueSpend, amount_fen: int) -> None:
    member = Member.get_by_id(row.member_id)
    events.record(
        kind, customer_id=member.customer_id, member_id=member.id, shop_id=row.shop_id, key=row.key,
        amount_fen=amount_fen, order_number=row.order_number,
    )  # fmt: skip
