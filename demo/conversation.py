"""What the trial accounts say: a greeting, keyword replies and a menu; what a person changed is left alone."""

from typing import Any

from store.activities import menus, qr_codes, replies
from store.company import channels, settings
from store.company.channels import Channel
from store.shop import shops

CODES = 6  # shops whose code lies ready to be scanned
CHECK_IN, NEARBY, MEMBER = {"type": "check_in"}, {"type": "nearby"}, {"type": "member"}


def lay_out(key: str) -> None:
    """Teach an account to talk; the menu comes last, so an account that has one has everything."""
    channel = channels.of_key(key)
    if menus.of(channel) is not None:
        return
    greeting = f"欢迎来到{channel.name}！回复“签到”领积分，发送位置找最近的门店，回复“会员”看会员卡，回复“优惠券”领券。"
    settings.change(replies.FollowReplies, answers=[_text(greeting)])
    _listen(channel, "签到", ["签到", "打卡"], CHECK_IN)
    _listen(channel, "门店", ["门店", "附近"], NEARBY)
    _listen(channel, "会员", ["会员", "积分"], MEMBER)
    _listen(
        channel,
        "优惠券",
        ["优惠券", "领券"],
        _page("优惠券", "领券中心上新，先领后用；用不上的券可以送给好友。", f"/m/coupons?a={key}"),
    )
    _listen(channel, "等级", ["等级"], _page("我的等级", "看看离下一级还差多少", f"/m/tier?a={key}"))
    _listen(
        channel,
        "储值",
        ["储值", "余额", "充值"],
        _page("我的储值", "余额、明细和付款码", f"/m/wallet?a={key}"),
    )
    _listen(
        channel,
        "营业时间",
        ["营业", "几点"],
        _text("各店营业时间略有不同，发送位置即可查看附近门店是否营业。"),
    )
    for shop in shops.newest(count=CODES):
        qr_codes.design(channel=channel, kind="shop", target=shop.public_id, name=shop.name)
    menus.save(channel, _menu(channel))


def publish(key: str) -> None:
    """Ask for the account's menu to be put in force; the worker does it once it runs."""
    menus.ask_publish(channels.of_key(key))


def _listen(channel: Channel, name: str, words: list[str], answer: dict[str, Any]) -> None:
    match = "exact" if answer == CHECK_IN else "contains"  # nobody is checked in by a word in passing
    replies.save(name=name, match=match, words=words, answers_=[answer], channel=channel)


def _menu(channel: Channel) -> dict[str, Any]:
    return {
        "button": [
            {"name": "签到", "type": "click", "key": "check-in", "answers": [CHECK_IN]},
            {
                "name": "门店",
                "sub_button": [
                    {"name": "附近门店", "type": "view", "url": f"/m/nearby?a={channel.key}"},
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


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _page(title: str, description: str, url: str) -> dict[str, Any]:
    return {"type": "article", "title": title, "description": description, "url": url}
