"""Shops (门店): location, opening hours, page, and the states open, paused and closed.

Routes find a shop by `get_by_public_id` (customers) or `get_by_code` (staff, tills, other systems), show it by its
columns with `is_open` and `hours_text`, and list shops with `list_shops` and `list_newest`. Nearby shops are found
in `store/shops/nearby.py`.
"""

from datetime import datetime
from typing import Any

import peewee

from store.core import clock, errors, events, ids, keyset
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.core.keyset import Position
from store.core.validation import validate
from store.shops import cache_version, details, hours
from store.shops.cache_version import ShopCacheVersion
from store.shops.coordinates import Coordinates
from store.tenants import audit, business_days

MAX_CACHED = 20_000  # shops of one tenant that a process keeps in memory

TRANSITIONS: dict[str, frozenset[str]] = {
    "open": frozenset({"paused", "closed"}),
    "paused": frozenset({"open", "closed"}),
    "closed": frozenset(),
}
_EVENT_NAMES = {"open": "resumed", "paused": "paused", "closed": "closed"}

# A change of these columns can change the result of a nearby search.
_SEARCH_COLUMNS = frozenset({"brand", "city", "district", "address", "hours", "holidays"})
# The log keeps no personal data, and a contact may be a person.
_PERSONAL_COLUMNS = frozenset({"contact", "phone"})


class Shop(Model):
    """`code` is the tenant's own number, `public_id` is part of URLs. `lng` and `lat` are GCJ-02."""

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("sho_"))
    code = peewee.CharField(max_length=40, unique=True)
    name = peewee.CharField(max_length=60)
    state = peewee.CharField(
        max_length=10, default="open", constraints=[peewee.Check("state IN ('open', 'paused', 'closed')")]
    )
    lng = peewee.DoubleField(constraints=[peewee.Check("lng BETWEEN -180 AND 180")])
    lat = peewee.DoubleField(constraints=[peewee.Check("lat BETWEEN -90 AND 90")])
    brand = peewee.CharField(max_length=60, default="")
    industry = peewee.CharField(max_length=30, default="")
    shop_type = peewee.CharField(max_length=30, default="")
    department = peewee.CharField(max_length=60, default="")
    source = peewee.CharField(max_length=30, default="")
    logo_url = peewee.CharField(max_length=500, default="")
    contact = peewee.CharField(max_length=40, default="")
    phone = peewee.CharField(max_length=40, default="")
    description = peewee.CharField(max_length=500, default="")
    introduction = peewee.TextField(default="")
    region = peewee.CharField(max_length=40, default="")
    province = peewee.CharField(max_length=40, default="")
    city = peewee.CharField(max_length=40, default="", index=True)
    district = peewee.CharField(max_length=40, default="")
    address = peewee.CharField(max_length=200, default="")
    hours = JsonField(default=dict)
    holidays = JsonField(default=dict)
    pictures = JsonField(default=list)
    advertisements = JsonField(default=list)
    template = peewee.CharField(max_length=20, default="general")
    delivery = peewee.BooleanField(default=True)
    payment = peewee.BooleanField(default=True)
    pickup = peewee.BooleanField(default=True)
    created_at = UtcDateTimeField(default=clock.now, index=True)

    @property
    def location(self) -> Coordinates:
        """Return the position."""
        return Coordinates(self.lng, self.lat)


@db.transactional
def create_shop(*, code: str, name: str, location: Coordinates, **fields: Any) -> Shop:
    """Create a shop. Idempotent by code and name.

    `fields` are those of `details.ShopDetails`, all with defaults. `location` is GCJ-02 (see
    `coordinates.to_gcj02`). Raises DomainError(invalid, shop_code_taken).
    """
    opening = validate(details.FixedDetails, {"code": code, "name": name})
    columns = validate(details.ShopDetails, fields).to_columns()
    found = Shop.get_or_none(Shop.code == opening.code)
    if found is not None:
        if found.name != opening.name:
            raise errors.DomainError("shop_code_taken", f"门店编码 {code} 已被“{found.name}”使用", 409)
        return found
    shop = Shop.create(code=opening.code, name=opening.name, lng=location.lng, lat=location.lat, **columns)
    _record_change(shop, "created", after={"name": shop.name, "lng": shop.lng, "lat": shop.lat})
    return shop


