"""The point ledger: point groups (积分组), members' accounts, entries and lots.

Balances are stored and always equal the sum of the entries: `accumulated`, `available` and `expired` by the kinds
below; `available` = remaining lots − `debt`; `debt` = what reversals could not yet take from any lot.
"""

from dataclasses import dataclass

import peewee

from store.core import clock
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers.members import Member
from store.customers.programmes import Programme


@dataclass(frozen=True)
class EntryKind:
    """How a kind of entry counts: its sign, and whether it changes the accumulated balance."""

    sign: int
    accumulates: bool
    label: str


ENTRY_KINDS = {
    "transaction": EntryKind(+1, True, "消费积分"),
    "promotion": EntryKind(+1, True, "促销积分"),
    "manual_increase": EntryKind(+1, True, "人工增加"),
    "manual_decrease": EntryKind(-1, True, "人工扣减"),
    "gift_redemption": EntryKind(-1, False, "礼品兑换"),
    "coupon_redemption": EntryKind(-1, False, "兑换优惠券"),
    "behaviour_increase": EntryKind(+1, True, "行为奖励"),
    "behaviour_decrease": EntryKind(-1, False, "行为扣减"),
    "return_reversal": EntryKind(-1, True, "退货扣回"),
    "redemption_cancelled": EntryKind(+1, False, "兑换取消"),
    "expiry": EntryKind(-1, False, "积分过期"),
    "merge_reversal": EntryKind(-1, True, "合并扣回"),
}


class PointGroup(Model):
    """A kind of points, such as redeemable points or growth value; `spendable` ones can be redeemed."""

    programme = peewee.ForeignKeyField(Programme)
    code = peewee.CharField(max_length=30)
    name = peewee.CharField(max_length=30)
    spendable = peewee.BooleanField(default=True)

    class Meta:
        indexes = ((("programme", "code"), True),)


BALANCE_FIELDS = ("accumulated", "available", "expired", "debt")


class PointAccount(Model):
    """One member's account in one group."""

    member = peewee.ForeignKeyField(Member, backref="point_accounts", index=False)
    group = peewee.ForeignKeyField(PointGroup)
    accumulated = peewee.BigIntegerField(default=0)
    available = peewee.BigIntegerField(default=0)
    expired = peewee.BigIntegerField(default=0, constraints=[peewee.Check("expired >= 0")])
    debt = peewee.BigIntegerField(default=0, constraints=[peewee.Check("debt >= 0")])

    class Meta:
        indexes = ((("member", "group"), True),)


class PointEntry(Model):
    """One line of the ledger, never changed: `value` is positive, its kind gives the sign.

    `key` is the natural key of its cause and unique. `reverses` names the entry that it takes or gives back.
    """

    account = peewee.ForeignKeyField(PointAccount, backref="entries", index=False)
    kind = peewee.CharField(max_length=30, constraints=[peewee.Check(f"kind IN {tuple(ENTRY_KINDS)}")])
    value = peewee.BigIntegerField(constraints=[peewee.Check("value > 0")])
    key = peewee.CharField(max_length=255, unique=True)
    at = UtcDateTimeField(default=clock.now)
    effective_at = UtcDateTimeField(default=clock.now)
    expires_at = UtcDateTimeField(null=True)
    upgrade_eligible = peewee.BooleanField(default=False)
    source = peewee.CharField(max_length=30, default="")
    rule_id = peewee.BigIntegerField(null=True)
    multiplier_id = peewee.BigIntegerField(null=True)
    reverses = peewee.ForeignKeyField("self", null=True, backref="reversals", index=False)
    order_number = peewee.CharField(max_length=64, null=True, index=True)
    order_line = peewee.CharField(max_length=64, null=True)
    coupon_id = peewee.BigIntegerField(null=True)
    behaviour = peewee.CharField(max_length=60, null=True)
    campaign_id = peewee.BigIntegerField(null=True)
    cost_centre = peewee.CharField(max_length=30, null=True)
    operator = peewee.CharField(max_length=100, null=True)
    reason = peewee.CharField(max_length=200, default="")

    class Meta:
        indexes = ((("account", "id"), False),)

    @property
    def signed_value(self) -> int:
        return ENTRY_KINDS[self.kind].sign * self.value


# Few entries reverse one. With an index of all, SQLite would read the whole table for those that reverse none.
PointEntry.add_index(
    PointEntry.index(PointEntry.reverses, name="point_entry_reverses_id").where(
        peewee.SQL("reverses_id IS NOT NULL")
    )
)
# The daily close reminds of points that became usable later than they were earned, which few are.
PointEntry.add_index(
    PointEntry.index(PointEntry.effective_at, name="point_entry_later").where(peewee.SQL("effective_at > at"))
)


class PointLot(Model):
    """Points of one entry that expire together; `remaining` is unspent."""

    account = peewee.ForeignKeyField(PointAccount, backref="lots", index=False)
    entry = peewee.ForeignKeyField(PointEntry, unique=True)
    value = peewee.BigIntegerField(constraints=[peewee.Check("value > 0")])
    remaining = peewee.BigIntegerField()
    effective_at = UtcDateTimeField()
    expires_at = UtcDateTimeField(null=True)

    class Meta:
        constraints = [peewee.Check('"remaining" >= 0 AND "remaining" <= value')]
        indexes = ((("account", "expires_at", "id"), False),)


# The daily close selects lots that have ended. Without the condition it would read all used lots.
PointLot.add_index(
    PointLot.index(PointLot.expires_at, PointLot.id, name="point_lot_ending").where(
        peewee.SQL('"remaining" > 0 AND expires_at IS NOT NULL')
    )
)


class LotAllocation(Model):
    """How much of a lot went to an entry, or came back from it.

    A reversal that became a debt takes from later lots, and from a refilled lot also twice.
    """

    entry = peewee.ForeignKeyField(PointEntry, backref="allocations", index=False)
    lot = peewee.ForeignKeyField(PointLot, backref="allocations")
    value = peewee.BigIntegerField(constraints=[peewee.Check("value > 0")])

    class Meta:
        indexes = ((("entry", "lot"), False),)
