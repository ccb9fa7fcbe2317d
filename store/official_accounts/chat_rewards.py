"""Rewards of a reply (回复送券、送抽奖次数): a coupon or chances to draw, once or within limits, then a card to open.

A rejection is said in the chat. Nothing is given to a person who follows again.
"""

from collections.abc import Callable, Sequence
from typing import Any

from store.activities import activities
from store.activities.activities import Activity
from store.core import errors
from store.core.database import db
from store.core.errors import DomainError
from store.coupons import coupons, display
from store.coupons import rules as coupon_rules
from store.coupons.coupons import Coupon
from store.coupons.rules import CouponRule
from store.customers import members
from store.customers.customers import Customer
from store.draws import chance_sources, chances
from store.official_accounts import chat_actions
from store.official_accounts.message_content import (
    Article,
    CouponGift,
    DrawChance,
    IncomingMessage,
    Reply,
    Text,
)
from store.tenants import branding
from store.tenants.channels import Channel


def run(channel: Channel, message: IncomingMessage, item: Any) -> list[Reply]:
    """Run what is configured as a reply, a reward or an action, and return what it replies."""
    if item.type in _REWARDS:
        return _REWARDS[item.type](channel, message, item)
    action = chat_actions.ACTIONS.get(item.type)
    return action(channel, message) if action else [chat_actions.fill_brand(item)]


def is_reward(item: Any) -> bool:
    """Return whether a configured reply gives something."""
    return item.type in _REWARDS


def ensure_targets(answers: Sequence[Any]) -> None:
    """Raise DomainError(invalid) for a reply that gives a coupon or chances of something that does not exist."""
    for answer in answers:
        if isinstance(answer, CouponGift) and coupon_rules.find_by_public_id(answer.rule) is None:
            raise errors.invalid("answers", "回复中的优惠券不存在")
        if isinstance(answer, DrawChance) and Activity.find(public_id=answer.activity) is None:
            raise errors.invalid("answers", "回复中的抽奖活动不存在")


def give_coupon(channel: Channel, message: IncomingMessage, gift: CouponGift) -> list[Reply]:
    """Give the sender a coupon and return its card. Requires a transaction."""
    customer = chat_actions.get_or_create_customer(channel, message)
    rule = coupon_rules.find_by_public_id(gift.rule)
    if rule is None:
        return [Text(text="该优惠券暂时不能领取。")]
    shown = display.describe(rule.terms)
    try:
        with db.savepoint():
            coupon = _give(rule, customer, source=channel.kind, by_follow=message.kind == "subscribe")
    except DomainError as error:
        if error.status >= 500:
            raise
        if error.code != "members_only":
            return [Text(text=f"{error.message}。")]
        return [
            _card(
                channel, f"注册会员领取：{rule.name}", shown.headline, f"coupons?a={channel.key}#{gift.rule}"
            )
        ]
    path = f"coupons?a={channel.key}#{coupon.code}"
    return [_card(channel, f"优惠券已到账：{rule.name}", f"{shown.headline}，{shown.validity}", path)]


def give_chances(channel: Channel, message: IncomingMessage, reward: DrawChance) -> list[Reply]:
    """Grant the sender chances to draw and return the card of the activity. Requires a transaction."""
    customer = chat_actions.get_or_create_customer(channel, message)
    try:
        with db.savepoint():
            chance_sources.grant_by_reply(
                activity_public_id=reward.activity, customer=customer, quantity=reward.quantity,
                by_follow=message.kind == "subscribe",
            )  # fmt: skip
    except DomainError as error:
        if error.status >= 500:
            raise
        if error.code != "follow_rule":
            return [Text(text=f"{error.message}。")]
    activity = activities.get_published(reward.activity)
    left = chances.count(activity, members.get_or_create(customer)).left
    return [activity_card(channel, activity, description=f"您有 {left} 次抽奖机会，点开抽奖")]


def activity_card(channel: Channel, activity: Activity, *, description: str = "") -> Article:
    """Return the card that opens an activity."""
    content = activity.content
    return Article(
        title=content.share_title or content.name, description=description or "点开查看活动",
        picture_url=content.share_picture_url or content.cover_url or branding.read_logo_url(),
        url=f"/m/activities/{activity.public_id}?a={channel.key}",
    )  # fmt: skip


def show_activity(channel: Channel, public_id: str) -> list[Reply]:
    """Return the card of an activity whose code was scanned, or nothing if it is not open."""
    activity = Activity.find(public_id=public_id)
    is_open = activity is not None and activity.state in ("running", "paused")
    return [activity_card(channel, activity)] if activity is not None and is_open else []


def _give(rule: CouponRule, customer: Customer, *, source: str, by_follow: bool) -> Coupon:
    """Claim a coupon, or issue one that is for campaigns: a follower need not be a member for that."""
    member = members.get_or_create(customer)
    if rule.terms.by_campaign and (by_follow or rule.terms.claims_per_member is None):
        key = "chat:follow" if by_follow else "chat:reply"
        return coupons.issue(rule=rule, member=member, key=key, source=source)
    return coupons.claim(rule=rule, member=member, source=source)


def _card(channel: Channel, title: str, description: str, path: str) -> Article:
    return Article(
        title=title[:64],
        description=description[:300],
        picture_url=branding.read_logo_url(),
        url=f"/m/{path}",
    )


_REWARDS: dict[str, Callable[[Channel, IncomingMessage, Any], list[Reply]]] = {
    "coupon": give_coupon, "draw_chance": give_chances,
}  # fmt: skip