@db.transactional
def update_details(shop: Shop, **values: Any) -> Shop:
    """Change some details of a shop, keep the others, and return the current shop.

    Raises DomainError(invalid, not_found, shop_name_fixed, shop_code_fixed).
    """
    row = lock(shop)
    _ensure_unchanged(row, values)
    before = {column: getattr(row, column) for column in details.ShopDetails.model_fields}
    after = validate(details.ShopDetails, {**before, **values}).to_columns()
    changed = {column: value for column, value in after.items() if value != before[column]}
    if changed:
        Shop.update(changed).where(Shop.id == row.id).execute()
        _record_change(
            row, "changed", before=_audit_values(before, changed), after=_audit_values(after, changed),
            affects_search=not _SEARCH_COLUMNS.isdisjoint(changed),
        )  # fmt: skip
    return Shop.get_by_id(row.id)


@db.transactional
def relocate(shop: Shop, *, location: Coordinates) -> Shop:
    """Move a shop to another position (GCJ-02). Its address is a text that `update_details` changes."""
    row = lock(shop)
    if row.location != location:
        before = {"lng": row.lng, "lat": row.lat}
        row.lng, row.lat = location.lng, location.lat
        row.save(only=[Shop.lng, Shop.lat])
        _record_change(row, "moved", before=before, after={"lng": row.lng, "lat": row.lat})
    return row


def pause(shop: Shop) -> Shop:
    """Pause a shop, which hides it from nearby searches. Idempotent."""
    return _transition(shop, "paused")


def resume(shop: Shop) -> Shop:
    """Resume a paused shop. Idempotent."""
    return _transition(shop, "open")


def close(shop: Shop) -> Shop:
    """Close a shop finally. Its records stay. Idempotent."""
    return _transition(shop, "closed")


def get_by_public_id(public_id: str) -> Shop:
    """Return the shop of a public id in any state. Raises DomainError(not_found)."""
    return _get_or_raise(Shop.find(public_id=public_id))


def get_by_code(code: str) -> Shop:
    """Return the shop of the tenant's own number. Raises DomainError(not_found)."""
    return _get_or_raise(Shop.find(code=code))


def find_by_ids(shop_ids: list[int]) -> dict[int, Shop]:
    """Return the shops of row ids in one query. Unknown ids are left out."""
    return {shop.id: shop for shop in Shop.by_ids(shop_ids)}


def find_cached(shop_ids: list[int], version: ShopCacheVersion) -> dict[int, Shop]:
    """Return the shops of row ids from this process's cache while `version` is current. Do not change them."""
    cached = _cache.get(db.current_tenant())
    if cached is None or cached[0] != version.version or len(cached[1]) > MAX_CACHED:
        cached = _cache[db.current_tenant()] = (version.version, {})
    shops = cached[1]
    for shop in Shop.by_ids([shop_id for shop_id in shop_ids if shop_id not in shops]):
        for column in ("hours", "holidays", "pictures", "advertisements"):
            value = getattr(shop, column)  # the same in most shops of a chain, so they share one copy
            setattr(
                shop,
                column,
                _interned.setdefault(str(value), value) if len(_interned) < MAX_CACHED else value,
            )
        shops[shop.id] = shop
    return {shop_id: shops[shop_id] for shop_id in shop_ids if shop_id in shops}


def list_shops(
    *,
    search: str = "",
    state: str | None = None,
    newest_first: bool = False,
    page: int = 1,
    page_size: int = 20,
    after: Position | None = None,
    **filters: str,
) -> tuple[list[Shop], int]:
    """Return one page of the shops, or what comes after a position, by code or the newest first, and the total.

    `search` is found in code, name, address and phone. `filters` are exact values of brand, industry, template,
    province, city or district. Staff see every state, so a customer's list passes `state="open"`.
    """
    query = _filtered_query(search.strip(), {**filters, **({"state": state} if state else {})})
    keys = ((Shop.created_at, True), (Shop.id, True)) if newest_first else ((Shop.code, False),)
    return keyset.select_page(query, keys, page=page, page_size=page_size, after=after), query.count()


