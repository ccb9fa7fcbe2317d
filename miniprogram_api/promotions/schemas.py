"""Responses about promotions."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

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


def to_offers(offers: Iterable[Offer]) -> list[PromotionOffer]:
    """Return promotions as pages show them."""
    return [_to_offer(one) for one in offers]


@lru_cache(maxsize=1024)  # a promotion for all goods comes with each of them
def _to_offer(offer: Offer) -> PromotionOffer:
    return PromotionOffer(
        code=offer.number, kind=offer.kind, name=offer.name, tag=offer.tag, sentence=offer.sentence,
        limits=list(offer.limits), members_only=offer.members_only, ends_at=offer.ends_at,
    )  # fmt: skip
