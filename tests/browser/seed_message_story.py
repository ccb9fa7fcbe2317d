"""The shop of the message story: `python -m tests.browser.seed_message_story shop SANDBOX PERSON PHONE OPENID` adds a
mini-program, templates, a terminal, a cashier and a member, and prints what the test needs. `… code CARD` prints a code
of the member for stored value, `… expire CARD` lets points of the member come near their end.
"""

import json
import sys
import urllib.request
from datetime import timedelta
from typing import Any

import config
import platform_clients
from bootstrap import bootstrap
from store import daily_close
from store.customers import followers, identities, members
from store.customers.members import Member
from store.membership import registration
from store.messages import policies, synced_templates, templates
from store.points import points
from store.shops import shops
from store.stored_value import payment_codes
from store.tenants import business_days, channels, registry
from store.tenants.channels import Channel
from store.tills import cashiers, terminals
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS

PIN, TENANT, PROGRAM, APPID = "258036", "walk", "walk-mini", "wxwalkmini"
# Title of the sandbox's template → kind, and our text for each keyword.
TEMPLATES = {
    "储值充值成功通知": ("top_up_paid", ["{本金}", "{赠金}", "{余额}", "{时间}"]),
    "储值消费通知": ("stored_value_spent", ["{金额}", "{余额}", "{门店}", "{时间}"]),
    "积分到期提醒": ("points_expiring", ["{积分}", "{到期日期}", "请在到期前使用"]),
}


def seed_shop(sandbox: str, person: str, phone: str, openid: str) -> dict[str, str]:
    """Return what a cashier types, the member's card and the templates of the mini-program by title."""
    official = channels.get_by_key(TENANT)
    program = channels.add(
        kind="wechat_miniprogram", key=PROGRAM, name="小二会员", appid=APPID, secret="s" * 32
    )
    _call(
        "PUT", f"{sandbox}/sandbox/accounts/{APPID}",
        {
            "kind": program.kind, "name": program.name, "appid": APPID, "secret": program.secret,
            "token": program.token, "encoding_aes_key": program.encoding_aes_key, "mode": program.mode,
            "callback": f"{config.current().public_url}/wechat/{PROGRAM}",
        },
    )  # fmt: skip
    _add_templates(
        official, "official_template", platform_clients.official_account_client(official).list_templates()
    )
    ids = _add_templates(
        program, "subscribe", platform_clients.mini_program_client(program).list_subscribe_templates()
    )
    for kind in ("stored_value_spent", "points_expiring"):
        policies.change(
            kind, enabled=True, on_site=True, media=["subscribe", "official_template"], mode="first"
        )
    follower = followers.get_or_create_customer(channel=official, openid=openid, source="wechat_official")
    member: Member = registration.register_by_platform(phone=phone, source="clerk", customer=follower)
    chat = _call("GET", f"{sandbox}/sandbox/people/{person}/chats/{APPID}")
    identities.bind(member.customer, provider=identities.WECHAT, account=APPID, subject=chat["openid"])
    shop = shops.get_by_code("S1")
    cashiers.add(number="1108", name="小周", pin=PIN, rights=["manager"], shop=shop)
    issued = terminals.add(code="T8", name="二号收银台", shop=shop)
    return {"terminal": "T8", "secret": issued.secret, "card": member.card_number, **ids}


def expire(card: str) -> dict[str, str]:
    """Let points of a member end in seven days, and end yesterday, which reminds of them."""
    member = members.get_by_card(card)
    last_day = business_days.today() + timedelta(days=7)
    points.earn(
        member=member, kind="promotion", value=66, key="story", expires_at=business_days.end_of(last_day)
    )
    daily_close.close_day(day=business_days.today() - timedelta(days=1))
    return {}


def _add_templates(channel: Channel, medium: str, listed: list[Any]) -> dict[str, str]:
    synced_templates.replace_all(
        channel,
        [
            {
                "platform_id": row.template_id,
                "title": row.title,
                "content": row.content,
                "example": row.example,
            }
            for row in listed
        ],
    )
    ids = {}
    for row in synced_templates.list_for(channel):
        if row.title in TEMPLATES:
            kind, texts = TEMPLATES[row.title]
            keywords = [keyword.name for keyword in synced_templates.list_keywords(row)]
            templates.save(
                kind=kind, medium=medium, channel_key=channel.key, name=row.title, platform_id=row.platform_id,
                fields=dict(zip(keywords, texts, strict=True)),
            )  # fmt: skip
            ids[row.title] = row.platform_id
    return ids


def _call(method: str, url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(
        url, data=data, headers={"Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request) as response:
        found: dict[str, Any] = json.load(response)
        return found


if __name__ == "__main__":
    settings = config.read()
    bootstrap(settings, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(settings.redis_url))
    with registry.use_tenant(TENANT):
        step, *rest = sys.argv[1:]
        if step == "shop":
            answer = seed_shop(*rest)
        elif step == "code":
            answer = {"code": payment_codes.issue_code(member=members.get_by_card(rest[0])).code}
        else:
            answer = expire(rest[0])
    sys.stdout.write(json.dumps(answer) + "\n")
