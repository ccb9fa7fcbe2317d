"""The stock of a coupon rule: taken by one statement, so that no rule gives more than it has; and added to."""

import peewee

from store.company import audit
from store.kernel import actors, bounds, clock, db, refusals
from store.kernel.fields import Moment
from store.kernel.records import Record
from store.loyalty import coupon_rules
from store.loyalty.coupon_rules import LONGEST_NOTE, CouponRule


class CouponTopUp(Record):
    """More stock (增发) for a rule that runs: how many, why, at what cost; `key` makes a repeat the same one."""

    rule = peewee.ForeignKeyField(CouponRule, backref="top_ups")
    key = peewee.CharField(max_length=100, unique=True)
    quantity = peewee.BigIntegerField(constraints=[peewee.Check("quantity > 0")])
    cost_fen = peewee.BigIntegerField(constraints=[peewee.Check("cost_fen >= 0")])
    reason = peewee.CharField(max_length=LONGEST_NOTE)
    actor = peewee.CharField(max_length=100)
    at = Moment(default=clock.now)


@db.verb
def add(rule: CouponRule, *, quantity: int, cost_fen: int, reason: str, key: str) -> CouponTopUp:
    """Add stock to an approved rule, with its reason and cost; the same `key` again returns the first."""
    bounds.key(key)
    rule = coupon_rules.locked(rule.id)
    found = CouponTopUp.find(key=key)
    if found is not None:
        if (found.rule_id, found.quantity, found.cost_fen) != (rule.id, quantity, cost_fen):
            raise refusals.Refused("key_reused", "该业务编号已用于另一次增发", 422, key=key)
        return found
    if rule.state not in ("approved", "listed", "delisted") or rule.stock is None:
        raise coupon_rules.not_now(rule, "增发")
    if not 1 <= quantity <= 100_000_000 or cost_fen < 0:
        raise refusals.invalid("quantity", "请填写增发数量和不小于 0 的成本")
    if not 1 <= len(reason.strip()) <= LONGEST_NOTE:
        raise refusals.invalid("reason", f"请填写增发原因，最多 {LONGEST_NOTE} 个字")
    before = rule.stock
    rule.put(stock=before + quantity)
    audit.record("coupon_stock.add", f"coupon_rule:{rule.public_id}", before=before, after=rule.stock)
    actor = actors.current().name
    return CouponTopUp.create(
        rule=rule, key=key, quantity=quantity, cost_fen=cost_fen, reason=reason, actor=actor
    )


def take(rule_id: int, quantity: int) -> CouponRule:
    """Take coupons from the stock of a listed rule; refuses when it is not listed or too few are left."""
    row = CouponRule
    enough = row.stock.is_null() | (row.issued + quantity <= row.stock)
    taken = (
        row.update(issued=row.issued + quantity)
        .where((row.id == rule_id) & (row.state == "listed") & enough)
        .execute()
    )
    found = row.get_by_id(rule_id)
    if not taken and found.state != "listed":
        raise refusals.Refused(
            "coupon_rule_not_listed", f"该优惠券{coupon_rules.WORDS[found.state]}，暂不能领取", 409
        )
    if not taken:
        left = (found.stock or 0) - found.issued
        raise refusals.Refused("coupons_gone", "优惠券已被领完", 409, left=left)
    return found


def put_back(rule_id: int, quantity: int) -> None:
    """Return to the stock what was taken and not given."""
    CouponRule.update(issued=CouponRule.issued - quantity).where(CouponRule.id == rule_id).execute()
