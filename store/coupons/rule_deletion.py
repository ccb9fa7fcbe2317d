"""Deletion of coupon rules that were never approved."""

from store.core.database import db
from store.coupons import rules
from store.coupons.rules import CouponRule, CouponRuleStep
from store.tenants import audit


@db.transactional
def delete_draft(rule: CouponRule) -> None:
    """Delete a draft, or a rule that was rejected. Its submissions and the operation log stay."""
    rule = rules.lock(rule.id)
    if rule.state not in ("draft", "rejected"):
        raise rules.invalid_state_error(rule, "删除")
    audit.record("coupon_rules.delete", f"coupon_rule:{rule.public_id}", before={"version": rule.version})
    CouponRule.update(copied_from=None).where(CouponRule.copied_from == rule.id).execute()
    CouponRuleStep.delete().where(CouponRuleStep.rule == rule.id).execute()
    CouponRule.delete().where(CouponRule.id == rule.id).execute()
