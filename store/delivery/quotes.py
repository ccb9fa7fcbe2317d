"""Delivery quotes (运费试算): the zone of an address by its true distance from the shop."""

from dataclasses import dataclass

from store.core import errors, money
from store.delivery import rules
from store.shops.coordinates import Coordinates, geodesic_distance_m
from store.shops.shops import Shop


@dataclass(frozen=True)
class DeliveryQuote:
    """What a delivery costs: fee and limits in fen. Goods of `free_from_fen` are delivered for nothing."""

    distance_m: float
    fee_fen: int
    minimum_fen: int
    free_from_fen: int | None


def quote(shop: Shop, *, latitude: float | None, longitude: float | None) -> DeliveryQuote:
    """Return the quote of a position. Raises DomainError(way_not_offered, position_required, out_of_range)."""
    rules.ensure_offered(shop, "delivery")
    if latitude is None or longitude is None:
        raise errors.DomainError("position_required", "请在地址中选择定位，以便计算配送距离", 409)
    distance_m = geodesic_distance_m(shop.location, Coordinates(longitude, latitude))
    for zone in rules.list_zones(shop):
        if distance_m <= zone.up_to_metres:
            return DeliveryQuote(distance_m, zone.fee_fen, zone.minimum_fen, zone.free_from_fen)
    raise errors.DomainError(
        "out_of_range", f"该地址距门店 {distance_m / 1000:.1f} 公里，超出配送范围", 409, distance_m=distance_m
    )


def ensure_minimum(goods_fen: int, found: DeliveryQuote | None) -> None:
    """Raise DomainError(below_minimum) for goods that are too few to be delivered."""
    if found is not None and goods_fen < found.minimum_fen:
        lacking = money.yuan(found.minimum_fen - goods_fen)
        raise errors.DomainError(
            "below_minimum", f"{money.yuan(found.minimum_fen)} 元起送，还差 {lacking} 元", 409,
            minimum_fen=found.minimum_fen,
        )  # fmt: skip
