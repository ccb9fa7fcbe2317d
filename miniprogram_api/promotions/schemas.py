"""Responses about promotions."""

from datetime import datetime

from pydantic import BaseModel, Field

from store.offers.goods_offers import Offer


class PromotionOffer(BaseModel):
    """A promotion that holds now."""

    code: str
    kind: str = Field(
        description="special_price 特价、second_half 第二件半价、buy_get 买赠、bundle 组合、reduction 满减、"
        "discount 折扣、member_day 会员日、gift 满赠"
    )
    name: str
    tag: str = Field(description="标签，如 特价、满 30 减 5")
    sentence: str = Field(description="说明，与订单上的优惠说明一致")
    limits: list[str] = Field(description="适用条件，如 限会员、每人限 2 次")
    members_only: bool
    ends_at: datetime


def to_offers(offers: tuple[Offer, ...] | list[Offer]) -> list[PromotionOffer]:
    """Return promotions as pages show them."""
    return [
        PromotionOffer(
            code=one.number, kind=one.kind, name=one.name, tag=one.tag, sentence=one.sentence,
            limits=list(one.limits), members_only=one.members_only, ends_at=one.ends_at,
        )
        for one in offers
    ]  # fmt: skip
