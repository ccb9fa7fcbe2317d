"""The tables of orders (订单): lines, discounts, tenders, and the deductions of returns. Amounts are whole fen.

On every line of an order the list amount is the sum of its shares of discounts, of tenders and of what is due.
"""

import peewee

from store.core import clock
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.pricing.price import FREIGHT_LINE
from store.shops.shops import Shop

KINDS = ("till", "pickup", "delivery", "dine_in", "takeaway", "import")
DIRECTIONS = ("sale", "return")
STATE_LABELS = {"placed": "待付款", "paid": "已付款", "completed": "已完成", "closed": "已关闭"}
TRANSITIONS: dict[str, frozenset[str]] = {
    "placed": frozenset({"paid", "closed"}),
    "paid": frozenset({"completed"}),
    "completed": frozenset(),
    "closed": frozenset({"placed"}),  # only what time-out closed, by a setting
}
OVERDUE_REASON = "超时未付款"
FREIGHT_PRODUCT, FREIGHT_NAME = "freight", "运费"
_AMOUNTS = ("list_fen", "discount_fen", "total_fen", "freight_fen", "due_fen", "money_fen", "spend_fen")


class Order(Model):
    """A sale, or a return (退单) of the sale `original` under the number `return_number`.

    `total_fen` is the goods after all discounts with the freight. `due_fen` is still to be paid in
    money, `money_fen` has been taken.
    `counted_at` is when points and spend were counted, `counted_after_id` the latest return before that.
    `spend_fen` is what was received of it (实收). `placed_hash` and `request_hash` tell whether a repeated call asks
    for the same as when it was placed, and as it is now.
    """

    number = peewee.CharField(max_length=20, unique=True)
    key = peewee.CharField(max_length=100, unique=True)
    placed_hash = peewee.CharField(max_length=64)
    request_hash = peewee.CharField(max_length=64)
    kind = peewee.CharField(max_length=10, constraints=[peewee.Check(f"kind IN {KINDS}")])
    source = peewee.CharField(max_length=30)
    source_number = peewee.CharField(max_length=64, null=True)
    direction = peewee.CharField(
        max_length=6, default="sale", constraints=[peewee.Check(f"direction IN {DIRECTIONS}")]
    )
    original = peewee.ForeignKeyField("self", null=True, backref="returns", index=False)
    return_number = peewee.CharField(max_length=64, null=True)
    shop = peewee.ForeignKeyField(Shop, index=False)
    member = peewee.ForeignKeyField(Member, null=True, index=False)
    customer = peewee.ForeignKeyField(Customer, null=True)
    cashier_id = peewee.BigIntegerField(null=True)
    terminal_id = peewee.BigIntegerField(null=True)
    state = peewee.CharField(
        max_length=10, default="placed", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    list_fen = peewee.BigIntegerField()
    discount_fen = peewee.BigIntegerField()
    total_fen = peewee.BigIntegerField()
    freight_fen = peewee.BigIntegerField(default=0)
    due_fen = peewee.BigIntegerField()
    money_fen = peewee.BigIntegerField(default=0)
    spend_fen = peewee.BigIntegerField(default=0)
    remark = peewee.CharField(max_length=200, default="")
    close_reason = peewee.CharField(max_length=200, default="")
    placed_at = UtcDateTimeField(default=clock.now)
    ends_at = UtcDateTimeField(null=True)
    paid_at = UtcDateTimeField(null=True)
    completed_at = UtcDateTimeField(null=True)
    closed_at = UtcDateTimeField(null=True)
    counted_at = UtcDateTimeField(null=True)
    counted_after_id = peewee.BigIntegerField(default=0)

    class Meta:
        constraints = [
            peewee.Check(" AND ".join(f"{name} >= 0" for name in _AMOUNTS)),
            peewee.Check("list_fen = discount_fen + total_fen"),
            peewee.Check("(direction = 'return') = (original_id IS NOT NULL)"),
            peewee.Check("state NOT IN ('paid', 'completed') OR due_fen = 0"),
        ]
        indexes = (
            (("source", "source_number"), True),
            (("original", "return_number"), True),
            (("member", "id"), False),
            (("shop", "placed_at"), False),
        )

    @property
    def is_return(self) -> bool:
        return bool(self.direction == "return")


# Overdue orders are looked for every few seconds among all that were ever placed.
Order.add_index(
    Order.index(Order.ends_at, Order.id, name="order_unpaid").where(peewee.SQL("state = 'placed'"))
)


# Sales and returns of a day are summed for reports.
Order.add_index(
    Order.index(Order.paid_at, name="order_sold").where(
        peewee.SQL("direction = 'sale' AND paid_at IS NOT NULL")
    )
)
Order.add_index(
    Order.index(Order.completed_at, name="order_returned").where(peewee.SQL("direction = 'return'"))
)


class OrderLine(Model):
    """Goods as they were when the order was placed: `unit_fen` is the price of a unit after step 1 of pricing.

    `list_fen` and `goods_fen` are of all units, before and after all discounts. `due_fen` is not yet split over what
    paid it. The line of a return has no quantity if the return is by amount. `gift_for` names the lines that earned a
    gift. `flash_item_id` is the item of a flash sale. The freight is the line `FREIGHT_LINE`.
    """

    order = peewee.ForeignKeyField(Order, backref="lines", index=False)
    line = peewee.CharField(max_length=20)
    product = peewee.CharField(max_length=64)
    name = peewee.CharField(max_length=100)
    sku_id = peewee.BigIntegerField(null=True)
    specification = peewee.CharField(max_length=200, default="")
    picture = peewee.CharField(max_length=500, default="")
    categories = JsonField(default=list)
    quantity = peewee.IntegerField(constraints=[peewee.Check("quantity >= 0")])
    unit_fen = peewee.BigIntegerField(constraints=[peewee.Check("unit_fen >= 0")])
    list_fen = peewee.BigIntegerField(constraints=[peewee.Check("list_fen >= 0")])
    goods_fen = peewee.BigIntegerField(constraints=[peewee.Check("goods_fen >= 0")])
    due_fen = peewee.BigIntegerField(default=0, constraints=[peewee.Check("due_fen >= 0")])
    gift_for = JsonField(default=list)
    gift_value_fen = peewee.BigIntegerField(default=0)
    flash_item_id = peewee.BigIntegerField(null=True)

    class Meta:
        indexes = ((("order", "line"), True),)

    @property
    def is_freight(self) -> bool:
        return bool(self.line == FREIGHT_LINE)


class OrderDiscount(Model):
    """A discount with its `shares` by line.

    With a `threshold_fen` it is recalculated on a return: `bases` is by line what counted towards the threshold.
    The discount of a return names that of the order as `original`.
    """

    order = peewee.ForeignKeyField(Order, backref="discounts")
    original = peewee.ForeignKeyField("self", null=True)
    kind = peewee.CharField(max_length=20)
    reference = peewee.CharField(max_length=64)
    sentence = peewee.CharField(max_length=200)
    fen = peewee.BigIntegerField(constraints=[peewee.Check("fen > 0")])
    shares = JsonField()
    cost_centre = peewee.CharField(max_length=30, default="")
    threshold_fen = peewee.BigIntegerField(default=0)
    bases = JsonField(default=dict)


class OrderTender(Model):
    """What pays, with its `shares` by line: a voucher, points, stored value, or the money of one attempt.

    The money of an attempt has no shares until the order is paid. `bonus_fen` is the part of stored value that was
    given, not paid in. The tender of a return names that of the order as `original`.
    """

    order = peewee.ForeignKeyField(Order, backref="tenders")
    original = peewee.ForeignKeyField("self", null=True)
    kind = peewee.CharField(max_length=20)
    reference = peewee.CharField(max_length=64)
    sentence = peewee.CharField(max_length=200)
    fen = peewee.BigIntegerField(constraints=[peewee.Check("fen > 0")])
    points = peewee.BigIntegerField(default=0)
    shares = JsonField()
    bonus_fen = peewee.BigIntegerField(default=0)
    bonus_shares = JsonField(default=dict)
    attempt_id = peewee.BigIntegerField(null=True, unique=True)

    class Meta:
        constraints = [peewee.Check("bonus_fen >= 0 AND bonus_fen <= fen")]


class OrderDeduction(Model):
    """What a return keeps: for a lost threshold (recalculation), a gift kept, or a fee.

    `kept` is by tender of the order what was not given back. `moved` lists tender, line, fen and discount of what pays
    from now on for the lines that stay or for the gift, and comes back with them.
    """

    order = peewee.ForeignKeyField(Order, backref="deductions")
    kind = peewee.CharField(max_length=20)
    reference = peewee.CharField(max_length=64)
    sentence = peewee.CharField(max_length=200)
    fen = peewee.BigIntegerField(constraints=[peewee.Check("fen > 0")])
    kept = JsonField()
    moved = JsonField(default=list)


merge_rules.register_rule(Order.member)
merge_rules.register_rule(Order.customer)
