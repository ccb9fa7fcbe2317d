"""The other tenant's lucky draw, and the arguments of the operations of activities and draws."""

from types import SimpleNamespace
from typing import Any

from store.activities import budgets
from store.activities.activities import Prize
from store.activities.activity_list import ActivityFilter
from store.customers.members import Member
from store.draws import blacklist, chances, draws, shares, wins
from store.draws.draw_records import DrawFilter
from store.draws.win_list import WinFilter
from store.official_accounts.message_content import CouponGift, DrawChance
from tests.support.draw_fixtures import PACKET, create_running

ACTIVITY_MODULES = ("content", "budgets", "activities", "publication", "submissions", "activity_list")
DRAW_MODULES = (
    "draw_records", "chances", "wins", "blacklist", "draws", "claims", "goods_prizes", "win_list", "chance_sources",
    "shares",
)  # fmt: skip


def create_draws(member: Member) -> SimpleNamespace:
    """Publish an activity with one draw, its win, a share and a blocked member. Called in the other tenant."""
    budget = budgets.create(name="对门预算", amount_fen=10_000)
    activity = create_running(
        name="对门抽奖", total_draws=2, prizes=[PACKET], budget=budget.public_id, free_per_day=2
    )
    draw = draws.draw(activity=activity, customer=member.customer, key="rival-draw")
    share = shares.get_or_create_share(activity, member.customer)
    chances.grant(activity=activity, member=member, source="scan", quantity=1, key="rival-chance")
    return SimpleNamespace(
        budget=budget, activity=activity, prize=Prize.get(), draw=draw, win=wins.find_of_draw(draw), share=share,
        block=blacklist.block(member, reason="对门"),
    )  # fmt: skip


def values_of_draws(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """Return the arguments by module."""
    found = rival.draws
    activities = {
        "activity": found.activity, "activity_id": found.activity.id, "public_id": found.activity.public_id,
        "values": {"name": "对门"}, "content": found.activity.content, "content_json": found.activity.content_json,
        "total_draws": 3, "quantities": None, "ends_at": None, "reason": "对门", "rows": [found.activity],
        "budget": found.budget, "budget_id": found.budget.id, "cost_centre": None, "row": found.activity,
        "criteria": ActivityFilter(), "search": "", "approval": rival.approval, "version": "0" * 64, "approver": None,
    }  # fmt: skip
    budget = activities | {"public_id": found.budget.public_id, "name": "新预算", "subject": "对门"}
    draws_ = {
        "activity": found.activity, "member": rival.member, "customer": rival.customer, "win": found.win,
        "win_id": found.win.id, "public_id": found.win.public_id, "draw": found.draw, "prize": found.prize,
        "content": found.activity.content.prizes[0], "criteria": WinFilter(), "block": found.block,
        "block_id": found.block.id, "code": found.share.code, "activity_public_id": found.activity.public_id,
        "shop_ids": None, "chances": chances.Chances(1, 0, 0, 0, 1, None), "with_points": False, "device": "d",
        "source": "scan", "quantity": 1, "by_follow": False, "way": "shop", "address": None, "courier": "顺丰",
        "tracking_number": "SF", "event": _event(rival), "some": [_event(rival)],
        "activity_ids": [found.activity.id], "state": "claimed",
    }  # fmt: skip
    coupon = CouponGift(rule=rival.coupon_rule.public_id)
    rewards = {
        "item": coupon, "gift": coupon, "answers": [coupon], "reward": DrawChance(activity=found.activity.public_id),
        "activity": found.activity, "public_id": found.activity.public_id,
    }  # fmt: skip
    refund_event = SimpleNamespace(
        properties={"number": rival.refund_request.number, "bonus_fen": 0, "principal_fen": 100}
    )
    prize_event = SimpleNamespace(properties={"number": rival.red_packet.number, "win_id": found.win.id})
    return (
        {"official_accounts.chat_rewards": rewards}
        | {"messages.prize_variables": {"event": prize_event}}
        | {"messages.refund_variables": {"event": refund_event}}
        | {f"activities.{name}": activities for name in ACTIVITY_MODULES}
        | {"activities.budgets": budget}
        | {f"draws.{name}": draws_ for name in DRAW_MODULES}
        | {"draws.draw_records": draws_ | {"criteria": DrawFilter(found.activity)}}
        | {"draws.draws": draws_ | {"address": "203.0.113.7"}}
    )  # fmt: skip


def _event(rival: SimpleNamespace) -> SimpleNamespace:
    """What any subscriber of draws reads of an event."""
    properties = {
        "code_kind": "shop", "by_follow": False, "first_time": True, "purpose": "draw", "state": "received",
        "key": f"draw:{rival.draws.win.public_id}", "lines": [],
    }  # fmt: skip
    return SimpleNamespace(
        customer_id=rival.customer.id, member_id=rival.member.id, shop_id=rival.shop.id, key="rival-order",
        channel_id=rival.official.id, at=rival.event.at, properties=properties,
    )  # fmt: skip
