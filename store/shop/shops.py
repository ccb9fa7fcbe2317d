"""A shop (门店): where it stands, when it is open, what its page shows; open, paused or closed for good.

Doors find a shop by `of_public_id` (customers) or `of_code` (staff, tills, other systems), show it by its
columns with `is_open` and `hours_text`, and list shops with `listing` and `newest`. For what is near, see
`store/shop/nearby.py`.
"""

from datetime import datetime
from typing import Any

import peewee

from store.company import audit, calendar
from store.kernel import clock, db, events, ids, refusals
from store.kernel.fields import Json, Moment
from store.kernel.records import Record
from store.kernel.validation import checked
from store.shop import hours, profiles, revisions
from store.shop.places import Place
from store.shop.revisions import ShopRevision

KEPT = 20_000  # shops of one tenant that a process keeps in memory

MOVES: dict[str, frozenset[str]] = {
    "open": frozenset({"paused", "closed"}),
    "paused": frozenset({"open", "closed"}),
    "closed": frozenset(),
}
_STEPS = {"open": "resumed", "paused": "paused", "closed": "closed"}

# A change of these is seen by the search for nearby shops.
_SEARCHED = frozenset({"brand", "city", "district", "address", "hours", "holidays"})
# The log keeps no personal data, and a contact may be a person.
_UNLOGGED = frozenset({"contact", "phone"})


class Shop(Record):
    """`code` is the company's own number for it, `public_id` stands in addresses; lng and lat are GCJ-02."""

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public("sho_"))
    code = peewee.CharField(max_length=40, unique=True)
    name = peewee.CharField(max_length=60)
    state = peewee.CharField(
        max_length=10, default="open", constraints=[peewee.Check("state IN ('open', 'paused', 'closed')")]
    )
    lng = peewee.DoubleField(constraints=[peewee.Check("lng BETWEEN -180 AND 180")])
    lat = peewee.DoubleField(constraints=[peewee.Check("lat BETWEEN -90 AND 90")])
    brand = peewee.CharField(max_length=60, default="")
    industry = peewee.CharField(max_length=30, default="")
    logo_url = peewee.CharField(max_length=500, default="")
    contact = peewee.CharField(max_length=40, default="")
    phone = peewee.CharField(max_length=40, default="")
    description = peewee.CharField(max_length=500, default="")
    introduction = peewee.TextField(default="")
    province = peewee.CharField(max_length=40, default="")
    city = peewee.CharField(max_length=40, default="", index=True)
    district = peewee.CharField(max_length=40, default="")
    address = peewee.CharField(max_length=200, default="")
    hours = Json(default=dict)
    holidays = Json(default=dict)
    pictures = Json(default=list)
    advertisements = Json(default=list)
    template = peewee.CharField(max_length=20, default="general")
    delivery = peewee.BooleanField(default=True)
    payment = peewee.BooleanField(default=True)
    pickup = peewee.BooleanField(default=True)
    created_at = Moment(default=clock.now, index=True)

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.lng, self.lat)


@db.verb
def open_shop(*, code: str, name: str, place: Place, **profile: Any) -> Shop:
    """Open a shop; `profile` are the fields of `profiles.Profile`, all with defaults.

    `place` is GCJ-02 (`places.to_gcj02` makes one). Opened twice under the same code and name it is
    the shop that is there, unchanged. Raises Refused: invalid, shop_code_taken.
    """
    opening = checked(profiles.Opening, {"code": code, "name": name})
    columns = checked(profiles.Profile, profile).stored()
    found = Shop.get_or_none(Shop.code == opening.code)
    if found is not None:
        if found.name != opening.name:
            raise refusals.Refused("shop_code_taken", f"门店编码 {code} 已被“{found.name}”使用", 409)
        return found
    shop = Shop.create(code=opening.code, name=opening.name, lng=place.lng, lat=place.lat, **columns)
    _record(shop, "opened", after={"name": shop.name, "lng": shop.lng, "lat": shop.lat})
    return shop


