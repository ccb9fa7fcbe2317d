"""Changes of a shop: its details and its place on the map in one operation, with the differences."""

from typing import Any

from store.core.database import db
from store.shops import detail_texts, shops
from store.shops.coordinates import Coordinates
from store.shops.detail_texts import Difference
from store.shops.details import ShopDetails
from store.shops.shops import Shop


@db.transactional
def change(
    shop: Shop, *, location: Coordinates | None = None, details: dict[str, Any] | None = None
) -> list[Difference]:
    """Change some details of a shop, keep the others, and return the differences. Idempotent.

    Raises DomainError: invalid, not_found, shop_name_fixed, shop_code_fixed.
    """
    before = _to_values(shops.lock(shop))
    if details:
        shops.update_details(shop, **details)
    if location is not None:
        shops.relocate(shop, location=location)
    return detail_texts.list_differences(before, _to_values(Shop.get_by_id(shop.id)))


def _to_values(shop: Shop) -> dict[str, Any]:
    return {name: getattr(shop, name) for name in (*ShopDetails.model_fields, "location")}
