"""Requests and responses of orders of the shop at a till."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from store.payments.attempts import MAX_AMOUNT_FEN
from till.sale_schemas import Name, Pin, RefundLine
from till.slips import SlipQuery
from web.schemas import Keyword, OneLine, PageQuery, PageResponse, RequestModel

State = Literal["placed", "accepted", "ready", "shipped", "unpaid", "received", "completed", "ended"]


class ShopOrdersQuery(PageQuery):
    """Orders of a state, or of all; `q` is a number, a pickup code, a phone, a card or goods."""

    state: State | None = None
    q: Keyword = ""


class OrderSlipQuery(SlipQuery):
    """Which slip of an order is printed."""

    kind: Literal["delivery", "pick"] = "pick"


class ReasonRequest(RequestModel):
    """Why an order is refused or cancelled; the customer reads it."""

    reason: Name


class ShipmentRequest(RequestModel):
    """A parcel; company and number stay empty where the shop delivers itself."""

    company: OneLine = Field(default="", max_length=60)
    number: OneLine = Field(default="", max_length=40)


class HandoverRequest(RequestModel):
    """The customer's pickup code. Without one a manager confirms; cash on delivery names what was received."""

    pickup_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None
    received_fen: int | None = Field(default=None, ge=1, le=MAX_AMOUNT_FEN)
    manager_pin: Pin | None = None


class OrderRefundRequest(RequestModel):
    """Lines that are refunded before the goods leave."""

    lines: Annotated[list[RefundLine], Field(min_length=1, max_length=200)]
    reason: Name
    manager_pin: Pin | None = None


class ShopOrderLine(BaseModel):
    """Goods of one price, and where they stand."""

    line: str
    name: str
    specification: str
    rack: str
    quantity: int
    returned: int
    goods_fen: int


class StaffAction(BaseModel):
    """What staff may do now."""

    name: str
    label: str


class ShopOrderStep(BaseModel):
    """A step with who took it."""

    state_label: str
    at: datetime
    operator: str
    message: str


class ShopOrderSummary(BaseModel):
    """An order in the list of a till; the phone is masked."""

    number: str
    state: str
    state_label: str
    kind: str
    kind_label: str
    customer: str
    phone: str
    goods: str
    item_count: int
    total_fen: int
    due_fen: int = Field(description="货到付款待收的金额，否则为 0")
    placed_at: datetime
    slot_starts_at: datetime | None
    slot_ends_at: datetime | None
    remark: str
    actions: list[StaffAction]


class ShopOrderDetail(ShopOrderSummary):
    """An order with everything that staff need to prepare it."""

    lines: list[ShopOrderLine]
    recipient: str
    recipient_phone: str
    address: str
    people: int | None
    table: str
    payment_label: str
    steps: list[ShopOrderStep]


class ShopOrdersResponse(PageResponse):
    """One page of orders, the newest first, and how many are in each state."""

    list: list[ShopOrderSummary]
    counts: dict[str, int]
