"""Requests and responses of a customer's orders. Amounts are whole fen."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from store.shop_orders.submission import MAX_LINES
from web.schemas import Keyword, OneLine, PageQuery, PageResponse, RequestModel

MAX_FEN = 10_000_000_000
Kind = Literal["pickup", "delivery", "dine_in", "takeaway"]
Group = Literal["unpaid", "preparing", "on_the_way", "done", "refunds", "paid"]
CouponCode = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
Fen = Annotated[int, Field(strict=True, ge=0, le=MAX_FEN)]


class OrderLineRequest(RequestModel):
    """Units of a SKU, at the price of a flash sale if its item is named."""

    sku_id: Keyword = Field(min_length=1)
    quantity: int = Field(strict=True, ge=1, le=10_000)
    flash_item_id: Keyword | None = Field(default=None, description="抢购商品 id，不给时按平时的价格")


class InvoiceRequest(RequestModel):
    """The wanted invoice; a company's has its tax number."""

    kind: Literal["personal", "company"] = "personal"
    title: OneLine = Field(min_length=1, max_length=100)
    tax_number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{0,20}$")] = ""
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,100}$|^$")] = (
        ""
    )


class OrderChoice(RequestModel):
    """What the customer wants: goods of one store, how they come, and what shall pay besides money."""

    store_id: Keyword = Field(min_length=1, description="门店 id")
    lines: list[OrderLineRequest] = Field(min_length=1, max_length=MAX_LINES)
    fulfilment: Kind = Field(
        default="pickup", description="pickup 自提、delivery 配送、dine_in 堂食、takeaway 外带"
    )
    address_id: Keyword | None = Field(default=None, description="配送时必填")
    slot: datetime | None = Field(default=None, description="时段的开始时间，不选为尽快")
    coupon_codes: Literal["best"] | Annotated[list[CouponCode], Field(max_length=20)] = Field(
        default="best", description="best 自动选最优惠的一组"
    )
    points: Literal["most"] | Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)] = 0
    stored_value_fen: Fen = 0


class OrderRequest(OrderChoice):
    """An order; `expected_total_fen` is the total that the customer saw."""

    expected_total_fen: Fen
    payment_terms: Literal["online", "cash_on_delivery"] = Field(
        default="online", description="online 在线付款、cash_on_delivery 货到付款"
    )
    remark: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00]*$")
    ] = ""
    invoice: InvoiceRequest | None = None
    people: int | None = Field(default=None, ge=1, le=100, description="堂食人数")
    table: OneLine = Field(default="", max_length=20, description="堂食桌号")


class OrderLineResponse(BaseModel):
    """Goods of one price; `goods_fen` is after discounts. The freight is the line `F`."""

    line: str
    goods_id: str | None
    sku_id: str | None
    name: str
    specification: str
    picture: str
    quantity: int
    returned: int = Field(default=0, description="已退数量")
    unit_fen: int
    list_fen: int
    goods_fen: int
    shares: dict[str, int] = Field(default={}, description="每项优惠和支付在该行的分摊")
    gift: bool = Field(default=False, description="促销赠品，价格为 0")
    promotion: str = Field(default="", description="赠品由哪项促销赠送")


class OrderPart(BaseModel):
    """A discount or a tender with its sentence."""

    kind: str
    reference: str = Field(default="", description="优惠券为券号")
    sentence: str
    fen: int
    points: int = 0


class StoreOfOrder(BaseModel):
    """The store of an order."""

    id: str
    name: str
    phone: str | None
    address: str | None
    latitude: float
    longitude: float


class StepResponse(BaseModel):
    """A step of an order."""

    state: str
    state_label: str
    at: datetime
    operator: str = Field(description="顾客、门店或系统")
    message: str


class ParcelResponse(BaseModel):
    """A parcel; without a company the store delivers itself."""

    company: str
    tracking_number: str
    shipped_at: datetime


class ActionResponse(BaseModel):
    """What the customer may do now."""

    name: str
    label: str


class OrderRefundResponse(BaseModel):
    """A refund of the order."""

    number: str
    amount_fen: int
    reason: str
    at: datetime


class OrdersQuery(PageQuery):
    """Orders of one group, or of all."""

    state: Group | None = Field(
        default=None,
        description="unpaid 待付款、preparing 备货中、on_the_way 待收货、done 已完成、refunds 退款、paid 全部已付款",
    )


class OrderSummary(BaseModel):
    """An order in a list."""

    number: str
    kind: str
    state: str = Field(
        description="unpaid、placed、accepted、ready、shipped、received、completed、closed、refused、refunded"
    )
    state_label: str
    store_name: str
    total_fen: int
    money_fen: int = Field(description="已支付的现金、微信、支付宝等")
    due_fen: int
    item_count: int
    pictures: list[str]
    placed_at: datetime
    ends_at: datetime | None = Field(description="未付款时自动关闭的时间")
    paid_at: datetime | None
    points: int | None = Field(description="获得的积分，未付款或未入会时为 null")
    actions: list[ActionResponse]
    lines: list[OrderLineResponse]


class OrdersResponse(PageResponse):
    """One page of orders, the newest first."""

    list: list[OrderSummary]


class CountsResponse(BaseModel):
    """How many orders of the customer are in each group."""

    unpaid: int
    preparing: int
    on_the_way: int
    done: int
    refunds: int


class OrderDetail(OrderSummary):
    """An order with everything that a customer may see of it."""

    fulfilment: str
    fulfilment_label: str
    payment_terms: str
    store: StoreOfOrder
    list_fen: int
    discount_fen: int
    goods_fen: int
    freight_fen: int
    discounts: list[OrderPart]
    tenders: list[OrderPart]
    pickup_code: str | None = Field(description="付款后才有")
    pickup_qr: str | None
    slot_starts_at: datetime | None
    slot_ends_at: datetime | None
    address: dict[str, Any] | None
    remark: str
    invoice: dict[str, Any] | None
    invoice_number: str | None = Field(description="已开发票的号码")
    invoiced_at: datetime | None
    people: int | None
    table: str
    server_time: datetime = Field(description="关闭倒计时以此为准")
    parcels: list[ParcelResponse]
    steps: list[StepResponse]
    refunds: list[OrderRefundResponse]


class OrderPaymentRequest(RequestModel):
    """How the rest of an order is paid."""

    method: Literal["wechat", "alipay", "stored_value"]
    stored_value_fen: Fen | None = Field(default=None, description="method 为 stored_value 时，默认付清")


class OrderPaymentResponse(BaseModel):
    """`payment` goes to `wx.requestPayment` or `my.tradePay` as it is; null if nothing is due any more."""

    number: str
    state: str
    due_fen: int
    payment_number: str | None
    payment: dict[str, str] | None


class ReorderResponse(BaseModel):
    """How many kinds of goods went into the cart, and the names of those that could not."""

    added: int
    missing: list[str]


class CancellationRequest(RequestModel):
    """Why the customer cancels."""

    reason: OneLine = Field(default="不想要了", min_length=1, max_length=100)
