"""Requests and responses of a till's sales."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints, model_validator

from store.orders.requests import PlaceLine
from store.payments.attempts import MAX_AMOUNT_FEN
from store.tills import sales
from till.member_summaries import MemberSummary
from web.schemas import RequestModel

Fen = Annotated[int, Field(ge=0, le=MAX_AMOUNT_FEN)]
PositiveFen = Annotated[int, Field(ge=1, le=MAX_AMOUNT_FEN)]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$"),
]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Digits = Annotated[str, StringConstraints(min_length=4, max_length=40, pattern=r"^[0-9 -]+$")]
Pin = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class SaleLine(RequestModel):
    """Goods of the catalog by `sku_id` or `barcode`, or goods that the cashier types with name and price.

    `product_code` and `categories` of typed goods are what point rules and coupons check.
    """

    sku_id: Code | None = None
    barcode: Annotated[str, StringConstraints(pattern=r"^[0-9]{8,14}$")] | None = None
    name: Name | None = None
    unit_price_fen: Fen | None = None
    quantity: int = Field(default=1, ge=1, le=10_000)
    product_code: Code | None = None
    categories: Annotated[list[Code], Field(max_length=20)] = []

    @model_validator(mode="after")
    def check(self) -> "SaleLine":
        is_typed = self.name is not None and self.unit_price_fen is not None
        if [self.sku_id is not None, self.barcode is not None, is_typed].count(True) != 1:
            raise ValueError("请扫描商品，或填写品名和单价")
        return self

    def to_line(self) -> PlaceLine:
        """Return the line of an order for goods that were typed."""
        assert self.name is not None, "goods of the catalog have a SKU"
        assert self.unit_price_fen is not None, "goods of the catalog have a SKU"
        return PlaceLine(
            product=self.product_code or sales.AMOUNT_PRODUCT, name=self.name, quantity=self.quantity,
            unit_price_fen=self.unit_price_fen, categories=tuple(self.categories),
        )  # fmt: skip


class StoredValuePart(RequestModel):
    """Stored value that pays: the member's payment code, or the SMS code that the member was sent."""

    amount_fen: Fen
    payment_code: Digits | None = None
    sms_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None


class Discount(RequestModel):
    """A discount of the whole sale (整单折扣), in percent off or as an amount."""

    percent: int | None = Field(default=None, ge=1, le=100)
    amount_fen: PositiveFen | None = None
    reason: Name
    manager_pin: Pin | None = None

    @model_validator(mode="after")
    def check(self) -> "Discount":
        if (self.percent is None) == (self.amount_fen is None):
            raise ValueError("请填写折扣或优惠金额其中一个")
        return self


class SaleRequest(RequestModel):
    """What the sale shall be. `member` is an id that a search gave, a card number, phone or member code."""

    amount_fen: PositiveFen | None = None
    lines: Annotated[list[SaleLine], Field(min_length=1, max_length=200)] | None = None
    member: Code | None = None
    coupon_codes: Literal["best"] | Annotated[list[Digits], Field(max_length=20)] = []
    points: Literal["most"] | Annotated[int, Field(ge=0, le=1_000_000_000)] = 0
    stored_value: StoredValuePart | None = None
    discount: Discount | None = None
    round_down: bool = False
    manager_pin: Pin | None = None

    @model_validator(mode="after")
    def check(self) -> "SaleRequest":
        if self.amount_fen is not None and self.lines is not None:
            raise ValueError("请填写金额或商品其中一个")
        return self

    @property
    def names_lines(self) -> bool:
        return self.lines is not None or self.amount_fen is not None


class SaleChange(SaleRequest):
    """What shall change; fields that are not sent stay as they are."""

    parked: bool | None = None


class ChargeRequest(RequestModel):
    """A scanned code: WeChat, Alipay, or the member's payment code for stored value."""

    auth_code: Digits
    amount_fen: PositiveFen | None = None


class CashRequest(RequestModel):
    """What the customer gave."""

    received_fen: PositiveFen


