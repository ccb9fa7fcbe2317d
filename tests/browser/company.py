"""The company of the browser tests, laid out by verbs in a process of its own: `python -m tests.browser.company`.

It prints what it made as JSON. The sandbox must run already, because the shop's code is made there.
"""

import json
import sys
from pathlib import Path

import accounts
import config
import house
from demo import coupons
from store.activities import menus, qr_codes, replies
from store.company import channels, settings, tenants
from store.company.channels import Channel
from store.kernel import actors
from store.loyalty import coupon_rules, points, tiers
from store.loyalty.make_ups import MakeUpRules
from store.people import programmes
from store.shop import shops
from store.shop.places import Place

KEY = "walk"
NAME = "小二便利"
GREETING = "欢迎来到小二便利"
PAYLOAD = "<img src=x onerror=\"document.title='hurt'\">"
ROUND_THE_CLOCK = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}

# Code, name, longitude, latitude in GCJ-02: four around 北京西站, then a row of further ones, one in Shanghai.
SHOPS = [
    ("S1", "小二便利 西站南广场店", 116.3220, 39.8921),
    ("S2", "小二便利 莲花池店", 116.3150, 39.8973),
    ("S3", f"小二便利 {PAYLOAD}店", 116.3302, 39.8990),
    ("S4", "小二便利 六里桥店", 116.3105, 39.8830),
    *(
        (f"R{number}", f"小二便利 丰台 {number} 号店", 116.30, 39.875 - number / 1000)
        for number in range(1, 26)
    ),
    ("H1", "小二便利 人民广场店", 121.4760, 31.2290),
]
CLOSED = ("C1", "小二便利 旧址店", 116.3214, 39.8950)
RESTING = "S2"
PICTURE = "/static/vendor/swagger-ui/favicon-32x32.png"  # any picture that the house has


def lay_out(book: Path, public_url: str) -> dict[str, object]:
    """Make everything; returns the appid and the public ids of the shops by code."""
    tenants.create(slug="walk", name=NAME)
    with tenants.using("walk"):
        channel = _account()
        book.parent.mkdir(parents=True, exist_ok=True)
        book.write_text(json.dumps([_in_book(channel, public_url)]))
        _club()
        coupons.lay_out()
        _put_up_markup()
        settings.change(MakeUpRules, allowed=True)
        ids = _open_shops()
        _teach(channel)
        code = qr_codes.design(channel=channel, kind="shop", target=ids["S4"], name="门口")
        made = accounts.official(channel).create_code(code.scene, permanent=True)
        qr_codes.given(code.id, ticket=made.ticket, url=made.url, expires_at=None)
        return {"appid": channel.appid, "shops": ids}


def _account() -> Channel:
    return channels.add(
        kind="wechat_official", key=KEY, name=NAME, appid="wx00000000000000d4", secret="walk-secret",
        token="walktoken", encoding_aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", mode="safe",
        open_group="walk",
    )  # fmt: skip


def _in_book(channel: Channel, public_url: str) -> dict[str, object]:
    """The account as the sandbox has to know it."""
    same = ("kind", "name", "appid", "secret", "token", "encoding_aes_key", "mode", "open_group")
    callback = f"{public_url}/wechat/{KEY}"
    return {**{name: getattr(channel, name) for name in same}, "callback": callback}


def _club() -> None:
    club = programmes.open_programme(code="club", name="会员俱乐部")
    tiers.add(programme=club, code="base", name="普卡", base=True)
    points.open_group(programme=club, code="points", name="积分")


def _put_up_markup() -> None:
    """A coupon whose every text would like to be markup."""
    texts = dict.fromkeys(("content", "instructions", "disclaimer"), PAYLOAD)
    values = coupons.RULES[-1] | texts | {"name": "<img src=x>", "title": "<b>", "cost_centre": "marketing"}
    with actors.acting(coupons.WRITER):
        rule = coupon_rules.draft(programme=programmes.main(), values=values)
        coupon_rules.ask_approval(rule, approver=coupons.APPROVER.name)
    with actors.acting(coupons.APPROVER):
        coupon_rules.put_up(coupon_rules.approve(rule, version=rule.version))


def _open_shops() -> dict[str, str]:
    ids = {}
    for code, name, lng, lat in (*SHOPS, CLOSED):
        shop = shops.open_shop(
            code=code, name=name, place=Place(lng, lat), brand=NAME, phone="010-83921199",
            city="上海市" if code == "H1" else "北京市", district="丰台区", address=f"莲花池东路 {code} 号 {PAYLOAD}",
            hours={} if code == RESTING else ROUND_THE_CLOCK, introduction=f"步行两分钟。{PAYLOAD}",
            pictures=[PICTURE, PICTURE], advertisements=[{"picture": PICTURE, "title": PAYLOAD, "link": "/m/"}],
        )  # fmt: skip
        ids[code] = shop.public_id
    shops.close(shops.of_code(CLOSED[0]))
    return ids


def _teach(channel: Channel) -> None:
    settings.change(replies.FollowReplies, answers=[{"type": "text", "text": GREETING}])
    replies.save(name="签到", match="exact", words=["签到"], answers_=[{"type": "check_in"}], channel=channel)
    member = {"name": "会员卡", "type": "click", "key": "member", "answers": [{"type": "member"}]}
    around = {"name": "附近门店", "type": "click", "key": "nearby", "answers": [{"type": "nearby"}]}
    menus.save(channel, {"button": [member, around]})
    menus.ask_publish(channel)


if __name__ == "__main__":
    here = config.read()
    house.open_house(here)
    sys.stdout.write(json.dumps(lay_out(Path(sys.argv[1]), here.public_url)) + "\n")
