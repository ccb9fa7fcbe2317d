"""The variables of messages about plastic cards, read from their events."""

from collections.abc import Mapping

from store.core.events import Event
from store.customers import members
from store.customers.members import Member
from store.physical_cards import upgrades
from store.physical_cards.applications import CardApplication


def read_application(event: Event) -> Mapping[str, str]:
    """Return the variables of a step of an application."""
    row = CardApplication.get(CardApplication.number == event.properties["number"])
    return {
        "卡种": row.kind.name, "原因": row.reason, "快递": f"{row.courier} {row.tracking_number}",
        "尾号": row.card.number[-4:] if row.card is not None else "",
    }  # fmt: skip


def read_card(event: Event) -> Mapping[str, str]:
    """Return the variables of a change of a card."""
    return {"尾号": event.properties["card"], "新尾号": event.properties.get("new_card", "")}


def read_upgrade(event: Event) -> Mapping[str, str] | None:
    """Return the variables of a card that is below the new tier of its member, or None."""
    due = upgrades.find_due(members.survivor(Member.get_by_id(event.member_id)))
    return {"卡种": due.name} if due is not None else None
