"""Payments with stored value as rows (储值消费): the table, what an account can spend, and entries of the ledger."""

import peewee
from peewee import fn

from store.core import clock, errors, events, input_limits, money
from store.core.database.fields import DateField, UtcDateTimeField
from store.core.database.models import Model
from store.customers import members
from store.customers.members import Member
from store.stored_value import accounts, authorization, ledger
from store.stored_value.accounts import StoredValueSettings
from store.stored_value.authorization import PaymentAuthorization
from store.stored_value.ledger import StoredValueAccount
from store.tenants import business_days, settings

TRANSITIONS = {"held": {"committed", "released"}, "committed": set(), "released": set()}


class StoredValuePayment(Model):
    """`key` is the natural key of the payment, `payment:<order>:<n>` for the n-th hold of an order.

    An order has one payment that is not released. `day` is the business day.

    `authorized_by` is the kind of the authorization. `manager_id` is the shop manager who authorized it, if any.
    """

    key = peewee.CharField(max_length=100, unique=True)
    member = peewee.ForeignKeyField(Member, backref="stored_value_payments", index=False)
    day = DateField(default=business_days.today)
    amount_fen = peewee.BigIntegerField(constraints=[peewee.Check("amount_fen > 0")])
    principal_fen = peewee.BigIntegerField(constraints=[peewee.Check("principal_fen >= 0")])
    bonus_fen = peewee.BigIntegerField(constraints=[peewee.Check("bonus_fen >= 0")])
    refunded_fen = peewee.BigIntegerField(default=0)
    state = peewee.CharField(max_length=10, constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")])
    authorized_by = peewee.CharField(max_length=20, default="")
    manager_id = peewee.BigIntegerField(null=True)
    order_number = peewee.CharField(max_length=64, null=True)
    shop_id = peewee.BigIntegerField(null=True)
    created_at = UtcDateTimeField(default=clock.now)

    class Meta:
        constraints = [
            peewee.Check("principal_fen + bonus_fen = amount_fen"),
            peewee.Check("refunded_fen >= 0 AND refunded_fen <= amount_fen"),
            peewee.Check("refunded_fen = 0 OR state = 'committed'"),
        ]
        indexes = ((("member", "day"), False), (("order_number",), False))


StoredValuePayment.add_index(
    StoredValuePayment.index(
        StoredValuePayment.order_number, unique=True, name="stored_value_payment_live"
    ).where(peewee.SQL("state IN ('held', 'committed') AND order_number IS NOT NULL"))
)


def find_live(order_number: str) -> StoredValuePayment | None:
    """Return what an order holds or has spent, or None."""
    live = (StoredValuePayment.order_number == order_number) & (StoredValuePayment.state != "released")
    return StoredValuePayment.select().where(live).order_by(StoredValuePayment.id).first()


def select_for_member(member: Member) -> "peewee.ModelSelect[StoredValuePayment]":
    """Return the query of a member's payments."""
    return StoredValuePayment.select().where(StoredValuePayment.member == member)


def spent_today(member: Member) -> int:
    """Return what the member spent or holds on the current business day, less refunds."""
    query = StoredValuePayment.select(
        fn.COALESCE(fn.SUM(StoredValuePayment.amount_fen - StoredValuePayment.refunded_fen), 0)
    )
    todays = (StoredValuePayment.member == member.id) & (StoredValuePayment.day == business_days.today())
    return int(query.where(todays & (StoredValuePayment.state != "released")).scalar())


def split_principal_and_bonus(
    *, principal_fen: int, bonus_fen: int, amount_fen: int, deduction_order: str
) -> tuple[int, int]:
    """Split an available amount into principal and bonus. A proportional split rounds the bonus down."""
    if deduction_order == "bonus_first":
        bonus = min(bonus_fen, amount_fen)
    elif deduction_order == "principal_first":
        bonus = amount_fen - min(principal_fen, amount_fen)
    else:
        bonus = amount_fen * bonus_fen // (principal_fen + bonus_fen)
    return amount_fen - bonus, bonus


def bonus_share(row: StoredValuePayment, refunded_fen: int) -> int:
    """Return the bonus that `refunded_fen` contains. It is computed from the total, so that parts add up."""
    return int(row.bonus_fen * refunded_fen // row.amount_fen)


def create(
    state: str, member: Member, amount_fen: int, key: str, payment_authorization: PaymentAuthorization | None,
    order_number: str | None, shop_id: int | None,
) -> StoredValuePayment:  # fmt: skip
    input_limits.check_key(key)
    input_limits.check_line(order_number or "", field="order_number", max_length=64)
    if not isinstance(amount_fen, int) or amount_fen <= 0:
        raise errors.invalid("amount_fen", "金额应大于 0")
    account = accounts.lock_for_member(member)
    before = find_existing(account.member_id, key, amount_fen, state)
    if before is not None:
        return before
    ensure_spendable(account, amount_fen)
    owner = Member.get_by_id(account.member_id)
    members.ensure_can_spend(owner)
    authorization.consume(payment_authorization, member=owner, amount_fen=amount_fen, key=key)
    principal, bonus = split_principal_and_bonus(
        principal_fen=account.principal_fen, bonus_fen=account.bonus_fen, amount_fen=amount_fen,
        deduction_order=settings.read(StoredValueSettings).deduction_order,
    )  # fmt: skip
    row = StoredValuePayment.create(
        key=key, member=owner, amount_fen=amount_fen, principal_fen=principal, bonus_fen=bonus, state=state,
        authorized_by=payment_authorization.kind if payment_authorization else "",
        manager_id=payment_authorization.manager_id if payment_authorization else None,
        order_number=order_number, shop_id=shop_id,
    )  # fmt: skip
    moves = {"principal": -principal, "bonus": -bonus, "held" if state == "held" else "sales": amount_fen}
    post_entry(row, account, "held" if state == "held" else "spent", moves)
    if state == "committed":
        record_event("stored_value.spent", row, amount_fen)
    return row


def find_existing(member_id: int, key: str, amount_fen: int, state: str) -> StoredValuePayment | None:
    """Return the earlier payment of a key. Raises DomainError if it differs or was released."""
    found = StoredValuePayment.find(key=key)
    if found is None:
        return None
    if (found.member_id, found.amount_fen) != (member_id, amount_fen):
        raise errors.DomainError("key_reused", "该业务编号已用于另一笔消费", 422, key=key)
    if found.state == "released" or (state, found.state) == ("committed", "held"):
        raise errors.DomainError("invalid_payment_state", "该笔储值支付状态不符", 409, state=found.state)
    return found


def ensure_spendable(account: StoredValueAccount, amount_fen: int) -> None:
    accounts.ensure_not_frozen(account)
    if amount_fen > account.available_fen:
        sentence = f"储值余额不足，当前余额 {money.yuan(account.available_fen)} 元"
        raise errors.DomainError(
            "insufficient_stored_value", sentence, 409, available_fen=account.available_fen
        )
    rules = settings.read(StoredValueSettings)
    if rules.purchase_limit_fen and amount_fen > rules.purchase_limit_fen:
        sentence = f"单笔储值消费不能超过 {money.yuan(rules.purchase_limit_fen)} 元"
        raise errors.DomainError("purchase_limit_exceeded", sentence, 409, limit_fen=rules.purchase_limit_fen)
    if rules.daily_limit_fen:
        _ensure_daily_limit(account, amount_fen, rules.daily_limit_fen)


def _ensure_daily_limit(account: StoredValueAccount, amount_fen: int, limit_fen: int) -> None:
    remaining_fen = max(0, limit_fen - spent_today(Member.get_by_id(account.member_id)))
    if amount_fen > remaining_fen:
        sentence = f"超过每日储值消费限额，今天还可消费 {money.yuan(remaining_fen)} 元"
        raise errors.DomainError("daily_limit_exceeded", sentence, 409, remaining_fen=remaining_fen)


def lock_by_key(key: str) -> tuple[StoredValuePayment, StoredValueAccount]:
    if StoredValuePayment.find(key=key) is None:
        raise errors.not_found("该笔储值消费")
    row = members.lock_row_with_member(lambda: StoredValuePayment.get(StoredValuePayment.key == key))
    return row, accounts.lock_for_member(Member.get_by_id(row.member_id))


def transition(row: StoredValuePayment, state: str) -> None:
    if state not in TRANSITIONS[row.state]:
        raise errors.DomainError("invalid_payment_state", "该笔储值支付状态不符", 409, state=row.state)
    row.update_fields(state=state)


def subject_of(row: StoredValuePayment) -> str:
    return f"stored_value_payment:{row.id}"


def post_entry(
    row: StoredValuePayment, account: StoredValueAccount, kind: str, amounts: dict[str, int], *,
    key: str = "", reason: str = "",
) -> None:  # fmt: skip
    key = key or f"stored-value-payment:{row.key}:{kind}"
    ledger.post_entry(
        account, amounts, kind=kind, key=key, subject=subject_of(row), order_number=row.order_number,
        shop_id=row.shop_id, reason=reason,
    )  # fmt: skip


def record_event(kind: str, row: StoredValuePayment, amount_fen: int) -> None:
    member = Member.get_by_id(row.member_id)
    events.record(
        kind, customer_id=member.customer_id, member_id=member.id, shop_id=row.shop_id, key=row.key,
        amount_fen=amount_fen, order_number=row.order_number,
    )  # fmt: skip
