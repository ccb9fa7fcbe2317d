"""Coupon offers (领券): what can be claimed, and claiming one."""

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

import doors
from doors import answered
from miniprogram_api import repeats
from miniprogram_api.caller import Caller, signed_in, visiting
from miniprogram_api.coupon_faces import Face, Reason, face
from miniprogram_api.coupons import HeldCoupon, held
from miniprogram_api.shapes import OPTIONAL, Account, Asked, AskedPage, Page
from store.loyalty import coupon_offers, coupon_wallets, coupons
from store.people import members
from store.people.members import Member

door = APIBlueprint("coupon_offers", __name__, tag="优惠券")


class AskedOffers(AskedPage):
    """`account` names the company where nobody is signed in."""

    account: Account | None = None


class AskedOffer(Asked):
    """`account` names the company where nobody is signed in."""

    account: Account | None = None


class Offer(BaseModel):
    """A coupon that is open to claims; `against` is why this customer cannot claim it now."""

    id: str
    face: Face
    left: int | None = Field(description="剩余张数，null 为不限量")
    claimed: int = Field(description="本人已领张数")
    limit: int = Field(description="每人限领张数")
    actions: list[str] = Field(description="能领取时有 claim")
    against: Reason | None = Field(description="不能领取的原因")


class OfferPage(Offer):
    """Everything that the terms of an offer say."""

    content: str
    instructions: str
    disclaimer: str
    service_phone: str


class Offers(Page):
    """A page of offers."""

    list: list[Offer]


@door.get("/api/coupons")
@visiting
@door.doc(summary="可领取的优惠券", security=OPTIONAL)
@door.input(AskedOffers, location="query")
@door.output(Offers)
def listing(caller: Caller, query_data: AskedOffers) -> Response:
    asked = query_data
    rows, total = coupon_offers.listing(_member(caller), page=asked.page, page_size=asked.page_size)
    shown = [Offer(**_facts(row)) for row in rows]
    return answered(Offers(**doors.page(shown, total=total, page=asked.page, page_size=asked.page_size)))


@door.get("/api/coupons/<rule_id>")
@visiting
@door.doc(summary="可领取的优惠券详情", security=OPTIONAL, responses={404: "没有该优惠券"})
@door.input(AskedOffer, location="query")
@door.output(OfferPage)
def show(caller: Caller, rule_id: str, query_data: AskedOffer) -> Response:
    offer = coupon_offers.of_public_id(rule_id, _member(caller))
    texts = ("content", "instructions", "disclaimer", "service_phone")
    return answered(OfferPage(**_facts(offer), **{name: getattr(offer.rule.terms, name) for name in texts}))


@door.post("/api/coupons/<rule_id>/claims")
@signed_in
@door.doc(
    summary="领取优惠券",
    security="session",
    responses={
        403: "请先注册会员", 404: "没有该优惠券", 409: "已领完、已达上限或已下架", 429: "过于频繁"
    },
)  # fmt: skip
@door.output(HeldCoupon, status_code=201)
def claim(caller: Caller, rule_id: str) -> Response:
    coupon_offers.admit(caller.customer)

    def claimed() -> HeldCoupon:
        member = _member(caller)
        offer = coupon_offers.of_public_id(rule_id, member)
        coupon = coupons.claim(rule=offer.rule, member=member, source=caller.channel.kind)
        return held(coupon_wallets.of_code(member, coupon.code))

    return answered(repeats.once(caller.scope, None, claimed), 201)


def _member(caller: Caller) -> Member | None:
    return members.of_customer(caller.customer) if caller.customer else None


def _facts(offer: coupon_offers.Offer) -> dict[str, object]:
    against = offer.against
    return {
        "id": offer.rule.public_id,
        "face": face(offer.rule.terms),
        "left": offer.left,
        "claimed": offer.claimed,
        "limit": offer.limit,
        "actions": [] if against else ["claim"],
        "against": Reason(code=against.code, sentence=against.sentence) if against else None,
    }
