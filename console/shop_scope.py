"""Shops in filters and forms: what a caller names must be a shop that the account sees."""

from collections.abc import Iterable

from console.auth import StaffCaller
from store.core.errors import invalid
from store.shops import shops
from store.shops.shops import Shop


def find_shop_id(caller: StaffCaller, code: str | None) -> int | None:
    """Return the row id of a shop's code, None without one. Raises DomainError(not_found)."""
    return get_shop(caller, code).id if code else None


def get_shop(caller: StaffCaller, code: str) -> Shop:
    """Return the shop of a code. Raises DomainError(not_found), also for a shop that the account does not see."""
    shop = shops.get_by_code(code)
    caller.ensure_shop(shop.id, subject="该门店")
    return shop


def ensure_named(caller: StaffCaller, shop: object, *, field: str = "shop") -> None:
    """Raise DomainError(invalid) if an account of some shops names none in a form."""
    if not shop and caller.shop_ids is not None:
        raise invalid(field, "请选择门店")


def read_names(shop_ids: Iterable[int | None]) -> dict[int | None, str]:
    """Return the names of shops by their row ids."""
    found = shops.find_by_ids(sorted({shop_id for shop_id in shop_ids if shop_id is not None}))
    return {shop_id: shop.name for shop_id, shop in found.items()}
