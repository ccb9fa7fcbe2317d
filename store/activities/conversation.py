"""The conversation: what the account answers to what a shopper writes, taps, scans or sends.

A message that changes something is heard once: its number and its answer are written in the same
transaction as the change, so a second copy gets the same answer and changes nothing.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import peewee

from store.activities import answers, menus, qr_codes, replies
from store.activities.answers import Article, Said, Text
from store.company.channels import Channel
from store.kernel import clock, db, events
from store.kernel.fields import Json, Moment
from store.kernel.records import Record
from store.loyalty import check_ins, points
from store.people import fans, identities, members
from store.people.customers import Customer
from store.shop import nearby, places, shops

KEPT_DAYS = 3  # the platform repeats within seconds; the rest is for looking things up
SHOWN_SHOPS = 3


@dataclass(frozen=True)
class Message:
    """A message as the door read it. `number` is the same for every copy of it; `sender` is an openid.

    `signed_by` is there when the platform's signature did not cover the message itself: what tells that
    signature from all others, so that only one message is believed under it.
    `at` is the second in which it was sent, where the platform tells one.
    Kinds: text, click, scan, subscribe, unsubscribe, location (a message or an event), other.
    """

    kind: str
    sender: str
    number: str
    text: str = ""
    key: str = ""
    scene: str = ""
    lng: float | None = None
    lat: float | None = None
    datum: str = "gcj02"
    signed_by: str = ""
    at: datetime | None = None


class Heard(Record):
    """A message that changed something and what it was answered with; or a signature that was used up."""

    channel = peewee.ForeignKeyField(Channel, on_delete="CASCADE", index=False)
    number = peewee.CharField(max_length=64)
    said = Json()
    at = Moment(default=clock.now)

    class Meta:
        indexes = ((("channel", "number"), True),)


def answer(channel: Channel, message: Message) -> list[Said]:
    """What to say to a message, after doing what it asks for: see `in_reply` for what becomes of it."""
    if message.kind in _CHANGES:
        return _hear_once(channel, message, _CHANGES[message.kind])
    chosen = _chosen(channel, message)
    if message.signed_by or len(chosen) > 1 or any(answer.type in _LEAVE_A_TRACE for answer in chosen):
        return _hear_once(channel, message, _act)
    return _say(channel, message, chosen)


def in_reply(said: list[Said]) -> list[Said]:
    """The part of an answer that the platform takes as the reply, at most one; the rest follows by itself."""
    return said[:1] if said and said[0].type != "miniprogram" else []


def say_late(channel: Channel, message: Message, said: list[Said]) -> None:
    """Have the reply that came too late said as a customer-service message, once.

    What waits to be said is kept in clear, so it tells which shops are near, and not where the sender is.
    """
    if message.kind == "location" and any(isinstance(one, Article) for one in said):
        said = _nearby(channel, message, exact=False)
    say_later(channel, openid=message.sender, said=in_reply(said), number=f"late:{message.number}")


@db.verb
def say_later(channel: Channel, *, openid: str, said: list[Said], number: str) -> None:
    """Have something said as customer-service messages; the same number is said once."""
    digest = _digest(f"later:{number}")
    if said and Heard.find(channel=channel.id, number=digest) is None:
        Heard.create(channel=channel, number=digest, said=[])
        for one in said:  # a delivery each, so that none is said again because another one failed
            written = answers.written([one])
            events.record("conversation.to_say", channel_id=channel.id, openid=openid, said=written)


@db.verb
def forget_old() -> int:
    """Drop what was heard more than three days ago; returns how many."""
    old = Heard.select(Heard.id).where(Heard.at < clock.now() - timedelta(days=KEPT_DAYS))
    return Heard.delete().where(Heard.id.in_(old)).execute()


@db.verb
def _hear_once(
    channel: Channel, message: Message, change: Callable[[Channel, Message], list[Said]]
) -> list[Said]:
    digest = _digest(message.number)
    before = Heard.find(channel=channel.id, number=digest)
    if before is not None:
        return change(channel, message) if _tells_a_place(message) else answers.read(before.said)
    if message.signed_by and not _first_under(channel, message.signed_by):
        return []
    said = change(channel, message)
    kept = [] if _tells_a_place(message) else answers.written(said)
    Heard.create(channel=channel, number=digest, said=kept)
    rest = said[len(in_reply(said)) :]
    say_later(channel, openid=message.sender, said=rest, number=message.number)
    return said


def _tells_a_place(message: Message) -> bool:
    """Where somebody is is kept nowhere: the answer holds it, changes nothing, and is found anew for a copy."""
    return message.kind == "location"


def _first_under(channel: Channel, signature: str) -> bool:
    """Note a signature in use; False when another message, perhaps in another process, was heard under it."""
    digest = _digest(f"signed:{signature}")
    if Heard.find(channel=channel.id, number=digest) is not None:
        return False
    Heard.create(channel=channel, number=digest, said=[])
    return True


def _chosen(channel: Channel, message: Message) -> list[Any]:
    """The answers that the settings hold for a message that by itself changes nothing."""
    if message.kind == "text":
        return replies.to_text(channel, message.text, seed=message.number)
    if message.kind == "click":
        return menus.answers_by_key(channel.id).get(message.key, [])
    if message.kind == "location":
        return [answers.Action(type="nearby")]
    return []


def _act(channel: Channel, message: Message) -> list[Said]:
    return _say(channel, message, _chosen(channel, message))


def _say(channel: Channel, message: Message, chosen: list[Any]) -> list[Said]:
    said: list[Said] = []
    for item in chosen:
        done = _ACTIONS.get(item.type)
        said += done(channel, message) if done else [item]
    return sorted(said, key=lambda one: one.type != "transfer")  # only the reply hands over to a person


def _follow(channel: Channel, message: Message) -> list[Said]:
    code = qr_codes.of_scene(channel, message.scene) if message.scene else None
    followed = fans.follow(
        channel=channel, openid=message.sender, scene=message.scene or None,
        shop_id=qr_codes.shop_of(code), at=message.at,
    )  # fmt: skip
    said = _say(channel, message, replies.to_follow(first_time=followed.first_time))
    return said + _scan_of(channel, message, followed.customer, by_follow=True)


def _unfollow(channel: Channel, message: Message) -> list[Said]:
    fans.unfollow(channel=channel, openid=message.sender, at=message.at)
    return []


def _scan(channel: Channel, message: Message) -> list[Said]:
    customer = _customer(channel, message)
    return _scan_of(channel, message, customer, by_follow=False)


def _scan_of(channel: Channel, message: Message, customer: Customer, *, by_follow: bool) -> list[Said]:
    if not message.scene:
        return []
    code = qr_codes.scanned(
        channel=channel, scene=message.scene, customer_id=customer.id, by_follow=by_follow
    )
    if code is None or code.kind != "shop":
        return []
    shop = shops.of_public_id(code.target)
    return [_shop_article(channel, shop)]


def _check_in(channel: Channel, message: Message) -> list[Said]:
    outcome = check_ins.check_in(
        customer=_customer(channel, message), source="wechat_official", channel_id=channel.id
    )
    return [Text(text=_check_in_text(outcome))]


def _check_in_text(outcome: check_ins.Outcome) -> str:
    if outcome.already:
        return f"今天已经签到过了，已连续签到 {outcome.streak} 天，当前积分 {outcome.balance}。明天再来吧！"
    extra = f"（含连续签到奖励 {outcome.extra}）" if outcome.extra else ""
    text = f"签到成功！积分 +{outcome.points}{extra}，已连续签到 {outcome.streak} 天，当前积分 {outcome.balance}。"
    if outcome.next_streak is not None:
        text += f"再签 {outcome.next_streak - outcome.streak} 天另得 {outcome.next_extra} 积分。"
    return text


def _nearby(channel: Channel, message: Message, *, exact: bool = True) -> list[Said]:
    if message.lng is None or message.lat is None:
        return [Text(text="请点“+”选择“位置”发送给我，马上为您查找附近门店。")]
    place = places.to_gcj02(message.lng, message.lat, message.datum)
    found = nearby.nearest(place, count=SHOWN_SHOPS)
    if not found:
        return [Text(text="暂时没有找到门店。")]
    return [_nearby_article(channel, found, place=place if exact else None)]


def _nearby_article(
    channel: Channel, found: Sequence[tuple[shops.Shop, float]], *, place: places.Place | None
) -> Article:
    """One card, because the platform shows no more: the nearest shop in the title, all of them below.

    Without a `place` nothing in it tells where the sender is, not even by three distances.
    """
    now = clock.now()
    named = [f"{shop.name} {places.distance_text(metres)}" if place else shop.name for shop, metres in found]
    lines = [
        f"{number}. {name}\n{shops.hours_text(shop, now)}"
        for number, (name, (shop, _)) in enumerate(zip(named, found, strict=True), 1)
    ]
    there = f"#{place.lng:.5f},{place.lat:.5f}" if place else ""  # after # it reaches no server log
    return Article(
        title=f"离您最近：{named[0]}"[:64],
        description="\n".join(lines)[:300],
        picture_url=found[0][0].logo_url or "",
        url=f"/m/nearby?a={channel.key}{there}",
    )


def _shop_article(channel: Channel, shop: shops.Shop) -> Article:
    facts = [shops.hours_text(shop, clock.now()), shop.address, shop.phone]
    return Article(
        title=shop.name,
        description="\n".join(fact for fact in facts if fact)[:300],
        picture_url=shop.logo_url or "",
        url=f"/m/stores/{shop.public_id}?a={channel.key}",
    )


def _member(channel: Channel, message: Message) -> list[Said]:
    customer = identities.holder(provider=identities.WECHAT, account=channel.appid, subject=message.sender)
    member = members.living(customer) if customer else None
    balance = points.balance(member) if member else 0
    return [
        Article(title="我的会员卡", description=f"当前积分 {balance}", url=f"/m/me?a={channel.key}"),
    ]


def _customer(channel: Channel, message: Message) -> Customer:
    return fans.known(channel=channel, openid=message.sender, source="wechat_official")


def _digest(number: str) -> str:
    return hashlib.sha256(number.encode()).hexdigest()


_CHANGES = {"subscribe": _follow, "unsubscribe": _unfollow, "scan": _scan}
_LEAVE_A_TRACE = {"check_in", "miniprogram"}  # a check-in is an entry, a card a message to be sent
_ACTIONS = {"check_in": _check_in, "nearby": _nearby, "member": _member}