@db.verb
def change(shop: Shop, **values: Any) -> Shop:
    """Change some fields of a shop's profile, keep the others; returns the shop as it is now.

    Name and code are fixed: Refused(shop_name_fixed, shop_code_fixed). Also raises invalid, not_found.
    """
    row = _locked(shop)
    _refuse_fixed(row, values)
    before = {column: getattr(row, column) for column in profiles.Profile.model_fields}
    after = checked(profiles.Profile, {**before, **values}).stored()
    changed = {column: value for column, value in after.items() if value != before[column]}
    if changed:
        Shop.update(changed).where(Shop.id == row.id).execute()
        _record(
            row, "changed", before=_logged(before, changed), after=_logged(after, changed),
            seen=not _SEARCHED.isdisjoint(changed),
        )  # fmt: skip
    return Shop.get_by_id(row.id)


@db.verb
def move(shop: Shop, *, place: Place) -> Shop:
    """Put a shop elsewhere on the map (GCJ-02); its address is text and is changed with `change`."""
    row = _locked(shop)
    if row.place != place:
        before = {"lng": row.lng, "lat": row.lat}
        row.lng, row.lat = place.lng, place.lat
        row.save(only=[Shop.lng, Shop.lat])
        _record(row, "moved", before=before, after={"lng": row.lng, "lat": row.lat})
    return row


def pause(shop: Shop) -> Shop:
    """Take a shop out of sight for a while."""
    return _to(shop, "paused")


def resume(shop: Shop) -> Shop:
    """Bring a paused shop back."""
    return _to(shop, "open")


def close(shop: Shop) -> Shop:
    """Close a shop for good; its records stay."""
    return _to(shop, "closed")


def of_public_id(public_id: str) -> Shop:
    """The shop behind a public id, whatever its state; raises Refused(not_found)."""
    return _found(Shop.get_or_none(Shop.public_id == public_id))


def of_code(code: str) -> Shop:
    """The shop behind the company's own number; raises Refused(not_found)."""
    return _found(Shop.get_or_none(Shop.code == code))


def of_ids(shop_ids: list[int]) -> dict[int, Shop]:
    """Shops by their row ids, in one query; ids of none are left out."""
    return {shop.id: shop for shop in Shop.of_ids(shop_ids)}


def kept(shop_ids: list[int], revision: ShopRevision) -> dict[int, Shop]:
    """As `of_ids`, out of this process's memory while the revision is the same; to be shown, not changed."""
    shelf = _shelves.get(db.tenant())
    if shelf is None or shelf[0] != revision.changed or len(shelf[1]) > KEPT:
        shelf = _shelves[db.tenant()] = (revision.changed, {})
    for shop in Shop.of_ids([shop_id for shop_id in shop_ids if shop_id not in shelf[1]]):
        for column in ("hours", "holidays", "pictures", "advertisements"):
            value = getattr(shop, column)  # alike in most shops of a chain, so one copy serves them all
            setattr(shop, column, _alike.setdefault(str(value), value) if len(_alike) < KEPT else value)
        shelf[1][shop.id] = shop
    return {shop_id: shelf[1][shop_id] for shop_id in shop_ids if shop_id in shelf[1]}


def listing(
    *,
    search: str = "",
    state: str | None = None,
    newest_first: bool = False,
    page: int = 1,
    page_size: int = 20,
    **same: str,
) -> tuple[list[Shop], int]:
    """One page of the shops, by code or the last opened first, and how many there are in all.

    `search` looks into code, name, address and phone; `same` are exact values of brand, industry,
    template, province, city or district. Staff see every state, so a customer's list says `state="open"`.
    """
    query = _matching(search.strip(), {**same, **({"state": state} if state else {})})
    page, page_size = max(page, 1), min(max(page_size, 1), 100)
    order = (Shop.created_at.desc(), Shop.id.desc()) if newest_first else (Shop.code,)
    return list(query.order_by(*order).paginate(page, page_size)), query.count()


