"""Member cards in the packs of the people, of both platforms."""

import threading
from dataclasses import dataclass, field
from typing import Any

from sandbox.errors import SandboxError


@dataclass
class HeldCard:
    """A card of a person. `state` is a word of WeChat: NORMAL, GIFTING, GIFT_SUCC, DELETE or UNAVAILABLE."""

    platform: str
    person_id: str
    app_id: str
    card_id: str
    code: str
    title: str
    brand: str
    colour: str
    state: str = "NORMAL"
    is_active: bool = False
    fields: dict[str, Any] = field(default_factory=dict)
    number: str = ""
    reference: str = ""
    phone: str = ""
    given_to: str = ""
    given_by: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return what the phone shows."""
        return {
            "platform": self.platform, "code": self.code, "card_id": self.card_id, "title": self.title,
            "brand": self.brand, "colour": self.colour, "state": self.state, "is_active": self.is_active,
            "number": self.number, "points": self.fields.get("points"),
            "balance_fen": self.fields.get("balance_fen"), "tier": self.fields.get("tier"),
            "is_offered": self.state == "GIFTING",
        }  # fmt: skip


class HeldCards:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        self._cards: list[HeldCard] = []

    def add(self, card: HeldCard) -> HeldCard:
        with self.lock:
            self._cards.append(card)
        return card

    def find(self, platform: str, code: str) -> HeldCard | None:
        """Return the card of a code, also a deleted one, or None."""
        return next((card for card in self._cards if (card.platform, card.code) == (platform, code)), None)

    def find_of(self, platform: str, card_id: str, person_id: str) -> HeldCard | None:
        """Return the card that a person has of a template, also a deleted one, or None."""
        return next(
            (
                card
                for card in reversed(self._cards)
                if (card.platform, card.card_id, card.person_id) == (platform, card_id, person_id)
                and card.state not in ("GIFT_SUCC", "UNAVAILABLE")
            ),
            None,
        )

    def get_own(self, person_id: str, code: str) -> HeldCard:
        """Return a card of a person. Raises SandboxError."""
        found = next((card for card in self._cards if (card.person_id, card.code) == (person_id, code)), None)
        if found is None:
            raise SandboxError("no_such_card", "卡包里没有这张卡", 404)
        return found

    def list_for(self, person_id: str) -> list[HeldCard]:
        """List the cards in a person's packs, and those that friends are passing on to them."""
        with self.lock:
            return [
                card
                for card in self._cards
                if (card.person_id == person_id and card.state in ("NORMAL", "GIFTING"))
                or (card.state == "GIFTING" and card.given_to == person_id)
            ]

    def list_all(self) -> list[HeldCard]:
        """List all cards, also those that are no longer in a pack."""
        with self.lock:
            return list(self._cards)
