"""The tenant of the benchmark `webhook`: one account, one menu, and followers who check in."""

import sys

import config
from bench import webhook
from bootstrap import bootstrap
from store.customers import followers as customer_followers
from store.customers import members, programmes
from store.official_accounts import menus
from store.points import points
from store.tenants import channels, registry
from store.tiers import tiers
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS

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
    settings = config.current()
    bootstrap(settings, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(settings.redis_url))
    registry.create_tenant(slug="bench", name="小二便利")
    with registry.use_tenant("bench"):
        channel = channels.add(
            kind="wechat_official", key=webhook.ACCOUNT, name="小二便利", appid=webhook.APPID, secret="s" * 32,
            token=webhook.TOKEN, encoding_aes_key=webhook.AES_KEY, mode="safe",
        )  # fmt: skip
        programme = programmes.create_programme(code="programme", name="会员俱乐部")
        tiers.add(programme=programme, code="base", name="普卡", is_base=True)
        points.create_group(programme=programme, code="points", name="积分")
        menus.save_draft(channel, MENU)
        menus.finish_publication(menus.request_publication(channel).id)
        for number in range(followers):
            followed = customer_followers.follow(channel=channel, openid=f"o{number}")
            # Without the account the first check-in of each follower would also create one.
            points.get_or_create_account(members.get_or_create(followed.customer))


if __name__ == "__main__":
    main(int(sys.argv[1]))
