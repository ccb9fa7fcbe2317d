"""The replies of the demo accounts: a greeting, keyword replies and a menu. Changes of users are kept."""

from typing import Any

from store.official_accounts import keyword_replies, menus, qr_codes
from store.shops import shops
from store.tenants import channels, settings
from store.tenants.channels import Channel

QR_CODES = 6  # number of shops with a QR code
CHECK_IN, NEARBY, MEMBER = {"type": "check_in"}, {"type": "nearby"}, {"type": "member"}
NEWEST = {"type": "newest_shops"}
GREETING = (
    "回复“签到”领积分，发送位置找最近的门店，回复“会员”看会员卡，回复“优惠券”领券，回复“抽奖”试试手气。"
)


def seed_conversation(key: str) -> None:
    """Add the replies and the menu to an account. Idempotent.

    The menu is added last, so an account with a menu draft is complete.
    """
    channel = channels.get_by_key(key)
    if menus.find_draft(channel) is not None:
        return
    greeting = _text_reply(f"欢迎来到{channel.name}！{GREETING}")
    settings.change(keyword_replies.FollowReplySettings, answers=[greeting])
    _add_keyword_reply(channel, "签到", ["签到", "打卡"], CHECK_IN)
    _add_keyword_reply(channel, "门店", ["门店", "附近"], NEARBY)
    _add_keyword_reply(channel, "会员", ["会员", "积分"], MEMBER)
    _add_keyword_reply(
        channel,
        "优惠券",
        ["优惠券", "领券"],
        _article_reply("优惠券", "领券中心上新，先领后用；用不上的券可以送给好友。", f"/m/coupons?a={key}"),
    )
    _add_keyword_reply(
        channel, "商城", ["商城", "下单"], _article_reply("商城", "自提或配送，选好就能下单", f"/m/?a={key}")
    )
    _add_keyword_reply(
        channel, "等级", ["等级"], _article_reply("我的等级", "看看离下一级还差多少", f"/m/tier?a={key}")
    )
    _add_keyword_reply(
        channel,
        "储值",
        ["储值", "余额", "充值"],
        _article_reply("我的储值", "余额、明细和付款码", f"/m/wallet?a={key}"),
    )
    _add_keyword_reply(
        channel,
        "营业时间",
        ["营业", "几点"],
        _text_reply("各店营业时间略有不同，发送位置即可查看附近门店是否营业。"),
    )
    create_shop_codes(channel)
    menus.save_draft(channel, _build_menu(channel))


def seed_life_conversation(key: str) -> None:
    """Add the replies and the menu to a life account of Alipay. Idempotent."""
    channel = channels.get_by_key(key)
    if menus.find_draft(channel) is not None:
        return
    _add_keyword_reply(channel, "支付宝签到", ["签到", "打卡"], CHECK_IN)
    _add_keyword_reply(channel, "支付宝门店", ["门店", "附近"], NEARBY)
    _add_keyword_reply(channel, "支付宝会员", ["会员", "积分"], MEMBER)
    menus.save_draft(channel, _build_life_menu(channel))


def create_shop_codes(channel: Channel) -> None:
    """Create the QR codes of the newest shops. The worker fetches them from the platform. Idempotent."""
    for shop in shops.list_newest(limit=QR_CODES):
        qr_codes.create(channel=channel, kind="shop", target=shop.public_id, name=shop.name)


def request_menu_publication(key: str) -> None:
    """Request the publication of the menu. The worker publishes it when it runs."""
    menus.request_publication(channels.get_by_key(key))


def _add_keyword_reply(channel: Channel, name: str, keywords: list[str], reply: dict[str, Any]) -> None:
    match = (
        "exact" if reply == CHECK_IN else "contains"
    )  # other texts that contain the keyword must not check in
    keyword_replies.save_rule(name=name, match=match, keywords=keywords, replies=[reply], channel=channel)


def _build_menu(channel: Channel) -> dict[str, Any]:
    return {
        "button": [
            {"name": "签到", "type": "click", "key": "check-in", "answers": [CHECK_IN]},
            {
                "name": "门店",
                "sub_button": [
                    {"name": "商城", "type": "view", "url": f"/m/?a={channel.key}"},
                    {"name": "附近门店", "type": "view", "url": f"/m/nearby?a={channel.key}"},
                    {"name": "最新门店", "type": "click", "key": "newest", "answers": [NEWEST]},
                    {"name": "发送位置", "type": "location_select", "key": "location"},
                    {"name": "怎么找门店", "type": "click", "key": "how-nearby", "answers": [NEARBY]},
                ],
            },
            {
                "name": "我的",
                "sub_button": [
                    {"name": "会员卡", "type": "view", "url": f"/m/me?a={channel.key}"},
                    {"name": "我的积分", "type": "click", "key": "member", "answers": [MEMBER]},
                    {"name": "优惠券", "type": "view", "url": f"/m/coupons?a={channel.key}"},
                    {"name": "我的等级", "type": "view", "url": f"/m/tier?a={channel.key}"},
                    {"name": "我的储值", "type": "view", "url": f"/m/wallet?a={channel.key}"},
                ],
            },
        ]
    }


def _build_life_menu(channel: Channel) -> dict[str, Any]:
    """Return a menu of clicks and pages: a life account has no other buttons."""
    return {
        "button": [
            {"name": "签到", "type": "click", "key": "check-in", "answers": [CHECK_IN]},
            {
                "name": "门店",
                "sub_button": [
                    {"name": "附近门店", "type": "click", "key": "nearby", "answers": [NEARBY]},
                    {"name": "最新门店", "type": "click", "key": "newest", "answers": [NEWEST]},
                    {"name": "商城", "type": "view", "url": f"/m/?a={channel.key}"},
                ],
            },
            {
                "name": "我的",
                "sub_button": [
                    {"name": "会员卡", "type": "click", "key": "member", "answers": [MEMBER]},
                    {"name": "会员中心", "type": "view", "url": f"/m/me?a={channel.key}"},
                    {"name": "优惠券", "type": "view", "url": f"/m/coupons?a={channel.key}"},
                ],
            },
        ]
    }


def _text_reply(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _article_reply(title: str, description: str, url: str) -> dict[str, Any]:
    return {"type": "article", "title": title, "description": description, "url": url}
