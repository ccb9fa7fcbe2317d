"""Faces: a coupon's terms as every door shows them, in words."""

from dataclasses import asdict

from pydantic import BaseModel, Field

from store.loyalty import coupon_faces
from store.loyalty.coupon_terms import Terms


class Face(BaseModel):
    """What a shopper reads on a coupon; a client shows it and works nothing out."""

    name: str
    title: str
    kind: str = Field(description="amount_off 满减、percent_off 折扣、exchange 兑换、voucher 代金")
    kind_word: str
    worth: str = Field(description="券面大字，如 ¥5、8 折")
    headline: str
    threshold: str
    validity: str
    conditions: list[str]
    colour: str
    logo_url: str
    picture_url: str


class Reason(BaseModel):
    """Why something cannot be done: `code` is stable, `sentence` for the person."""

    code: str
    sentence: str


def face(terms: Terms) -> Face:
    """The face of a coupon of these terms."""
    same = {name: getattr(terms, name) for name in ("name", "title", "colour", "logo_url", "picture_url")}
    return Face(**asdict(coupon_faces.of(terms)), **same)
