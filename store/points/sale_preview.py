"""What a sale would earn (积分试算), by the rules of a day, also with a rule that is not saved yet."""

from dataclasses import dataclass
from datetime import date

from store.core import input_limits
from store.core.database import db
from store.points import accrual
from store.points import rules as point_rules
from store.points.accrual import AccrualLine, BuyerContext, OrderLine, Payment
from store.points.rules import PointRule
from store.tenants import business_days

_ANY_PRODUCT = "-"


@dataclass(frozen=True)
class Sale:
    """A sale of one product. All of `amount_fen` counts for points. `day` is today if it is empty."""

    amount_fen: int
    quantity: int = 1
    product: str | None = None
    category: str | None = None
    shop_group: str | None = None
    tier: str | None = None
    is_birthday: bool = False
    day: date | None = None


def preview(
    *, programme_id: int, sale: Sale, rule: PointRule | None = None, replaced_id: int | None = None
) -> list[AccrualLine]:
    """Return what a sale would earn, with explanations. `rule` is tried out in place of `replaced_id`."""
    day = sale.day or business_days.today()
    rules, multipliers = point_rules.list_active(programme_id, day)
    if rule is not None:
        rule.id = input_limits.MAX_ID  # the newest of two rules that are equally specific counts
        rules = [*(one for one in rules if one.id != replaced_id), rule]
    line = OrderLine(
        line="1", product=sale.product or _ANY_PRODUCT, quantity=sale.quantity, paid_fen=sale.amount_fen,
        categories=frozenset({sale.category} if sale.category else ()),
    )  # fmt: skip
    buyer = BuyerContext(
        tier=sale.tier,
        birthday=(day.month, day.day) if sale.is_birthday else None,
        shop_groups=frozenset({sale.shop_group} if sale.shop_group else ()),
    )
    return accrual.calculate(
        lines=[line], payments=[Payment("cash", sale.amount_fen)], buyer=buyer, rules=rules,
        multipliers=multipliers, day=day,
    )  # fmt: skip


@db.transactional
def preview_with_rule(
    rule: PointRule, *, replaced_id: int | None = None, amount_fen: int, quantity: int = 1
) -> list[AccrualLine]:
    """Return what a sale would earn of the product, category, shop group and tier that an unsaved rule names.

    Raises DomainError(invalid) for a rule that makes no sense.
    """
    point_rules.validate_rule(rule)
    sale = Sale(
        amount_fen=amount_fen, quantity=quantity, product=rule.product, category=rule.category,
        shop_group=rule.shop_group, tier=rule.tier, day=rule.starts_on,
    )  # fmt: skip
    return preview(programme_id=int(rule.group.programme_id), sale=sale, rule=rule, replaced_id=replaced_id)
