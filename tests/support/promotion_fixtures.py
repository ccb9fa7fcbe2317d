"""Promotions for tests: a draft with sensible values, and one that is approved and running."""

from datetime import timedelta
from typing import Any

from store.core import actors, clock
from store.promotions import promotions
from store.promotions.tables import Promotion
from tests.support.coupon_fixtures import MANAGER, OWNER

THIRTY_LESS_FIVE = {"kind": "reduction", "steps": [{"from_fen": 3_000, "off_fen": 500}]}


def draft_values(**changes: Any) -> dict[str, Any]:
    """满 30 减 5 on all goods, from yesterday on for a month."""
    now = clock.now()
    return {
        "name": "周末满减", "parameters": THIRTY_LESS_FIVE, "starts_at": now - timedelta(days=1),
        "ends_at": now + timedelta(days=30), **changes,
    }  # fmt: skip


def create_draft(**changes: Any) -> Promotion:
    with actors.acting_as(OWNER):
        return promotions.create(values=draft_values(**changes))


def submit(promotion: Promotion) -> Promotion:
    with actors.acting_as(OWNER):
        return promotions.submit(promotion, approver=MANAGER.name)


def approve(promotion: Promotion) -> Promotion:
    current = promotions.get_by_public_id(promotion.public_id)
    with actors.acting_as(MANAGER):
        return promotions.approve(promotion, version=current.version)


def run(parameters: dict[str, Any] | None = None, **changes: Any) -> Promotion:
    """A promotion that is approved and running."""
    if parameters is not None:
        changes["parameters"] = parameters
    return approve(submit(create_draft(**changes)))
