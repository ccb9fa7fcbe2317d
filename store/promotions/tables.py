"""The tables of promotions (促销): the promotions, their shops, their limited quantities and the ledger of uses."""

from datetime import datetime

import peewee

from store.core import clock, ids
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.promotions import drafts
from store.promotions.drafts import PromotionDraft
from store.promotions.parameters import KIND_LABELS
from store.shops.shops import Shop

LABELS = {
    "draft": "草稿", "submitted": "审批中", "rejected": "已驳回", "approved": "已通过", "paused": "已暂停",
    "ended": "已结束",
}  # fmt: skip
TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"submitted"}),
    "submitted": frozenset({"draft", "approved", "rejected"}),
    "rejected": frozenset({"draft", "submitted"}),
    "approved": frozenset({"paused", "ended"}),
    "paused": frozenset({"approved", "ended"}),
    "ended": frozenset(),
}
NOW_LABELS = {"upcoming": "未开始", "running": "进行中", "over": "已结束"}


class Promotion(Model):
    """`content_json` holds a `PromotionDraft`, `approved_version` the hash of the content that was approved.

    `number` names it in prices, orders and reports. `name`, `kind`, the period, the channels and `all_shops` are those
    of the content, to be searched by.
    """

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("pro_"))
    number = peewee.CharField(max_length=20, unique=True)
    name = peewee.CharField(max_length=40)
    kind = peewee.CharField(max_length=20, constraints=[peewee.Check(f"kind IN {tuple(KIND_LABELS)}")])
    state = peewee.CharField(
        max_length=10, default="draft", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    content_json = peewee.TextField()
    starts_at = UtcDateTimeField()
    ends_at = UtcDateTimeField()
    online = peewee.BooleanField()
    till = peewee.BooleanField()
    all_shops = peewee.BooleanField()
    approved_version = peewee.CharField(max_length=64, null=True)
    created_by = peewee.CharField(max_length=100)
    submitted_by = peewee.CharField(max_length=100, null=True)
    approver = peewee.CharField(max_length=100, null=True)
    approved_by = peewee.CharField(max_length=100, null=True)
    created_at = UtcDateTimeField(default=clock.now)
    submitted_at = UtcDateTimeField(null=True)
    approved_at = UtcDateTimeField(null=True)
    ended_at = UtcDateTimeField(null=True)
    copied_from = peewee.ForeignKeyField("self", null=True)

    class Meta:
        indexes = ((("state", "ends_at"), False),)
        constraints = [
            peewee.Check("starts_at <= ends_at"),
            peewee.Check("state NOT IN ('approved', 'paused') OR approved_version IS NOT NULL"),
        ]

    @property
    def draft(self) -> PromotionDraft:
        return drafts.parse(self.content_json)

    @property
    def version(self) -> str:
        return drafts.hash_content(self.content_json)

    def state_now(self, now: datetime | None = None) -> str:
        """Return `upcoming`, `running` or `over` (未开始、进行中、已结束) by the period and the end."""
        now = now or clock.now()
        if self.state == "ended" or now >= self.ends_at:
            return "over"
        return "running" if now >= self.starts_at else "upcoming"


class PromotionShop(Model):
    """A shop in which a promotion holds; without rows it holds in all shops."""

    promotion = peewee.ForeignKeyField(Promotion, backref="shops", index=False)
    shop = peewee.ForeignKeyField(Shop)

    class Meta:
        indexes = ((("promotion", "shop"), True),)


class PromotionQuantity(Model):
    """The units of a product that a special price has in all shops together, and how many orders have taken."""

    promotion = peewee.ForeignKeyField(Promotion, backref="quantities", index=False)
    product = peewee.CharField(max_length=64)
    quantity = peewee.BigIntegerField()
    taken = peewee.BigIntegerField(default=0)

    class Meta:
        indexes = ((("promotion", "product"), True),)
        constraints = [peewee.Check("taken >= 0 AND taken <= quantity")]


class PromotionUse(Model):
    """An entry of the ledger: an order has a promotion, or gives it back with negative numbers. Never changed.

    `times` counts towards limits: sets, steps, or for a special price units of `product`, which is empty for other
    kinds. `units` are the units that took part, `list_fen` their list price, `off_fen` what was taken off.
    """

    promotion = peewee.ForeignKeyField(Promotion, backref="uses", index=False)
    key = peewee.CharField(max_length=120, unique=True)
    order_number = peewee.CharField(max_length=20, index=True)
    shop = peewee.ForeignKeyField(Shop)
    member = peewee.ForeignKeyField(Member, null=True, index=False)
    product = peewee.CharField(max_length=64, default="")
    times = peewee.BigIntegerField(constraints=[peewee.Check("times <> 0")])
    units = peewee.BigIntegerField()
    list_fen = peewee.BigIntegerField()
    off_fen = peewee.BigIntegerField()
    recorded_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("member", "promotion"), False), (("promotion", "order_number"), False))


merge_rules.register_rule(PromotionUse.member)
