"""Gifts (转赠): a coupon offered to a friend by a link, opened, accepted, declined or taken back.

The secret of a link travels in bodies only, never in an address, because addresses stand in logs.
"""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import Response, current_app
from pydantic import BaseModel, Field, StringConstraints

import doors
from doors import answered
from miniprogram_api import repeats
from miniprogram_api.caller import Caller, signed_in, visiting
from miniprogram_api.coupon_faces import Face, Reason, face
from miniprogram_api.coupons import HeldCoupon, held
from miniprogram_api.shapes import OPTIONAL, Account, Asked, AskedPage, Page
from store.company import channels
from store.loyalty import coupon_gifts, coupon_links, coupon_wallets, coupons
from store.loyalty.coupon_gifts import CouponGift
from store.people import members

door = APIBlueprint("gifts", __name__, tag="转赠")

Secret = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


class AskedGift(Asked):
    """The secret that stands in the link behind `#`."""

    secret: Secret


class AskedOpening(AskedGift):
    """`account` names the company where nobody is signed in."""

    account: Account | None = None


class MadeGift(BaseModel):
    """The secret is shown this once; `link` opens the H5 page, null where the company has no official account."""

    secret: str
    link: str | None
    until: datetime


class GivenGift(BaseModel):
    """A gift that the customer made, as its giver sees it."""

    face: Face
    state: str
    word: str
    offered_at: datetime
    until: datetime


class GivenGifts(Page):
    """A page of gifts."""

    list: list[GivenGift]


class OpenedGift(BaseModel):
    """A gift as whoever opens its link sees it."""

    face: Face
    state: str = Field(
        description="offered 待领取、accepted 已领取、refused 已婉拒、timed_out 已超时、taken_back 已收回"
    )
    word: str
    giver: str = Field(description="赠送人，已脱敏")
    role: str = Field(description="giver 本人送出、receiver 本人已领取、friend 其他")
    until: datetime = Field(description="领取截止时间")
    coupon_ends_at: datetime
    actions: list[str] = Field(description="现在能做的事：accept 领取、refuse 婉拒")
    against: Reason | None = Field(description="不能领取的原因")


@door.post("/api/me/coupons/<code>/gifts")
@signed_in
@door.doc(
    summary="转赠优惠券",
    description="得到一次性的链接；好友领取前券不能使用，超时退回。",
    security="session",
    responses={404: "没有该券", 409: "该券不能转赠", 429: "过于频繁"},
)
@door.output(MadeGift, status_code=201)
def offer(caller: Caller, code: str) -> Response:
    coupon_links.admit_offer(caller.customer)

    def offered() -> MadeGift:
        member = members.of_customer(caller.customer)
        gift, secret = coupon_gifts.offer(coupon=coupons.of_code(member, code), giver=member)
        return MadeGift(secret=secret, link=_link(caller, secret), until=gift.until)

    return answered(repeats.once(caller.scope, None, offered), 201)


@door.delete("/api/me/coupons/<code>/gifts/current")
@signed_in
@door.doc(summary="收回转赠", security="session", responses={404: "没有该券或转赠", 409: "该转赠已结束"})
@door.output(HeldCoupon)
def take_back(caller: Caller, code: str) -> Response:
    def taken_back() -> HeldCoupon:
        member = members.of_customer(caller.customer)
        gift = coupon_gifts.latest_of(coupons.of_code(member, code), member)
        coupon_gifts.take_back(gift=gift, giver=member)
        return held(coupon_wallets.of_code(member, code))

    return answered(repeats.once(caller.scope, None, taken_back))


@door.get("/api/me/gifts")
@signed_in
@door.doc(summary="我送出的券", security="session")
@door.input(AskedPage, location="query")
@door.output(GivenGifts)
def listing(caller: Caller, query_data: AskedPage) -> Response:
    asked, member = query_data, members.of_customer(caller.customer)
    rows, total = coupon_gifts.given_by(member, page=asked.page, page_size=asked.page_size)
    page = doors.page([_given(row) for row in rows], total=total, page=asked.page, page_size=asked.page_size)
    return answered(GivenGifts(**page))


@door.post("/api/gifts/openings")
@visiting
@door.doc(
    summary="打开转赠链接",
    description="只看，不领取，也不留记录。",
    security=OPTIONAL,
    responses={404: "没有该转赠", 429: "过于频繁"},
)
@door.input(AskedOpening)
@door.output(OpenedGift)
def opening(caller: Caller, json_data: AskedOpening) -> Response:
    coupon_links.admit(doors.address())
    return answered(_opened(caller, json_data.secret))


@door.post("/api/gifts/acceptances")
@signed_in
@door.doc(
    summary="领取转赠的券",
    security="session",
    responses={403: "请先注册会员", 404: "没有该转赠", 409: "该转赠已结束", 429: "过于频繁"},
)
@door.input(AskedGift)
@door.output(HeldCoupon, status_code=201)
def accept(caller: Caller, json_data: AskedGift) -> Response:
    coupon_links.admit(doors.address())

    def accepted() -> HeldCoupon:
        member = members.of_customer(caller.customer)
        gift = coupon_gifts.accept(token=json_data.secret, receiver=member)
        return held(coupon_wallets.of_code(member, gift.coupon.code))

    return answered(repeats.once(caller.scope, json_data, accepted), 201)


@door.post("/api/gifts/refusals")
@signed_in
@door.doc(
    summary="婉拒转赠的券",
    security="session",
    responses={404: "没有该转赠", 409: "该转赠已结束", 429: "过于频繁"},
)
@door.input(AskedGift)
@door.output(OpenedGift, status_code=201)
def refuse(caller: Caller, json_data: AskedGift) -> Response:
    coupon_links.admit(doors.address())

    def refused() -> OpenedGift:
        member = members.of_customer(caller.customer)
        coupon_gifts.refuse(token=json_data.secret, receiver=member)
        return _opened(caller, json_data.secret)

    return answered(repeats.once(caller.scope, json_data, refused), 201)


def _link(caller: Caller, secret: str) -> str | None:
    """The page of the official account; what stands behind `#` no browser sends to any server."""
    came_by = caller.channel
    official = came_by if came_by.kind == "wechat_official" else channels.first_of("wechat_official")
    if official is None:
        return None
    return f"{current_app.config['PUBLIC_URL']}/m/gifts?{urlencode({'a': official.key})}#{secret}"


def _given(gift: CouponGift) -> GivenGift:
    state = coupon_gifts.standing(gift)
    return GivenGift(
        face=face(gift.coupon.rule.terms),
        state=state,
        word=coupon_gifts.WORDS[state],
        offered_at=gift.offered_at,
        until=gift.until,
    )


def _opened(caller: Caller, secret: str) -> OpenedGift:
    found = coupon_links.opened(secret, members.of_customer(caller.customer) if caller.customer else None)
    against = found.against
    return OpenedGift(
        face=face(found.coupon.rule.terms),
        state=found.state,
        word=coupon_gifts.WORDS[found.state],
        giver=found.giver,
        role=found.role,
        until=found.gift.until,
        coupon_ends_at=found.coupon.ends_at,
        actions=list(found.actions),
        against=Reason(code=against.code, sentence=against.sentence) if against else None,
    )