def newest(count: int = 10) -> list[Shop]:
    """The open shops that were opened last."""
    query = Shop.select().where(Shop.state == "open").order_by(Shop.created_at.desc(), Shop.id.desc())
    return list(query.limit(min(max(count, 1), 100)))


def cities() -> list[str]:
    """The cities with open shops, those with the most first."""
    return _values(Shop.city)


def brands() -> list[str]:
    """The brands of open shops, those with the most first."""
    return _values(Shop.brand)


def is_open(shop: Shop, at: datetime | None = None) -> bool:
    """Whether somebody finds the door open at `at` (now by default)."""
    return shop.state == "open" and hours.sign(shop.hours, shop.holidays, wall_clock(at))[0]


def hours_text(shop: Shop, at: datetime | None = None) -> str:
    """`营业中 · 22:00 打烊`, `休息中 · 明天 08:00 营业`, or the state of a shop that is not in business."""
    if shop.state != "open":
        return {"paused": "暂停营业", "closed": "已关店"}[shop.state]
    return hours.sign(shop.hours, shop.holidays, wall_clock(at))[1]


def wall_clock(at: datetime | None = None) -> datetime:
    """A moment (now by default) as the clocks in the shops show it, naive; what is naive is taken as that."""
    if at is not None and at.tzinfo is None:
        return at
    return calendar.local(at or clock.now()).replace(tzinfo=None)


@db.verb
def _to(shop: Shop, state: str) -> Shop:
    """The one way from state to state; there already, nothing happens."""
    row = _locked(shop)
    if row.state == state:
        return row
    if state not in MOVES[row.state]:
        raise refusals.Refused("shop_closed", "门店已关店，不能恢复或暂停", 409)
    before, row.state = row.state, state
    row.save(only=[Shop.state])
    _record(row, _STEPS[state], before={"state": before}, after={"state": state})
    return row


def _locked(shop: Shop) -> Shop:
    return _found(db.lock(Shop.select().where(Shop.id == shop.id)).first())


def _found(shop: Shop | None) -> Shop:
    if shop is None:
        raise refusals.not_found("该门店")
    return shop


def _refuse_fixed(row: Shop, values: dict[str, Any]) -> None:
    """A form may send name and code along as they are; other values are refused."""
    for field, what in (("name", "名称"), ("code", "编码")):
        if values.pop(field, getattr(row, field)) != getattr(row, field):
            raise refusals.Refused(f"shop_{field}_fixed", f"门店{what}创建后不能修改", 422, field=field)


def _logged(columns: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    return {name: "…" if name in _UNLOGGED else columns[name] for name in changed}


def _record(shop: Shop, step: str, *, before: Any = None, after: Any, seen: bool = True) -> None:
    """Write what happened to a shop; `seen` when a search for nearby shops could tell the difference."""
    revisions.renew(seen=seen)
    events.record(f"shops.{step}", shop_id=shop.id)
    audit.record(f"shops.{step}", f"shop:{shop.code}", before=before, after=after)


def _values(column: peewee.Field) -> list[str]:
    """What stands in a column of the open shops, the most frequent first."""
    there = Shop.select(column).where((Shop.state == "open") & (column != "")).group_by(column)
    return [row[0] for row in there.order_by(peewee.fn.COUNT(Shop.id).desc(), column).tuples()]  # type: ignore[index]


def _matching(search: str, same: dict[str, str]) -> "peewee.ModelSelect[Shop]":
    query = Shop.select()
    for column, value in same.items():
        if column not in ("brand", "industry", "template", "province", "city", "district", "state"):
            raise refusals.invalid(column, "不能按此项筛选")
        query = query.where(getattr(Shop, column) == value)
    if search:
        columns = (Shop.code, Shop.name, Shop.address, Shop.phone)
        anywhere = [column.contains(search) for column in columns]
        query = query.where(anywhere[0] | anywhere[1] | anywhere[2] | anywhere[3])
    return query


_shelves: dict[str, tuple[str, dict[int, Shop]]] = {}
_alike: dict[str, Any] = {}
