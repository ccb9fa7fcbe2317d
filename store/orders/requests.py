"""Order requests (下单请求): what a channel asks for, validated before anything is locked."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config

from store.core import errors, validation
from store.pricing.request import Freight, StaffDiscount

STRICT = ConfigDict(extra="forbid")
MAX_TOTAL_FEN = 10_000_000_000
_SHORT_TEXT = r"^[^\x00-\x1f\x7f]*$"

Id = Annotated[int, Field(strict=True, ge=1, lt=2**63)]
Fen = Annotated[int, Field(strict=True, ge=0, le=MAX_TOTAL_FEN)]
Code = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
Line = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,20}$")]


@with_config(STRICT)
@dataclass(frozen=True)
class PlaceLine:
    """Goods of one price, or a free amount as one unit. Lines are numbered from 1 on in their order.

    A gift has a price of 0: `gift_for` names the lines that earn it, `gift_value_fen` what it costs if it is kept.
    `flash_item_id` is the item of a flash sale from which the goods are taken.
    """

    product: Code
    name: Annotated[str, Field(pattern=_SHORT_TEXT, min_length=1, max_length=100)]
    unit_price_fen: Fen
    quantity: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] = 1
    categories: Annotated[tuple[Code, ...], Field(max_length=200)] = ()
    member_price_fen: Fen | None = None
    special_price_fen: Fen | None = None
    takes_tier_discount: bool = True
    sku_id: Id | None = None
    specification: Annotated[str, Field(pattern=_SHORT_TEXT, max_length=200)] = ""
    picture: Annotated[str, Field(pattern=_SHORT_TEXT, max_length=500)] = ""
    gift_for: Annotated[tuple[Line, ...], Field(max_length=500)] = ()
    gift_value_fen: Fen = 0
    flash_item_id: Id | None = None


@with_config(STRICT)
@dataclass(frozen=True)
class Place:
    """An order to be placed, or what an open one shall become. `coupon_codes` and `points` may ask for the best."""

    kind: Literal["till", "pickup", "delivery", "dine_in", "takeaway", "import"]
    source: Annotated[str, Field(pattern=_SHORT_TEXT, min_length=1, max_length=30)]
    shop_id: Id
    lines: Annotated[tuple[PlaceLine, ...], Field(min_length=1, max_length=500)]
    source_number: Code | None = None
    member_id: Id | None = None
    coupon_codes: Literal["best"] | Annotated[frozenset[Code], Field(max_length=100)] = frozenset()
    points: Literal["most"] | Fen = 0
    stored_value_fen: Fen = 0
    freight: Freight | None = None
    lowered: Annotated[tuple[StaffDiscount, ...], Field(max_length=20)] = ()
    round_down_to_fen: Annotated[int, Field(strict=True, ge=1, le=100_000)] = 1
    cashier_id: Id | None = None
    terminal_id: Id | None = None
    remark: Annotated[str, Field(pattern=r"^[^\x00]*$", max_length=200)] = ""
    expected_total_fen: Fen | None = None


@with_config(STRICT)
@dataclass(frozen=True)
class ReturnLine:
    """A line that comes back by units, or a part of its amount without goods: one of the two."""

    line: Line
    units: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None = None
    amount_fen: Annotated[int, Field(strict=True, ge=1, le=MAX_TOTAL_FEN)] | None = None


@with_config(STRICT)
@dataclass(frozen=True)
class ReturnRequest:
    """A return of an order; `number` is the return's own. A gift that is not in `lines` is kept at its value.

    `money_by` cash hands money back at the till instead of the way it came. `card_reference` is that of the card
    terminal on which bank cards got their money back.
    """

    number: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
    order_number: Code
    lines: Annotated[tuple[ReturnLine, ...], Field(min_length=1, max_length=500)]
    fee_fen: Fen = 0
    fee_sentence: Annotated[str, Field(pattern=_SHORT_TEXT, max_length=100)] = "退货费"
    reason: Annotated[str, Field(pattern=_SHORT_TEXT, max_length=80)] = ""
    money_by: Literal["original", "cash"] = "original"
    card_reference: Annotated[str, Field(pattern=_SHORT_TEXT, max_length=64)] = ""
    cashier_id: Id | None = None
    terminal_id: Id | None = None


_place_adapter, _return_adapter = TypeAdapter(Place), TypeAdapter(ReturnRequest)


def check_place(request: Place) -> None:
    """Raise DomainError(invalid) for values out of bounds."""
    _check(_place_adapter, request)
    total = sum(line.unit_price_fen * line.quantity for line in request.lines)
    if total > MAX_TOTAL_FEN:
        raise errors.invalid("lines", "订单金额过大")
    numbers = {str(place) for place, _ in enumerate(request.lines, start=1)}
    for lowered in request.lowered:
        if not lowered.lines <= numbers:
            raise errors.invalid("lowered", "优惠所指的商品行不存在")
    for line in request.lines:
        if line.gift_for and (line.unit_price_fen or not set(line.gift_for) <= numbers):
            raise errors.invalid("lines", "赠品的价格应为 0，并对应订单中的商品行")
    if request.member_id is None and (request.points not in (0, "most") or request.stored_value_fen):
        raise errors.invalid("member_id", "积分和储值须先识别会员")


def check_return(request: ReturnRequest) -> None:
    """Raise DomainError(invalid) for values out of bounds."""
    _check(_return_adapter, request)
    if len({line.line for line in request.lines}) < len(request.lines):
        raise errors.invalid("lines", "同一商品行只能出现一次")
    for line in request.lines:
        if (line.units is None) == (line.amount_fen is None):
            raise errors.invalid("lines", "请按数量或按金额退货")


def hash_place(request: Place) -> str:
    """Return the same hash for the same request."""
    return _hash(_place_adapter.dump_python(request, warnings=False))


def hash_return(request: ReturnRequest) -> str:
    """Return the same hash for the same return."""
    facts = _return_adapter.dump_python(request, warnings=False)
    return _hash({**facts, "lines": sorted(facts["lines"], key=lambda line: line["line"])})


def _check(adapter: TypeAdapter[Any], request: Any) -> None:
    try:
        adapter.validate_python(adapter.dump_python(request, warnings=False))
    except ValidationError as error:
        raise validation.to_domain_error(error) from None


def _hash(facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=sorted).encode()).hexdigest()
