"""Responses of previews of orders. Amounts are whole fen."""

from pydantic import BaseModel, Field

from miniprogram_api.orders.schemas import OrderLineResponse, OrderPart


class OrderPointsMost(BaseModel):
    """The most points that may pay, and what they pay."""

    points: int
    fen: int


class CouponOption(BaseModel):
    """A coupon of the customer: used by this price, or why not."""

    code: str
    name: str
    is_used: bool
    reason: str


class ProblemResponse(BaseModel):
    """What the order would be refused for now."""

    code: str
    field: str
    message: str


class ProgressResponse(BaseModel):
    """What is missing for more of a promotion. One of the two numbers is 0."""

    promotion: str = Field(description="促销编号")
    sentence: str = Field(description="如“还差 8.00 元减 5 元”")
    missing_fen: int
    missing_units: int


class PreviewResponse(BaseModel):
    """What an order would cost now: `total_fen` is the goods after discounts with the freight.

    `lines` are the goods and after them the gifts. Units at different prices are lines of their own.
    """

    lines: list[OrderLineResponse]
    discounts: list[OrderPart]
    tenders: list[OrderPart]
    list_fen: int
    goods_fen: int
    freight_fen: int
    discount_fen: int
    total_fen: int
    due_fen: int = Field(description="还需付款")
    cuts: list[str] = Field(description="积分或储值未能全部使用的说明")
    points_most: OrderPointsMost
    stored_value_available_fen: int
    coupons: list[CouponOption]
    problems: list[ProblemResponse]
    progress: list[ProgressResponse] = Field(description="再买多少可享更多促销")
    notices: list[str] = Field(description="付款前须告知顾客的事，如赠品已送完")
