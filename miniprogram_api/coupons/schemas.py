"""Schemas of a coupon's display: its terms as every route shows them, in words."""

from dataclasses import asdict

from pydantic import BaseModel, Field

from store.coupons import display as coupon_display
from store.coupons.terms import Terms


class CouponDisplay(BaseModel):
    """What a shopper reads on a coupon; a client shows it and works nothing out."""

    name: str
    title: str
    kind: str = Field(description="amount_off 满减、percent_off 折扣、exchange 兑换、voucher 代金")
    kind_label: str
    value_text: str = Field(description="券面大字，如 ¥5、8 折")
    headline: str
    threshold: str
    validity: str
    conditions: list[str]
    colour: str
    logo_url: str
    picture_url: str


class CouponTexts(BaseModel):
    """The texts of the terms, which a shopper reads before claiming."""

    content: str
    instructions: str
    disclaimer: str
    service_phone: str


class Reason(BaseModel):
    """Why something cannot be done: `code` is stable, `sentence` for the person."""

    code: str
    message: str


def to_coupon_display(terms: Terms) -> CouponDisplay:
    """Return the display of a coupon of these terms."""
    same = {name: getattr(terms, name) for name in ("name", "title", "colour", "logo_url", "picture_url")}
    return CouponDisplay(**asdict(coupon_display.describe(terms)), **same)


def to_coupon_texts(terms: Terms) -> dict[str, str]:
    """Return the fields of `CouponTexts`."""
    return {name: getattr(terms, name) for name in CouponTexts.model_fields}
