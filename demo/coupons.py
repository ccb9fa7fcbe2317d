"""The demo tenants' coupons: a few of each kind, written by one colleague, approved by another and listed."""

from typing import Any

from store.core import actors
from store.core.database import db
from store.coupons import rule_list
from store.coupons import rules as coupon_rules
from store.customers import programmes
from store.tenants import cost_centres

WRITER, APPROVER = (actors.Actor(kind="staff", name=name) for name in ("市场部 小李", "店长 老王"))
MARKETING = "marketing"
WORKDAYS, WEEKEND = [1, 2, 3, 4, 5], [6, 7]

# The claim centre lists the newest rule first, so the first rule here is its last.
RULES: tuple[dict[str, Any], ...] = (
    {
        "name": "生日礼券 20 元", "title": "生日快乐", "colour": "#7048E8",
        "benefit": {"kind": "amount_off", "off_fen": 2000}, "threshold_fen": 10_000,
        "validity": {"kind": "days", "days": 30}, "claims_per_member": None, "gift_hours": None,
        "content": "生日当月由系统发放，祝您生日快乐。",
    },
    {
        "name": "周末 10 元代金券", "title": "周末逛店", "colour": "#0B7285",
        "benefit": {"kind": "voucher", "worth_fen": 1000}, "threshold_fen": 2000, "stock": 2000,
        "validity": {"kind": "days", "days": 30}, "weekdays": WEEKEND,
        "stacking": {"others": "any"},
        "instructions": "周六、周日到店结账时出示券码，可与其他优惠券同用。",
    },
    {
        "name": "早餐立减 3 元", "title": "早安", "colour": "#E8590C",
        "benefit": {"kind": "amount_off", "off_fen": 300}, "threshold_fen": 1000,
        "validity": {"kind": "days", "days": 14}, "claims_per_member": 5,
        "weekdays": WORKDAYS, "hours": [{"begins": "06:30", "ends": "10:00"}], "gift_hours": None,
        "instructions": "工作日早餐时段可用，每单限用一张。",
    },
    {
        "name": "美式咖啡兑换券", "title": "请你喝咖啡", "colour": "#5F3DC4",
        "benefit": {"kind": "exchange", "products": ["coffee-americano"]}, "stock": 500,
        "validity": {"kind": "days", "days": 7}, "gift_hours": 48,
        "content": "凭券免费兑换中杯美式咖啡一杯，冷热任选。", "instructions": "可以送给好友，对方 48 小时内领取有效。",
    },
    {
        "name": "鲜食八折券", "title": "鲜食", "colour": "#2B8A3E",
        "benefit": {"kind": "percent_off", "percent": 20, "max_fen": 2000}, "product_groups": ["fresh"],
        "stock": 5000, "validity": {"kind": "days", "days": 14}, "claims_per_member": 2,
        "instructions": "便当、饭团、沙拉、三明治可用，最多减 20 元。", "disclaimer": "不与店内临期折扣同享。",
    },
    {
        "name": "满 30 减 5 元券", "title": "天天省", "colour": "#E03131",
        "benefit": {"kind": "amount_off", "off_fen": 500}, "threshold_fen": 3000, "stock": 10_000,
        "validity": {"kind": "days", "days": 30}, "claims_per_member": 2,
        "instructions": "全场通用，烟草除外。",
    },
)  # fmt: skip


@db.transactional
def seed_coupons() -> None:
    """Seed all coupon rules or none. A tenant that has any rule stays as it is."""
    if rule_list.list_rules():
        return
    cost_centres.create(code=MARKETING, name="市场部")
    for values in RULES:
        with actors.acting_as(WRITER):
            rule = coupon_rules.create_draft(
                programme=programmes.get_default(), values={"cost_centre": MARKETING, **values}
            )
            coupon_rules.request_approval(rule, approver=APPROVER.name)
        with actors.acting_as(APPROVER):
            coupon_rules.approve(rule, version=rule.version, opinion="同意")
            coupon_rules.publish(rule)
