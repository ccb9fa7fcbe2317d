"""The company that `webhook` talks to: one account, one menu, and followers who check in."""

import sys

import accounts
from bench import webhook
from house import open_house
from store.activities import menus
from store.company import channels, tenants
from store.loyalty import points, tiers
from store.people import fans, members, programmes

MENU = {
    "button": [
        {
            "type": "click",
            "name": "你好",
            "key": "HELLO",
            "answers": [{"type": "text", "text": "您好，欢迎光临"}],
        },
        {"type": "click", "name": "签到", "key": "CHECK_IN", "answers": [{"type": "check_in"}]},
    ]
}


def main(followers: int) -> None:
    open_house(accounts.settings())
    tenants.create(slug="bench", name="小二便利")
    with tenants.using("bench"):
        channel = channels.add(
            kind="wechat_official", key=webhook.ACCOUNT, name="小二便利", appid=webhook.APPID, secret="s" * 32,
            token=webhook.TOKEN, encoding_aes_key=webhook.AES_KEY, mode="safe",
        )  # fmt: skip
        club = programmes.open_programme(code="club", name="会员俱乐部")
        tiers.add(programme=club, code="base", name="普卡", base=True)
        points.open_group(programme=club, code="points", name="积分")
        menus.save(channel, MENU)
        menus.settle(menus.ask_publish(channel).id)
        for number in range(followers):
            followed = fans.follow(channel=channel, openid=f"o{number}")
            points.account(members.of_customer(followed.customer))  # somebody who has earned points before


if __name__ == "__main__":
    main(int(sys.argv[1]))
