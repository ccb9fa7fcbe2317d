"""Member cards as both card packs take and return them, independent of WeChat and Alipay."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

PackState = Literal["active", "inactive", "gifting", "given", "deleted", "unavailable", "unknown"]


@dataclass(frozen=True)
class CardDesign:
    """The look and the rules of a member card. `reference` finds it again at the platform if an answer was lost.

    `activation` is auto, one_click or jump, `shown` names the fields on the card.
    """

    reference: str
    title: str
    brand: str
    colour: str
    colour_code: str
    logo: str
    cover: str
    privileges: str
    instructions: str
    notice: str
    service_phone: str
    shown: tuple[str, ...]
    activation: str
    home_url: str
    activation_url: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    valid_days: int | None = None
    can_gift: bool = False


@dataclass(frozen=True)
class CardFields:
    """What a card shows. A field that is None is not shown, or the platform has not named it."""

    points: int | None = None
    balance_fen: int | None = None
    tier: str | None = None


@dataclass(frozen=True)
class CardState:
    """What a platform says of a card: whether it is in the pack, what it shows, and the phone of its form."""

    state: PackState
    fields: CardFields = CardFields()
    phone: str = field(default="", repr=False)
    openid: str = field(default="", repr=False)