def list_newest(limit: int = 10) -> list[Shop]:
    """Return the open shops that were created last."""
    query = Shop.select().where(Shop.state == "open").order_by(Shop.created_at.desc(), Shop.id.desc())
    return list(query.limit(min(max(limit, 1), 100)))


def list_cities() -> list[str]:
    """Return the cities with open shops, those with the most first."""
    return _distinct_values(Shop.city)


def list_brands() -> list[str]:
    """Return the brands of open shops, those with the most first."""
    return _distinct_values(Shop.brand)


def is_open(shop: Shop, moment: datetime | None = None) -> bool:
    """Return whether the shop is open at `moment` (by default now)."""
    return shop.state == "open" and hours.open_status(shop.hours, shop.holidays, local_time(moment))[0]


def hours_text(shop: Shop, moment: datetime | None = None) -> str:
    """Return `营业中 · 22:00 打烊`, `休息中 · 明天 08:00 营业`, or the state of a paused or closed shop."""
    if shop.state != "open":
        return {"paused": "暂停营业", "closed": "已关店"}[shop.state]
    return hours.open_status(shop.hours, shop.holidays, local_time(moment))[1]


def local_time(moment: datetime | None = None) -> datetime:
    """Return a moment (by default now) as naive local time of the shops. A naive moment stays as it is."""
    if moment is not None and moment.tzinfo is None:
        return moment
    return business_days.to_local(moment or clock.now()).replace(tzinfo=None)


@db.transactional
def _transition(shop: Shop, state: str) -> Shop:
    """Move a shop to another state. Idempotent."""
    row = lock(shop)
    if row.state == state:
        return row
    if state not in TRANSITIONS[row.state]:
        raise errors.DomainError("shop_closed", "门店已关店，不能恢复或暂停", 409)
    before, row.state = row.state, state
    row.save(only=[Shop.state])
    _record_change(row, _EVENT_NAMES[state], before={"state": before}, after={"state": state})
    return row


def lock(shop: Shop) -> Shop:
    """Lock the row of a shop and return it as it is now. Requires a transaction."""
    return _get_or_raise(db.lock(Shop.select().where(Shop.id == shop.id)).first())


def _get_or_raise(shop: Shop | None) -> Shop:
    if shop is None:
        raise errors.not_found("该门店")
    return shop


def _ensure_unchanged(row: Shop, values: dict[str, Any]) -> None:
    """Reject other values of name and code. A form may send the current ones."""
    for field, what in (("name", "名称"), ("code", "编码")):
        if values.pop(field, getattr(row, field)) != getattr(row, field):
            raise errors.DomainError(f"shop_{field}_fixed", f"门店{what}创建后不能修改", 422, field=field)


def _audit_values(columns: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    return {name: "…" if name in _PERSONAL_COLUMNS else columns[name] for name in changed}


def _record_change(
    shop: Shop, event_name: str, *, before: Any = None, after: Any, affects_search: bool = True
) -> None:
    """Record a change. `affects_search` is true if a nearby search could differ."""
    cache_version.bump(affects_search=affects_search)
    events.record(f"shops.{event_name}", shop_id=shop.id)
    audit.record(f"shops.{event_name}", f"shop:{shop.code}", before=before, after=after)


def _distinct_values(column: peewee.Field) -> list[str]:
    """Return the values of a column of the open shops, the most frequent first."""
    there = Shop.select(column).where((Shop.state == "open") & (column != "")).group_by(column)
    return [row[0] for row in there.order_by(peewee.fn.COUNT(Shop.id).desc(), column).tuples()]  # type: ignore[index]


def _filtered_query(search: str, filters: dict[str, str]) -> "peewee.ModelSelect[Shop]":
    query = Shop.select()
    for column, value in filters.items():
        if column not in details.FILTER_COLUMNS:
            raise errors.invalid(column, "不能按此项筛选")
        query = query.where(getattr(Shop, column) == value)
    if search:
        columns = (Shop.code, Shop.name, Shop.address, Shop.phone)
        anywhere = [column.contains(search) for column in columns]
        query = query.where(anywhere[0] | anywhere[1] | anywhere[2] | anywhere[3])
    return query


_cache: dict[str, tuple[str, dict[int, Shop]]] = {}
_interned: dict[str, Any] = {}
