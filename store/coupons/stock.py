"""The stock of a coupon rule: reserved by one statement, so that no rule issues more than it has."""

import peewee

from store.core import actors, clock, errors, input_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.coupons import rules
from store.coupons.rules import MAX_NOTE_LENGTH, CouponRule
from store.tenants import audit


class CouponStockIncrease(Model):
    """Added stock (增发) of a rule with reason and cost; unique by `key`."""

    rule = peewee.ForeignKeyField(CouponRule, backref="stock_increases")
    key = peewee.CharField(max_length=100, unique=True)
    quantity = peewee.BigIntegerField(constraints=[peewee.Check("quantity > 0")])
    cost_fen = peewee.BigIntegerField(constraints=[peewee.Check("cost_fen >= 0")])
    reason = peewee.CharField(max_length=MAX_NOTE_LENGTH)
    actor = peewee.CharField(max_length=100)
    added_at = UtcDateTimeField(default=clock.now)


@db.transactional
def increase(rule: CouponRule, *, quantity: int, cost_fen: int, reason: str, key: str) -> CouponStockIncrease:
    """Add stock to an approved rule. Idempotent by `key`."""
    input_limits.check_key(key)
    rule = rules.lock(rule.id)
    found = CouponStockIncrease.find(key=key)
    if found is not None:
        if (found.rule_id, found.quantity, found.cost_fen) != (rule.id, quantity, cost_fen):
            raise errors.DomainError("key_reused", "该业务编号已用于另一次增发", 422, key=key)
        return found
    if rule.state not in ("approved", "listed", "delisted") or rule.stock is None:
        raise rules.invalid_state_error(rule, "增发")
    if not 1 <= quantity <= 100_000_000 or cost_fen < 0:
        raise errors.invalid("quantity", "请填写增发数量和不小于 0 的成本")
    if not 1 <= len(reason.strip()) <= MAX_NOTE_LENGTH:
        raise errors.invalid("reason", f"请填写增发原因，最多 {MAX_NOTE_LENGTH} 个字")
    before = rule.stock
    rule.update_fields(stock=before + quantity)
    audit.record("coupon_stock.increase", f"coupon_rule:{rule.public_id}", before=before, after=rule.stock)
    actor = actors.current().name
    return CouponStockIncrease.create(
        rule=rule, key=key, quantity=quantity, cost_fen=cost_fen, reason=reason, actor=actor
    )


def list_increases(rule: CouponRule) -> list[CouponStockIncrease]:
    """Return what was added to the stock of a rule, the latest first."""
    query = CouponStockIncrease.select().where(CouponStockIncrease.rule == rule.id)
    return list(query.order_by(CouponStockIncrease.id.desc()))


def reserve(rule_id: int, quantity: int) -> CouponRule:
    """Reserve stock of a published rule. Raises DomainError if it is not published or has too little."""
    row = CouponRule
    enough = row.stock.is_null() | (row.issued + quantity <= row.stock)
    taken = (
        row.update(issued=row.issued + quantity)
        .where((row.id == rule_id) & (row.state == "listed") & row.stopped_at.is_null() & enough)
        .execute()
    )
    found = row.get_by_id(rule_id)
    if not taken and found.state != "listed":
        raise errors.DomainError(
            "coupon_rule_not_listed", f"该优惠券{rules.LABELS[found.state]}，暂不能领取", 409
        )
    if not taken and found.stopped_at is not None:
        raise errors.DomainError("coupon_rule_stopped", "该优惠券已紧急暂停，暂不能领取", 409)
    if not taken:
        left = (found.stock or 0) - found.issued
        raise errors.DomainError("coupons_gone", "优惠券已被领完", 409, remaining=left)
    return found


def release(rule_id: int, quantity: int) -> None:
    """Return reserved stock that was not issued."""
    CouponRule.update(issued=CouponRule.issued - quantity).where(CouponRule.id == rule_id).execute()
