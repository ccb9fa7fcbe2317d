"""The ledger of stored value (储值账本): double entry, one row per booking.

Each `…_fen` column of a row is an account: three belong to the member, the others to the company. The account of
money is divided by payment kind, which `money_kind` names. The amounts of a row sum to zero, and so does the whole
ledger. The database rejects a row that does not sum to zero and any
change of a row (docs/decisions/0007).

Only the members' balances are stored. A stored balance of the company would be one row for which all tills wait.
It is computed as the sum of its column.
"""

from collections.abc import Mapping
from typing import Any

import peewee
from peewee import fn

from store.core import actors, clock
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers.members import Member
from store.member_cards import pack_cards

MEMBER_ACCOUNTS = {"principal": "本金", "bonus": "赠金", "held": "预扣"}
COMPANY_ACCOUNTS = {
    "money": "收款",
    "promotions": "充值赠送",
    "sales": "消费",
    "refunds_payable": "待退款",
    "transfers": "合并转移",
}
ENTRY_KINDS = {
    "top_up": "充值",
    "top_up_refunded": "充值退款",
    "refund_done": "退款到账",
    "spent": "消费",
    "held": "预扣",
    "committed": "预扣转消费",
    "released": "预扣取消",
    "spend_refunded": "消费退款",
    "merged": "账号合并",
    "paid_out": "余额退还",
    "forfeited": "赠金作废",
}


class StoredValueAccount(Model):
    """The stored value of a member. A merged account is empty and belongs to the survivor.

    `limit_fen` is the largest total, bonus and holds included.
    """

    member = peewee.ForeignKeyField(Member, backref="stored_value_accounts")
    principal_fen = peewee.BigIntegerField(default=0, constraints=[peewee.Check("principal_fen >= 0")])
    bonus_fen = peewee.BigIntegerField(default=0, constraints=[peewee.Check("bonus_fen >= 0")])
    held_fen = peewee.BigIntegerField(default=0, constraints=[peewee.Check("held_fen >= 0")])
    limit_fen = peewee.BigIntegerField()
    frozen_at = UtcDateTimeField(null=True)
    frozen_reason = peewee.CharField(max_length=200, default="")
    merged_into = peewee.ForeignKeyField("self", null=True)
    opened_at = UtcDateTimeField(default=clock.now)

    class Meta:
        constraints = [peewee.Check("principal_fen + bonus_fen + held_fen <= limit_fen")]

    @property
    def available_fen(self) -> int:
        return int(self.principal_fen + self.bonus_fen)

    @property
    def total_fen(self) -> int:
        return self.available_fen + int(self.held_fen)


class StoredValueEntry(Model):
    """One booking, never changed. A positive amount was received by an account, a negative one was given.

    `key` is the natural key of the cause. `subject` names its row, such as `stored_value_payment:12`. `money_kind` is
    the payment kind through which money came or went.
    """

    account = peewee.ForeignKeyField(StoredValueAccount, backref="entries", index=False)
    kind = peewee.CharField(max_length=20, constraints=[peewee.Check(f"kind IN {tuple(ENTRY_KINDS)}")])
    key = peewee.CharField(max_length=140, unique=True)
    subject = peewee.CharField(max_length=60, index=True)
    booked_at = UtcDateTimeField(default=clock.now)
    principal_fen = peewee.BigIntegerField(default=0)
    bonus_fen = peewee.BigIntegerField(default=0)
    held_fen = peewee.BigIntegerField(default=0)
    money_fen = peewee.BigIntegerField(default=0)
    money_kind = peewee.CharField(max_length=30, null=True)
    promotions_fen = peewee.BigIntegerField(default=0)
    sales_fen = peewee.BigIntegerField(default=0)
    refunds_payable_fen = peewee.BigIntegerField(default=0)
    transfers_fen = peewee.BigIntegerField(default=0)
    order_number = peewee.CharField(max_length=64, null=True)
    shop_id = peewee.BigIntegerField(null=True)
    operator = peewee.CharField(max_length=100)
    reason = peewee.CharField(max_length=200, default="")

    class Meta:
        append_only = True
        constraints = [
            peewee.Check(
                " + ".join(f"{name}_fen" for name in (*MEMBER_ACCOUNTS, *COMPANY_ACCOUNTS)) + " = 0"
            ),
            peewee.Check("(money_fen = 0) = (money_kind IS NULL)"),
        ]
        indexes = ((("account", "id"), False),)


StoredValueAccount.add_index(
    StoredValueAccount.index(
        StoredValueAccount.member, unique=True, name="stored_value_account_active"
    ).where(peewee.SQL("merged_into_id IS NULL"))
)


def post_entry(
    account: StoredValueAccount,
    amounts: Mapping[str, int],
    *,
    kind: str,
    key: str,
    subject: str,
    money_kind: str | None = None,
    order_number: str | None = None,
    shop_id: int | None = None,
    reason: str = "",
) -> StoredValueEntry:
    """Post one entry with the amounts in fen that each account receives (+) or gives (−).

    Requires the member's lock. The balances change by differences and under constraints, so that a caller without the
    lock could not spend the same yuan twice either.
    """
    entry = StoredValueEntry.create(
        account=account, kind=kind, key=key, subject=subject, order_number=order_number, shop_id=shop_id,
        money_kind=money_kind, reason=reason, operator=actors.current().name,
        **{f"{name}_fen": fen for name, fen in amounts.items()},
    )  # fmt: skip
    own = {
        getattr(StoredValueAccount, f"{name}_fen"): amounts[name]
        for name in MEMBER_ACCOUNTS
        if amounts.get(name)
    }
    if own:
        changes = {field: field + fen for field, fen in own.items()}
        StoredValueAccount.update(changes).where(StoredValueAccount.id == account.id).execute()
        for field, fen in own.items():
            setattr(account, field.name, getattr(account, field.name) + fen)
        pack_cards.mark_changed([account.member_id])
    return entry


def account_totals() -> dict[str, int]:
    """Return the balance of every account of the ledger. They sum to zero."""
    names = (*MEMBER_ACCOUNTS, *COMPANY_ACCOUNTS)
    sums = [fn.COALESCE(fn.SUM(getattr(StoredValueEntry, f"{name}_fen")), 0) for name in names]
    row = StoredValueEntry.select(*sums).tuples().get()
    return {name: int(value) for name, value in zip(names, row, strict=True)}


def money_totals() -> dict[str, int]:
    """Return the balance of the account of money by payment kind, negative for money that was received."""
    kind, fen = StoredValueEntry.money_kind, fn.SUM(StoredValueEntry.money_fen)
    rows: Any = StoredValueEntry.select(kind, fen).where(kind.is_null(False)).group_by(kind).tuples()
    return {name: int(total) for name, total in rows}
