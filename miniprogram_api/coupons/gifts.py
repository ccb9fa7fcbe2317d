"""Gifts (转赠): a coupon offered to a friend by a link, opened, accepted, declined or taken back.

The secret of a link travels in bodies only, never in an address, because addresses stand in logs.
"""

from datetime import datetime
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import Response, current_app
from pydantic import BaseModel, Field, StringConstraints

from miniprogram_api.coupons.schemas import (
    CouponDisplay,
    CouponTexts,
    Reason,
    to_coupon_display,
    to_coupon_texts,
)
from miniprogram_api.coupons.wallet import WalletCoupon, to_wallet_coupon
from store.coupons import coupons, gift_links
from store.coupons import gifts as coupon_gifts
from store.coupons import terms as coupon_terms
from store.coupons import wallet as coupon_wallet
from store.coupons.gifts import CouponGift
from store.customers import members
from store.tenants import channels
from web import idempotency, paging, request_context
from web.auth import Caller, login_optional, login_required
from web.responses import json_response
from web.schemas import OPTIONAL_LOGIN, Account, PageQuery, PageResponse, RequestModel

bp = APIBlueprint("gifts", __name__, tag="转赠")

Secret = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


class GiftSecretRequest(RequestModel):
    """The secret that follows `#` in the link."""

    secret: Secret


class OpenGiftRequest(GiftSecretRequest):
    """`account` names the tenant of a visitor who is not signed in."""

    account: Account | None = None


class CreatedGiftResponse(BaseModel):
    """The secret is shown this once; `link` opens the H5 page, null where the tenant has no official account."""

    secret: str
    link: str | None
    expires_at: datetime


class SentGift(BaseModel):
    """A gift that the customer made, as its giver sees it."""

    display: CouponDisplay
    state: str
    label: str
    offered_at: datetime
    expires_at: datetime


class SentGiftsResponse(PageResponse):
    """A page of gifts."""

    list: list[SentGift]


class OpenedGiftResponse(CouponTexts):
    """A gift as a visitor sees it who opens its link."""

    display: CouponDisplay
    state: str = Field(
        description="offered 待领取、accepted 已领取、declined 已婉拒、timed_out 已超时、cancelled 已收回"
    )
    label: str
    giver: str = Field(description="赠送人，已脱敏")
    role: str = Field(description="giver 本人送出、receiver 本人已领取、friend 其他")
    expires_at: datetime = Field(description="领取截止时间")
    coupon_ends_at: datetime | None = Field(description="空为长期有效")
    actions: list[str] = Field(description="现在能做的事：accept 领取、decline 婉拒")
    ineligible_reason: Reason | None = Field(description="不能领取的原因")


@bp.post("/api/me/coupons/<code>/gifts")
@login_required
@bp.doc(
    summary="转赠优惠券",
    description="得到一次性的链接；好友领取前券不能使用，超时退回。",
    security="session",
    responses={404: "没有该券", 409: "该券不能转赠", 429: "过于频繁"},
)
@bp.output(CreatedGiftResponse, status_code=201)
def create_gift(caller: Caller, code: str) -> Response:
    gift_links.check_offer_limit(caller.customer)

    def offered() -> CreatedGiftResponse:
        member = members.get_or_create(caller.customer)
        gift, secret = coupon_gifts.create_gift(coupon=coupons.get_for_member(member, code), giver=member)
        return CreatedGiftResponse(secret=secret, link=_gift_link(caller, secret), expires_at=gift.expires_at)

    return json_response(idempotency.run_idempotent(caller.scope, None, offered), 201)


@bp.delete("/api/me/coupons/<code>/gifts/current")
@login_required
@bp.doc(summary="收回转赠", security="session", responses={404: "没有该券或转赠", 409: "该转赠已结束"})
@bp.output(WalletCoupon)
def cancel_gift(caller: Caller, code: str) -> Response:
    def taken_back() -> WalletCoupon:
        member = members.get_or_create(caller.customer)
        gift = coupon_gifts.get_latest(coupons.get_for_member(member, code), member)
        coupon_gifts.cancel(gift=gift, giver=member)
        return to_wallet_coupon(coupon_wallet.get_coupon(member, code))

    return json_response(idempotency.run_idempotent(caller.scope, None, taken_back))


