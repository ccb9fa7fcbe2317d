"""My coupons (我的优惠券): the wallet by tab, and one coupon with its code to show at the till."""

import base64
from datetime import datetime
from functools import partial
from typing import Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from miniprogram_api.coupons.schemas import CouponDisplay, to_coupon_display
from store.coupons import gift_links
from store.coupons import gifts as coupon_gifts
from store.coupons import terms as coupon_terms
from store.coupons import wallet as coupon_wallet
from store.coupons.coupons import Coupon
from store.customers import members
from store.customers.members import Member
from store.official_accounts import qr_images
from web import paging
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import PageQuery, PageResponse

bp = APIBlueprint("coupons", __name__, tag="优惠券")

Tab = Literal["available", "gifting", "used", "expired"]


class WalletQuery(PageQuery):
    """Which tab of the wallet is wanted."""

    state: Tab = Field(
        default="available", description="available 可用、gifting 转赠中、used 已用、expired 过期或作废"
    )


class WalletCoupon(BaseModel):
    """A coupon of the customer; `order_number` is the order that holds or used it."""

    code: str = Field(description="16 位券码")
    rule_id: str
    display: CouponDisplay
    state: str = Field(
        description="not_started 未到时间、issued 可用、held 占用、gifting 转赠中、used 已用、expired 过期、void 作废"
    )
    label: str
    received_at: datetime
    starts_at: datetime
    ends_at: datetime | None = Field(description="空为长期有效")
    used_at: datetime | None
    order_number: str | None
    actions: list[str] = Field(description="现在能做的事：use 到店使用、gift 转赠、cancel_gift 收回")


class TabCounts(BaseModel):
    """How many coupons stand in each tab."""

    available: int
    gifting: int
    used: int
    expired: int


class WalletResponse(PageResponse):
    """One page of a tab, with the counts of all."""

    counts: TabCounts
    list: list[WalletCoupon]


class PendingGift(BaseModel):
    """An offer to a friend that is not answered yet."""

    state: str
    label: str
    offered_at: datetime
    expires_at: datetime


class HistoryStep(BaseModel):
    """Something that happened to the coupon, in words."""

    occurred_at: datetime
    label: str


class CouponResponse(WalletCoupon):
    """Everything about one coupon; `qr_png` is there while it can be used."""

    content: str
    instructions: str
    disclaimer: str
    service_phone: str
    qr_png: str | None = Field(description="券码二维码，data: 地址")
    gift: PendingGift | None
    history: list[HistoryStep]


@bp.get("/api/me/coupons")
@login_required
@bp.doc(summary="我的优惠券", security="session")
@bp.input(WalletQuery, location="query")
@bp.output(WalletResponse)
def list_wallet(caller: Caller, query_data: WalletQuery) -> Response:
    member, asked = members.get_or_create(caller.customer), query_data
    rows, page = paging.read_page(
        asked,
        name=f"wallet.{member.id}.{asked.state}",
        fetch=partial(coupon_wallet.list_page, member, tab=asked.state),
        position=lambda row: coupon_wallet.get_position(row, asked.state),
    )
    counts = TabCounts(**coupon_wallet.count_by_tab(member))
    return json_response(WalletResponse(counts=counts, list=[to_wallet_coupon(row) for row in rows], **page))


@bp.get("/api/me/coupons/<code>")
@login_required
@bp.doc(summary="优惠券详情", security="session", responses={404: "没有该券"})
@bp.output(CouponResponse)
def get_coupon(caller: Caller, code: str) -> Response:
    member = members.get_or_create(caller.customer)
    coupon = coupon_wallet.get_coupon(member, code)
    shown, terms = to_wallet_coupon(coupon), coupon.rule.terms
    texts = ("content", "instructions", "disclaimer", "service_phone")
    return json_response(
        CouponResponse(
            **shown.model_dump(),
            **{name: getattr(terms, name) for name in texts},
            qr_png=_qr_data_url(coupon.code) if "use" in shown.actions else None,
            gift=_pending_gift(coupon, member) if shown.state == "gifting" else None,
            history=[
                HistoryStep(occurred_at=at, label=word)
                for at, word in gift_links.describe_history(coupon, member)
            ],
        )
    )


def to_wallet_coupon(coupon: Coupon) -> WalletCoupon:
    """Return a coupon of a wallet as its holder sees it."""
    state = coupon_wallet.display_state(coupon)
    return WalletCoupon(
        code=coupon.code,
        rule_id=coupon.rule.public_id,
        display=to_coupon_display(coupon.rule.terms),
        state=state,
        label=coupon_wallet.LABELS[state],
        received_at=coupon.received_at,
        starts_at=coupon.starts_at,
        ends_at=coupon.ends_at if coupon_terms.has_end(coupon.ends_at) else None,
        used_at=coupon.redemption.used_at if coupon.redemption else None,
        order_number=coupon.redemption.order_number if coupon.redemption else None,
        actions=list(coupon_wallet.available_actions(coupon)),
    )


def _pending_gift(coupon: Coupon, member: Member) -> PendingGift:
    gift = coupon_gifts.get_latest(coupon, member)
    state = coupon_gifts.display_state(gift)
    return PendingGift(
        state=state, label=coupon_gifts.LABELS[state], offered_at=gift.offered_at, expires_at=gift.expires_at
    )


def _qr_data_url(code: str) -> str:
    """Return the picture as a data URL, because requests for pictures send no token."""
    return f"data:image/png;base64,{base64.b64encode(qr_images.render_png(code)).decode()}"
