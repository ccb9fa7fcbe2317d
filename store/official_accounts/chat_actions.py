"""Chat actions: check in, find nearby shops, show the member card."""

from collections.abc import Sequence

from store.check_ins import check_ins
from store.core import clock
from store.customers import followers, members
from store.customers.customers import Customer
from store.membership import phone_claims
from store.official_accounts.message_content import MAX_TEXT_LENGTH, Article, IncomingMessage, Reply, Text
from store.points import points
from store.shops import coordinates as shop_coordinates
from store.shops import nearby, shops
from store.tenants import branding
from store.tenants.channels import Channel

BRAND_PLACEHOLDER = "{brand}"
MAX_NEARBY_SHOPS = 3
MAX_NEWEST_SHOPS = 5


def check_in(channel: Channel, message: IncomingMessage) -> list[Reply]:
    outcome = check_ins.check_in(
        customer=get_or_create_customer(channel, message), source=channel.kind, channel_id=channel.id
    )
    return [Text(text=_check_in_text(outcome))]


def _check_in_text(outcome: check_ins.CheckInResult) -> str:
    if outcome.already_done:
        return f"今天已经签到过了，已连续签到 {outcome.streak} 天，当前积分 {outcome.balance}。明天再来吧！"
    extra = f"（含连续签到奖励 {outcome.extra}）" if outcome.extra else ""
    text = f"签到成功！积分 +{outcome.points}{extra}，已连续签到 {outcome.streak} 天，当前积分 {outcome.balance}。"
    if outcome.next_streak is not None:
        text += f"再签 {outcome.next_streak - outcome.streak} 天另得 {outcome.next_extra} 积分。"
    return text


def show_nearby(channel: Channel, message: IncomingMessage, *, with_location: bool = True) -> list[Reply]:
    place = find_location(message)
    if place is None and channel.kind == "alipay":  # its chat cannot send a location, the page can ask for it
        return [_nearby_page(channel)]
    if place is None:
        return [Text(text="请点“+”选择“位置”发送给我，马上为您查找附近门店。")]
    found = nearby.list_nearest(place, limit=MAX_NEARBY_SHOPS)
    if not found:
        return [Text(text="暂时没有找到门店。")]
    if not nearby.is_nearby(found[0].metres):
        return [Text(text=f"{nearby.describe_distant(found[0].shop)}。")]
    found = [one for one in found if nearby.is_nearby(one.metres)]
    # What Alipay is to show is queued, and queued messages are not encrypted.
    is_private = with_location and channel.kind != "alipay"
    return [_nearby_card(channel, found, origin=place if is_private else None)]


def _nearby_page(channel: Channel) -> Article:
    return Article(
        title="附近门店",
        description="点开查看离您最近的门店",
        picture_url=branding.read_logo_url(),
        url=f"/m/nearby?a={channel.key}",
    )


def find_location(message: IncomingMessage) -> shop_coordinates.Coordinates | None:
    """Return the location in a message in GCJ-02, or None."""
    if message.lng is None or message.lat is None:
        return None
    return shop_coordinates.to_gcj02(message.lng, message.lat, message.datum)


def _nearby_card(
    channel: Channel,
    found: Sequence[tuple[shops.Shop, float]],
    *,
    origin: shop_coordinates.Coordinates | None,
) -> Article:
    """Return one card, because the platform shows no more: the nearest shop in the title, all shops below.

    Without `origin` nothing in it reveals where the sender is, not even the distances.
    """
    now = clock.now()
    named = [
        f"{shop.name} {shop_coordinates.format_distance(metres)}" if origin else shop.name
        for shop, metres in found
    ]
    lines = [
        "\n".join(filter(None, (f"{number}. {name}", shops.hours_text(shop, now))))
        for number, (name, (shop, _)) in enumerate(zip(named, found, strict=True), 1)
    ]
    there = f"#{origin.lng:.5f},{origin.lat:.5f}" if origin else ""  # after # it reaches no server log
    return Article(
        title=f"离您最近：{named[0]}"[:64],
        description="\n".join(lines)[:300],
        picture_url=found[0][0].logo_url or branding.read_logo_url(),
        url=f"/m/nearby?a={channel.key}{there}",
    )


def show_newest(channel: Channel, message: IncomingMessage) -> list[Reply]:
    found = shops.list_newest(MAX_NEWEST_SHOPS)
    if not found:
        return [Text(text="暂时没有门店。")]
    lines = [f"{number}. {shop.name}" for number, shop in enumerate(found, 1)]
    return [
        Article(
            title=f"最新门店：{found[0].name}"[:64],
            description="\n".join(lines)[:300],
            picture_url=found[0].logo_url or branding.read_logo_url(),
            url=f"/m/newest?a={channel.key}",
        )
    ]


def shop_card(channel: Channel, shop: shops.Shop) -> Article:
    facts = [shops.hours_text(shop, clock.now()), shop.address, shop.phone]
    return Article(
        title=shop.name,
        description="\n".join(fact for fact in facts if fact)[:300],
        picture_url=shop.logo_url or branding.read_logo_url(),
        url=f"/m/stores/{shop.public_id}?a={channel.key}",
    )


def show_member_card(channel: Channel, message: IncomingMessage) -> list[Reply]:
    customer = followers.find_customer(channel, message.sender)
    return [
        Article(
            title=f"{branding.read_name()}会员卡",
            description=_card_text(customer),
            picture_url=branding.read_logo_url(),
            url=f"/m/me?a={channel.key}",
        ),
    ]


def _card_text(customer: Customer | None) -> str:
    """Return the balance, or the open question about a phone, which the page of the card asks."""
    if customer is not None and phone_claims.find_open(customer) is not None:
        return f"{phone_claims.QUESTION}点开回答"
    if customer is not None and phone_claims.find_for_holder(customer) is not None:
        return "有另一个微信验证了您的手机号，请点开确认"
    member = members.find_active(customer) if customer else None
    return f"当前积分 {points.balance(member) if member else 0}"


def fill_brand(reply: Reply) -> Reply:
    """Return a reply with the tenant's name in place of `{brand}`."""
    if not isinstance(reply, Text) or BRAND_PLACEHOLDER not in reply.text:
        return reply
    text = reply.text.replace(BRAND_PLACEHOLDER, branding.read_name())
    return reply.model_copy(update={"text": text[:MAX_TEXT_LENGTH]})  # as long as a text that can be stored


def get_or_create_customer(channel: Channel, message: IncomingMessage) -> Customer:
    return followers.get_or_create_customer(channel=channel, openid=message.sender, source=channel.kind)


ACTIONS = {
    "check_in": check_in, "nearby": show_nearby, "newest_shops": show_newest, "member": show_member_card,
}  # fmt: skip