@bp.get("/api/me/gifts")
@login_required
@bp.doc(summary="我送出的券", security="session")
@bp.input(PageQuery, location="query")
@bp.output(SentGiftsResponse)
def list_sent_gifts(caller: Caller, query_data: PageQuery) -> Response:
    asked, member = query_data, members.get_or_create(caller.customer)
    rows, page = paging.read_page(
        asked,
        name=f"gifts.{member.id}",
        fetch=partial(coupon_gifts.list_sent, member),
        position=lambda row: (row.id,),
    )
    return json_response(SentGiftsResponse(list=[_to_sent_gift(row) for row in rows], **page))


@bp.post("/api/gifts/openings")
@login_optional
@bp.doc(
    summary="打开转赠链接",
    description="只看，不领取，也不留记录。",
    security=OPTIONAL_LOGIN,
    responses={404: "没有该转赠", 429: "过于频繁"},
)
@bp.input(OpenGiftRequest)
@bp.output(OpenedGiftResponse)
def open_gift(caller: Caller, json_data: OpenGiftRequest) -> Response:
    gift_links.check_open_limit(request_context.client_ip())
    return json_response(_to_opened_gift(caller, json_data.secret))


@bp.post("/api/gifts/acceptances")
@login_required
@bp.doc(
    summary="领取转赠的券",
    security="session",
    responses={403: "请先注册会员", 404: "没有该转赠", 409: "该转赠已结束", 429: "过于频繁"},
)
@bp.input(GiftSecretRequest)
@bp.output(WalletCoupon, status_code=201)
def accept_gift(caller: Caller, json_data: GiftSecretRequest) -> Response:
    gift_links.check_open_limit(request_context.client_ip())

    def accepted() -> WalletCoupon:
        member = members.get_or_create(caller.customer)
        gift = coupon_gifts.accept(token=json_data.secret, receiver=member)
        return to_wallet_coupon(coupon_wallet.get_coupon(member, gift.coupon.code))

    return json_response(idempotency.run_idempotent(caller.scope, json_data, accepted), 201)


@bp.post("/api/gifts/refusals")
@login_required
@bp.doc(
    summary="婉拒转赠的券",
    security="session",
    responses={404: "没有该转赠", 409: "该转赠已结束", 429: "过于频繁"},
)
@bp.input(GiftSecretRequest)
@bp.output(OpenedGiftResponse, status_code=201)
def decline_gift(caller: Caller, json_data: GiftSecretRequest) -> Response:
    gift_links.check_open_limit(request_context.client_ip())

    def decline() -> OpenedGiftResponse:
        member = members.get_or_create(caller.customer)
        coupon_gifts.decline(token=json_data.secret, receiver=member)
        return _to_opened_gift(caller, json_data.secret)

    return json_response(idempotency.run_idempotent(caller.scope, json_data, decline), 201)


def _gift_link(caller: Caller, secret: str) -> str | None:
    """Return the page of the official account. No browser sends the fragment behind `#` to a server."""
    came_by = caller.channel
    official = came_by if came_by.kind == "wechat_official" else channels.find_first("wechat_official")
    if official is None:
        return None
    return f"{current_app.config['PUBLIC_URL']}/m/gifts?{urlencode({'a': official.key})}#{secret}"


def _to_sent_gift(gift: CouponGift) -> SentGift:
    state = coupon_gifts.display_state(gift)
    return SentGift(
        display=to_coupon_display(gift.coupon.rule.terms),
        state=state,
        label=coupon_gifts.LABELS[state],
        offered_at=gift.offered_at,
        expires_at=gift.expires_at,
    )


def _to_opened_gift(caller: Caller, secret: str) -> OpenedGiftResponse:
    found = gift_links.open_link(secret, members.get_or_create(caller.customer) if caller.customer else None)
    against = found.ineligible_reason
    return OpenedGiftResponse(
        display=to_coupon_display(found.coupon.rule.terms),
        state=found.state,
        label=coupon_gifts.LABELS[found.state],
        giver=found.giver,
        role=found.role,
        expires_at=found.gift.expires_at,
        coupon_ends_at=found.coupon.ends_at if coupon_terms.has_end(found.coupon.ends_at) else None,
        actions=list(found.actions),
        ineligible_reason=Reason(code=against.code, message=against.message) if against else None,
        **to_coupon_texts(found.coupon.rule.terms),
    )
