"""Changes of a shop: its details and its place on the map in one operation, with the differences."""

from typing import Any

from store.core.database import db
from store.core.validation import validate
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

    Raises DomainError: invalid, not_found.
    """
    return change_locked(shops.lock(shop), location=location, details=details)


def lock_all() -> dict[str, Shop]:
    """Lock every shop and return them by code. Requires a transaction."""
    return {shop.code: shop for shop in db.lock(Shop.select().order_by(Shop.id))}


def change_locked(
    row: Shop, *, location: Coordinates | None = None, details: dict[str, Any] | None = None
) -> list[Difference]:
    """Change a shop as `change` does. A shop without differences costs no query.

    Requires a transaction and the row's lock.
    """
    before = {name: getattr(row, name) for name in ShopDetails.model_fields}
    after = validate(ShopDetails, {**before, **(details or {})}).to_columns()
    differences = detail_texts.list_differences(
        {**before, "location": row.location}, {**after, "location": location or row.location}
    )
    fields = [difference.field for difference in differences]
    changed = {name: after[name] for name in fields if name != "location"}
    if changed:
        shops.update_details(row, **changed)
    if location is not None and "location" in fields:
        shops.relocate(row, location=location)
    return differences
