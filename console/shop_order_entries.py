"""Orders that staff enter for a customer (代客下单): the choices of the form, the price, and the order itself."""

from datetime import datetime
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

from console import member_lookup, shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import Search, operation_number, respond_once
from store.addresses import addresses
from store.addresses.addresses import AddressFields
from store.catalog import skus
from store.core import masking
from store.customers import identities, member_scope, person_search, profiles
from store.customers import members as member_accounts
from store.delivery import rules, slots
from store.orders.fulfilments import KIND_LABELS
from store.orders.goods_lines import WantedSku
from store.shop_orders import staff_entry, submission
from store.shop_orders.submission import MAX_LINES, Choice, Kind, Preview
from store.shops.shops import Shop
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint(
    "console_shop_order_entries", __name__, url_prefix="/console/api/shop-order-entries", enable_openapi=False
)

_WAYS_WITH_SLOTS = ("pickup", "delivery")


class CustomerQuery(RequestModel):
    """A whole phone or card number."""

    search: Search = ""


class GoodsQuery(RequestModel):
    """The code of a shop, and words to look for."""

    shop: Search
    search: Search = ""


class EntryLine(RequestModel):
    """Units of a SKU."""

    sku_id: Annotated[OneLine, StringConstraints(min_length=1, max_length=40)]
    quantity: int = Field(ge=1, le=10_000)


class EntryChoice(RequestModel):
    """What the customer wants. `address_id` is one of the customer's own, `address` a typed one."""

    member: Search
    shop: Search
    lines: list[EntryLine] = Field(min_length=1, max_length=MAX_LINES)
    kind: Kind
    slot: datetime | None = None
    address_id: Search | None = None
    address: AddressFields | None = None
    payment_terms: Literal["online", "cash_on_delivery"] = "online"
    remark: Annotated[OneLine, StringConstraints(max_length=200)] = ""


class Entry(EntryChoice):
    """The order, with the total that the person was shown."""

    expected_total_fen: int = Field(ge=0)


@bp.get("/customers")
@staff_required("shop_orders.create")
@bp.input(CustomerQuery, location="query")
def find_customers(caller: StaffCaller, query_data: CustomerQuery) -> Response:
    """Return the member of a whole phone or card number with the saved addresses, masked, or nothing."""
    customer = person_search.find_customer(query_data.search) if query_data.search else None
    member = member_accounts.find_active(customer) if customer is not None else None
    if customer is None or member is None or not _is_seen(caller, member):
        return json_response([])
    phone = identities.find_phone(customer)
    return json_response([{
        "card": member.card_number, "name": profiles.display_name(customer),
        "phone": masking.mask_phone(phone) if phone else "",
        "addresses": [
            {
                "id": row.public_id,
                "label": f"{masking.mask_name(row.name)} {row.province}{row.city}{row.district}"
                f"{masking.mask_address(row.detail)}",
            }
            for row in addresses.list_own(customer)
        ],
    }])  # fmt: skip


@bp.get("/goods")
@staff_required("shop_orders.create")
@bp.input(GoodsQuery, location="query")
def list_goods(caller: StaffCaller, query_data: GoodsQuery) -> Response:
    """Return SKUs that a shop sells, with price and stock."""
    found = staff_entry.list_offers(shop_scope.get_shop(caller, query_data.shop), query_data.search)
    return json_response([
        {
            "sku_id": one.sku.public_id, "name": one.sku.full_name, "price_fen": one.price_fen,
            "member_price_fen": one.member_fen, "available": one.available,
        }
        for one in found
    ])  # fmt: skip


@bp.get("/ways")
@staff_required("shop_orders.create")
@bp.input(GoodsQuery, location="query")
def list_ways(caller: StaffCaller, query_data: GoodsQuery) -> Response:
    """Return the ways of a shop with their free time slots."""
    shop = shop_scope.get_shop(caller, query_data.shop)
    return json_response({
        "kinds": [
            {"kind": kind, "label": KIND_LABELS[kind], "slots": _list_slots(shop, kind)}
            for kind in staff_entry.list_ways(shop)
        ],
        "cash_on_delivery": rules.get(shop).cash_on_delivery_on,
    })  # fmt: skip


@bp.post("/previews")
@staff_required("shop_orders.create")
@bp.input(EntryChoice)
def preview_entry(caller: StaffCaller, json_data: EntryChoice) -> Response:
    """Return what the order would cost, and why it would be refused. Nothing is held."""
    return json_response(_to_preview(staff_entry.preview(_to_choice(caller, json_data))))


@bp.post("")
@staff_required("shop_orders.create")
@bp.input(Entry)
def place_entry(caller: StaffCaller, json_data: Entry) -> Response:
    key = operation_number(caller, prefix="SE")
    choice = _to_choice(caller, json_data, expected_total_fen=json_data.expected_total_fen)

    def work() -> dict[str, Any]:
        return {"number": staff_entry.place(choice, key=key).order.number}

    return respond_once(caller, json_data, work, status=201)


def _is_seen(caller: StaffCaller, member: Any) -> bool:
    return caller.shop_ids is None or member_scope.find_shop_id(member) in caller.shop_ids


def _list_slots(shop: Shop, kind: str) -> list[dict[str, str]]:
    found = slots.list_slots(shop, kind) if kind in _WAYS_WITH_SLOTS else []
    return [
        {"starts_at": one.starts_at.isoformat(), "ends_at": one.ends_at.isoformat()}
        for one in found
        if one.left
    ]


def _to_choice(caller: StaffCaller, asked: EntryChoice, *, expected_total_fen: int | None = None) -> Choice:
    customer = member_lookup.get_member(caller, asked.member).customer
    recipient: dict[str, Any] = {}
    if asked.kind == "delivery" and asked.address_id:
        recipient = addresses.get_own(customer, asked.address_id).snapshot()
    elif asked.kind == "delivery" and asked.address is not None:
        recipient = addresses.to_snapshot(asked.address.model_dump())
    known = skus.find_ids({line.sku_id for line in asked.lines})
    return Choice(
        shop=shop_scope.get_shop(caller, asked.shop), customer=customer, kind=asked.kind, recipient=recipient,
        lines=tuple(WantedSku(known[line.sku_id], line.quantity) for line in asked.lines),
        slot_starts_at=asked.slot, payment_terms=asked.payment_terms, remark=asked.remark,
        expected_total_fen=expected_total_fen,
    )  # fmt: skip


def _to_preview(found: Preview) -> dict[str, Any]:
    price = found.price
    return {
        "lines": [
            {
                "name": row.name, "specification": row.specification, "quantity": row.priced.quantity,
                "unit_fen": row.priced.unit_fen, "goods_fen": row.priced.goods_fen,
                "gift": row.priced.gift is not None,
            }
            for row in submission.list_lines(found)
        ],
        "discounts": [{"sentence": one.sentence, "fen": one.fen} for one in price.discounts],
        "progress": [one.sentence for one in price.progress],
        "notices": [one.sentence for one in price.notices],
        "list_fen": price.list_fen, "discount_fen": price.discount_fen, "freight_fen": price.freight_fen,
        "total_fen": price.total_fen,
        "problems": [one.message for one in found.problems],
    }  # fmt: skip
