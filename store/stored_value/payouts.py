"""Payouts (退还): what is left in an account when its membership ends goes back to the payer.

Principal is refunded through the top-ups that it came from. What no top-up can refund is owed until a clerk pays it.
The bonus is forfeited.
"""

from datetime import timedelta

import peewee

from store.core import actors, clock, errors, ids, input_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import members
from store.customers.members import Member
from store.stored_value import accounts, ledger, payment_methods, top_up_refunds
from store.stored_value.ledger import StoredValueAccount
from store.stored_value.top_up_refunds import TopUpRefund
from store.stored_value.top_ups import TopUp
from store.tenants import audit

CASH_REFUND = "cash_refund"  # the payment kind of money that goes back by hand
REFUNDABLE_DAYS = 360  # WeChat Pay and Alipay refund a payment for a year; a closing may take some days of it


class StoredValuePayout(Model):
    """Principal that is owed to a former member. `receipt` is the number of the clerk's payment."""

    number = peewee.CharField(max_length=32, unique=True, default=lambda: ids.public_id("po_"))
    account = peewee.ForeignKeyField(StoredValueAccount, backref="payouts")
    key = peewee.CharField(max_length=100, unique=True)
    amount_fen = peewee.BigIntegerField(constraints=[peewee.Check("amount_fen > 0")])
    state = peewee.CharField(
        max_length=10, default="owed", constraints=[peewee.Check("state IN ('owed', 'settled')")]
    )
    reason = peewee.CharField(max_length=200)
    owed_at = UtcDateTimeField(default=clock.now)
    settled_at = UtcDateTimeField(null=True)
    receipt = peewee.CharField(max_length=100, null=True, unique=True)
    operator = peewee.CharField(max_length=100, default="")

    class Meta:
        indexes = ((("state", "id"), False),)


def quote_refunds(member: Member) -> dict[str, int]:
    """Return how much principal would go back by payment method, `cash` by a clerk."""
    account = accounts.find_by_member(member)
    if account is None:
        return {}
    found: dict[str, int] = {}
    for top_up, amount_fen in _divide_principal(account):
        method = payment_methods.method_of(top_up.kind) if top_up else "cash"
        found[method] = found.get(method, 0) + amount_fen
    return found


@db.transactional
def pay_out_all(*, member: Member, key: str, reason: str) -> int:
    """Take all principal and bonus out of an account and request its refund. Idempotent: an empty account stays.

    Returns the principal in fen. Holds stay. A frozen account is paid out too, because the money goes to its payer.
    """
    account = accounts.find_by_member(members.lock(member.id))
    if account is None or not account.available_fen:
        return 0
    input_limits.check_key(key, max_length=60)
    principal_fen, bonus_fen = int(account.principal_fen), int(account.bonus_fen)
    for top_up, amount_fen in _divide_principal(account):
        if top_up is None:
            _owe(account, amount_fen, key=key, reason=reason)
        else:
            top_up_refunds.refund_principal(
                top_up, account, amount_fen, key=f"{key}:{top_up.number}", reason=reason
            )
    if bonus_fen:
        ledger.post_entry(
            account, {"bonus": -bonus_fen, "promotions": bonus_fen}, kind="forfeited", key=f"{key}:bonus",
            subject=f"stored_value_account:{account.id}", reason=reason,
        )  # fmt: skip
    return principal_fen


@db.transactional
def settle(*, number: str, receipt: str) -> int:
    """Record that a clerk has paid a payout or a refund, and return its amount in fen. Idempotent.

    Raises DomainError(staff_only) for other actors, because a member of staff answers for the money.
    """
    input_limits.check_key(receipt, field="receipt")
    if actors.current().kind not in ("staff", "operator"):
        raise errors.DomainError("staff_only", "退还现金须由店员办理", 403)
    refund = TopUpRefund.find(number=number)
    if refund is not None:
        return _settle_refund(refund, receipt)
    row = StoredValuePayout.find(number=number, lock=True)
    if row is None:
        raise errors.not_found("该退款单")
    if row.state == "owed":
        moves = {"refunds_payable": -row.amount_fen, "money": row.amount_fen}
        ledger.post_entry(
            row.account, moves, kind="refund_done", key=f"{number}:settled", subject=_subject(row),
            money_kind=CASH_REFUND,
        )  # fmt: skip
        row.update_fields(
            state="settled", settled_at=clock.now(), receipt=receipt, operator=actors.current().name
        )
        _audit(number, row.amount_fen, receipt)
    return int(row.amount_fen)


def list_owed() -> list[StoredValuePayout]:
    """Return the payouts that no clerk has paid yet, the oldest first."""
    return list(
        StoredValuePayout.select().where(StoredValuePayout.state == "owed").order_by(StoredValuePayout.id)
    )


def _divide_principal(account: StoredValueAccount) -> list[tuple[TopUp | None, int]]:
    """Divide the principal over the paid top-ups, the newest first. The rest belongs to none."""
    left_fen = int(account.principal_fen)
    parts: list[tuple[TopUp | None, int]] = []
    paid = (TopUp.member == account.member_id) & (TopUp.state == "paid")
    for top_up in TopUp.select().where(paid).order_by(TopUp.paid_at.desc(), TopUp.id.desc()):
        part_fen = min(left_fen, top_up.principal_fen - top_up.refunded_fen)
        if part_fen > 0 and _is_refundable(top_up):
            parts.append((top_up, part_fen))
            left_fen -= part_fen
    return parts + ([(None, left_fen)] if left_fen else [])


def _is_refundable(top_up: TopUp) -> bool:
    return (
        not payment_methods.is_refunded_by_platform(top_up.kind)
        or top_up.paid_at is None
        or top_up.paid_at > clock.now() - timedelta(days=REFUNDABLE_DAYS)
    )


def _owe(account: StoredValueAccount, amount_fen: int, *, key: str, reason: str) -> None:
    row = StoredValuePayout.create(account=account, key=key, amount_fen=amount_fen, reason=reason)
    moves = {"principal": -amount_fen, "refunds_payable": amount_fen}
    ledger.post_entry(
        account, moves, kind="paid_out", key=f"{row.number}:owed", subject=_subject(row), reason=reason
    )


def _settle_refund(refund: TopUpRefund, receipt: str) -> int:
    if payment_methods.is_refunded_by_platform(str(TopUp.get_by_id(refund.top_up_id).kind)):
        raise errors.DomainError("not_cash", "该笔退款由支付平台原路退回", 409)
    if refund.state == "requested":
        top_up_refunds.confirm(number=refund.number, platform_number=receipt)
        _audit(refund.number, refund.paid_fen, receipt)
    return int(refund.paid_fen)


def _audit(number: str, amount_fen: int, receipt: str) -> None:
    audit.record("payouts.settle", f"payout:{number}", after={"amount_fen": amount_fen, "receipt": receipt})


def _subject(row: StoredValuePayout) -> str:
    return f"stored_value_payout:{row.id}"
