"""The demo tenants' lucky draw: a running activity with prizes of each kind, and the keyword that gives a chance."""

from datetime import timedelta

from demo.coupons import MARKETING
from store.activities import activities, activity_list, budgets, publication
from store.core import clock
from store.core.database import db
from store.coupons import rule_list
from store.official_accounts import keyword_replies
from store.tenants import channels

NAME, COUPON = "周年庆幸运抽奖", "满 30 减 5 元券"
PERIOD = timedelta(days=180)
BUDGET_FEN, DRAWS = 2_000_00, 2_000
RULES = (
    "每天可免费抽一次，回复公众号“抽奖”再得一次，到店扫码再得一次，也可用 20 积分抽一次。\n"
    "优惠券和积分中奖后立即到账，红包和保温杯在“我的奖品”领取，保温杯可邮寄或到店领取。奖品数量有限，抽完为止。"
)


@db.transactional
def seed_draws(*, key: str) -> None:
    """Seed an activity, its budget and the keyword of an account. A tenant with any activity stays as it is."""
    if activity_list.list_all():
        return
    now = clock.now()
    budget = budgets.create(name="周年庆红包", amount_fen=BUDGET_FEN)
    (coupon,) = (rule for rule in rule_list.list_rules(state="listed") if rule.name == COUPON)
    draft = activities.create_draft(values={
        "name": NAME, "starts_at": now.isoformat(), "ends_at": (now + PERIOD).isoformat(), "rules_text": RULES,
        "share_title": "周年庆抽红包", "cost_centre": MARKETING, "budget": budget.public_id, "members_only": False,
        "total_draws": DRAWS, "draws_per_day": 5, "free_per_day": 1, "points_price": 20, "points_draws_per_day": 2,
        "scan_chances": 1, "purchase_chances": 1, "purchase_min_fen": 50_00,
        "prizes": [
            {"name": "现金红包", "kind": "cash", "quantity": 200, "min_fen": 1_00, "max_fen": 3_00},
            {"name": "满 30 减 5", "kind": "coupon", "quantity": 600, "coupon_rule": coupon.public_id},
            {"name": "50 积分", "kind": "points", "quantity": 600, "points": 50},
            {"name": "青瓷保温杯", "kind": "goods", "quantity": 6, "value_fen": 59_00, "ways": ["delivery", "shop"]},
        ],
    })  # fmt: skip
    activity = publication.publish(draft)
    keyword_replies.save_rule(
        name="抽奖", match="contains", keywords=["抽奖", "红包"], channel=channels.get_by_key(key),
        replies=[{"type": "draw_chance", "activity": activity.public_id, "quantity": 1}],
    )  # fmt: skip
