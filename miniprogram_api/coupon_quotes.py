"""A coupon quote (用券方案): the best set of the customer's coupons for a basket; nothing is written."""

from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field, StrictBool, StrictInt, StringConstraints

from doors import answered
from miniprogram_api.caller import Caller, signed_in
from miniprogram_api.coupon_faces import Face, Reason, face
from miniprogram_api.shapes import Asked
from store.company import calendar
from store.kernel import clock
from store.loyalty import coupon_reasons, coupon_uses
from store.loyalty.coupon_baskets import Basket, Line
from store.loyalty.coupon_reasons import Card
from store.loyalty.coupon_takings import Taken
from store.people import members
from store.shop import shops

door = APIBlueprint("coupon_quotes", __name__, tag="优惠券")

MOST_LINES = 100
Goods = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]


class BasketLine(Asked):
    """One line after promotions: `total_fen` is for all its units, `promoted` when a promotion lowered it."""

    product: Goods
    categories: list[Goods] = Field(default=[], max_length=20)
    quantity: StrictInt = Field(ge=1, le=10_000)
    total_fen: StrictInt = Field(ge=0, le=100_000_000)
    promoted: StrictBool = False


class AskedQuote(Asked):
    """A basket in a store."""

    store_id: Goods = Field(max_length=40, description="门店编号")
    lines: list[BasketLine] = Field(min_length=1, max_length=MOST_LINES)


class TakenCoupon(BaseModel):
    """A coupon of the set: what it takes, and its part of each line in the order of the basket."""

    code: str
    face: Face
    fen: int
    pays: bool = Field(description="代金券：作为付款，不减订单金额")
    parts: list[int]


class OtherCoupon(BaseModel):
    """A coupon that is not in the set, and why."""

    code: str
    face: Face
    reason: Reason


class Quote(BaseModel):
    """`proven` is false where the search ended before every coupon and set was looked at."""

    total_fen: int
    off_fen: int = Field(description="优惠金额")
    paid_fen: int = Field(description="代金券支付的金额")
    payable_fen: int
    proven: bool
    taken: list[TakenCoupon]
    others: list[OtherCoupon]


@door.post("/api/me/coupons/quotes")
@signed_in
@door.doc(
    summary="用券方案",
    description="为购物车挑出最省的一组券，并说明其余的券为何不可用。只计算，不占用。",
    security="session",
    responses={404: "没有该门店", 429: "过于频繁"},
)
@door.input(AskedQuote)
@door.output(Quote)
def quote(caller: Caller, json_data: AskedQuote) -> Response:
    coupon_uses.admit_quote(caller.customer)
    member = members.of_customer(caller.customer)
    found = coupon_uses.quote(member=member, basket=_basket(json_data))
    return answered(
        Quote(
            **{
                name: getattr(found, name)
                for name in ("total_fen", "off_fen", "paid_fen", "payable_fen", "proven")
            },
            taken=[_taken(taken) for taken in found.taken],
            others=[_other(card, found.reasons[card.code]) for card in found.others],
        )
    )


def _basket(asked: AskedQuote) -> Basket:
    return Basket(
        lines=tuple(
            Line(
                number=str(number),
                product=line.product,
                quantity=line.quantity,
                total_fen=line.total_fen,
                groups=tuple(line.categories),
                promoted=line.promoted,
            )
            for number, line in enumerate(asked.lines, 1)
        ),
        at=calendar.local(clock.now()),
        shop=shops.of_public_id(asked.store_id).code,
    )


def _taken(taken: Taken) -> TakenCoupon:
    card = taken.card
    return TakenCoupon(
        code=card.code, face=face(card.terms), fen=taken.fen, pays=taken.pays, parts=list(taken.parts)
    )


def _other(card: Card, why: coupon_reasons.Reason) -> OtherCoupon:
    reason = Reason(code=why.code, sentence=why.sentence)
    return OtherCoupon(code=card.code, face=face(card.terms), reason=reason)
