"""Plastic cards of the demo: a kind for each tier, and three cards of the stock with their activation codes."""

from store.activation_codes import imports
from store.customers import programmes
from store.physical_cards import cards, kinds
from store.tiers import tiers

# Of the demo only: everybody may activate them.
STOCK = {"6200000000000000001": "123456", "6200000000000000002": "234567", "6200000000000000003": "345678"}


def seed_cards() -> None:
    """Create kinds and stock. Idempotent: what is there stays as it is."""
    programme = programmes.get_default()
    for tier in tiers.list_tiers(int(programme.id)):
        if not any(kind.code == tier.code for kind in kinds.list_kinds()):
            kinds.create(code=tier.code, name=f"{tier.name}实体卡", tier=tier)
    if any(cards.find_by_number(number) is not None for number in STOCK):
        return
    lines = [f"{number},{code}" for number, code in STOCK.items()]
    rows = imports.parse("\n".join(["卡号,激活码", *lines]))
    imports.import_all(rows, kind=kinds.get_by_code("base"))
