"""My coupons (我的优惠券): the wallet by tab, and one coupon with its code to show at the till."""

import base64
from datetime import datetime
from typing import Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

import doors
from doors import answered
from miniprogram_api.caller import Caller, signed_in
from miniprogram_api.coupon_faces import Face, face
from miniprogram_api.shapes import AskedPage, Page
from store.activities import qr_pictures
from store.loyalty import coupon_gifts, coupon_links, coupon_wallets
from store.loyalty.coupons import Coupon
from store.people import members
from store.people.members import Member

door = APIBlueprint("coupons", __name__, tag="优惠券")

Tab = Literal["available", "gifting", "used", "expired"]


class AskedWallet(AskedPage):
    """Which tab of the wallet is wanted."""

    state: Tab = Field(
        default="available", description="available 可用、gifting 转赠中、used 已用、expired 过期或作废"
    )


class HeldCoupon(BaseModel):
    """A coupon of the customer; `order_number` is the order that holds or used it."""

    code: str = Field(description="16 位券码")
    rule_id: str
    face: Face
    state: str = Field(
        description="not_started 未到时间、issued 可用、held 占用、gifting 转赠中、used 已用、expired 过期、void 作废"
    )
    word: str
    received_at: datetime
    starts_at: datetime
    ends_at: datetime
    used_at: datetime | None
    order_number: str | None
    actions: list[str] = Field(description="现在能做的事：use 到店使用、gift 转赠、take_back 收回")


class Counts(BaseModel):
    """How many coupons stand in each tab."""

    available: int
    gifting: int
    used: int
    expired: int


class Wallet(Page):
    """One page of a tab, with the counts of all."""

    counts: Counts
    list: list[HeldCoupon]


class OpenGift(BaseModel):
    """An offer to a friend that is not answered yet."""

    state: str
    word: str
    offered_at: datetime
    until: datetime


class Step(BaseModel):
    """Something that happened to the coupon, in words."""

    at: datetime
    word: str


class CouponPage(HeldCoupon):
    """Everything about one coupon; `qr_png` is there while it can be used."""

    content: str
    instructions: str
    disclaimer: str
    service_phone: str
    qr_png: str | None = Field(description="券码二维码，data: 地址")
    gift: OpenGift | None
    history: list[Step]


@door.get("/api/me/coupons")
@signed_in
@door.doc(summary="我的优惠券", security="session")
@door.input(AskedWallet, location="query")
@door.output(Wallet)
def wallet(caller: Caller, query_data: AskedWallet) -> Response:
    member, asked = members.of_customer(caller.customer), query_data
    rows, total = coupon_wallets.page(member, tab=asked.state, page=asked.page, page_size=asked.page_size)
    page = doors.page([held(row) for row in rows], total=total, page=asked.page, page_size=asked.page_size)
    return answered(Wallet(counts=Counts(**coupon_wallets.counts(member)), **page))


@door.get("/api/me/coupons/<code>")
@signed_in
@door.doc(summary="优惠券详情", security="session", responses={404: "没有该券"})
@door.output(CouponPage)
def show(caller: Caller, code: str) -> Response:
    member = members.of_customer(caller.customer)
    coupon = coupon_wallets.of_code(member, code)
    shown, terms = held(coupon), coupon.rule.terms
    texts = ("content", "instructions", "disclaimer", "service_phone")
    return answered(
        CouponPage(
            **shown.model_dump(),
            **{name: getattr(terms, name) for name in texts},
            qr_png=_qr_png(coupon.code) if "use" in shown.actions else None,
            gift=_open_gift(coupon, member) if shown.state == "gifting" else None,
            history=[Step(at=at, word=word) for at, word in coupon_links.told(coupon, member)],
        )
    )


def held(coupon: Coupon) -> HeldCoupon:
    """A coupon out of a wallet as its holder sees it."""
    state = coupon_wallets.standing(coupon)
    return HeldCoupon(
        code=coupon.code,
        rule_id=coupon.rule.public_id,
        face=face(coupon.rule.terms),
        state=state,
        word=coupon_wallets.WORDS[state],
        received_at=coupon.received_at,
        starts_at=coupon.starts_at,
        ends_at=coupon.ends_at,
        used_at=coupon.use.used_at if coupon.use else None,
        order_number=coupon.use.order_number if coupon.use else None,
        actions=list(coupon_wallets.actions(coupon)),
    )


def _open_gift(coupon: Coupon, member: Member) -> OpenGift:
    gift = coupon_gifts.latest_of(coupon, member)
    state = coupon_gifts.standing(gift)
    return OpenGift(state=state, word=coupon_gifts.WORDS[state], offered_at=gift.offered_at, until=gift.until)


def _qr_png(code: str) -> str:
    """The picture in the answer itself, because what loads pictures by address sends no token."""
    return f"data:image/png;base64,{base64.b64encode(qr_pictures.png(code)).decode()}"