class BankCardRequest(RequestModel):
    """The slip of a card terminal; only the last four digits of the card."""

    amount_fen: PositiveFen
    reference: Code
    tail: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]


class QrCodeRequest(RequestModel):
    """The platform whose app scans the code."""

    platform: Literal["wechat", "alipay"]
    amount_fen: PositiveFen | None = None


class RefundLine(RequestModel):
    """A line by units, or by an amount without goods."""

    line: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,20}$")]
    units: int | None = Field(default=None, ge=1, le=10_000)
    amount_fen: PositiveFen | None = None


class RefundRequest(RequestModel):
    """What comes back. Money goes the way it came, or in cash."""

    lines: Annotated[list[RefundLine], Field(min_length=1, max_length=200)]
    reason: Name
    money_by: Literal["original", "cash"] = "original"
    card_reference: Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    manager_pin: Pin | None = None


class SalesQuery(RequestModel):
    """Open sales of this terminal, or the latest paid ones of the shop."""

    state: Literal["open", "paid"] = "open"


class LineResponse(BaseModel):
    """A line of goods; `returned` units have come back."""

    line: str
    name: str
    sku_id: str | None = Field(description="商品库中的规格，手工录入的为 null")
    specification: str
    product_code: str | None = Field(description="没有商品编码的为 null")
    categories: list[str]
    returned: int
    quantity: int
    unit_fen: int
    list_fen: int
    goods_fen: int
    source: str = Field(description="对应提交的第几行；限量特价会把一行拆成几行")
    gift: bool = Field(description="促销赠品，改单时不要提交")


class AmountResponse(BaseModel):
    """A discount, or a tender besides money; `reference` is the code of a coupon."""

    kind: str
    reference: str
    sentence: str
    fen: int


class PaymentResponse(BaseModel):
    """An attempt to pay. Cash has what was received and the change."""

    number: str
    kind: str
    label: str
    amount_fen: int
    received_fen: int
    change_fen: int
    state: str
    message: str


class PointsMost(BaseModel):
    """The most points that may pay, and what they pay."""

    points: int
    fen: int


class Earned(BaseModel):
    """What the sale brings the member."""

    points: int
    coupons: list[str]


class SaleResponse(BaseModel):
    """A sale as the till shows it."""

    number: str
    state: Literal["open", "paying", "paid", "closed"]
    parked: bool
    list_fen: int
    discount_fen: int
    total_fen: int
    paid_fen: int
    due_fen: int
    refunded_fen: int
    amount_only: bool = Field(description="按金额开单，没有商品")
    lines: list[LineResponse]
    discounts: list[AmountResponse]
    tenders: list[AmountResponse]
    payments: list[PaymentResponse]
    member: MemberSummary | None
    points_most: PointsMost
    earned: Earned | None
    actions: list[str]
    created_at: datetime
    ends_at: datetime | None
    progress: list[str] = Field(description="再买多少可享更多促销，如“还差 8.00 元减 5 元”")
    notices: list[str] = Field(description="收款前须告知顾客的事，如赠品已送完")


class SalesResponse(BaseModel):
    """Sales of the till."""

    list: list[SaleResponse]


class ChargeResponse(BaseModel):
    """`waiting`: the customer enters the password; the till learns the end from the news."""

    state: Literal["paid", "waiting", "failed", "reversed"]
    message: str
    sale: SaleResponse


class BankCardResponse(BaseModel):
    """The sale after the payment."""

    sale: SaleResponse


class CashResponse(BaseModel):
    """The change to hand out."""

    change_fen: int
    sale: SaleResponse


class QrCodeResponse(BaseModel):
    """The content of a QR code for the customer's app, and its picture."""

    code_url: str
    svg: str
    expires_at: datetime
    sale: SaleResponse


class RefundResponse(BaseModel):
    """What goes back: by payment, as stored value, and as points."""

    number: str
    refund_fen: int
    by_payment: dict[str, int]
    stored_value_fen: int
    points_fen: int
    sale: SaleResponse
