"""Activities, budgets and members for the tests of lucky draws."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from store.activities import activities, budgets, publication
from store.activities.activities import Activity
from store.activities.budgets import ActivityBudget
from store.core import clock
from store.customers.customers import Customer
from store.customers.members import Member
from store.draws import claims, draws
from store.draws.draw_records import Draw

CUP = {"name": "保温杯", "kind": "goods", "quantity": 1, "value_fen": 5000, "ways": ["delivery", "shop"]}
POINTS = {"name": "十积分", "kind": "points", "quantity": 2, "points": 10}
PACKET = {"name": "现金红包", "kind": "cash", "quantity": 2, "min_fen": 100, "max_fen": 300}


def content_values(**changes: Any) -> dict[str, Any]:
    """What someone fills in for a lucky draw of ten draws with one cup."""
    now = clock.now()
    return {
        "name": "周年抽奖", "starts_at": (now - timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(days=3)).isoformat(), "rules_text": "每人每天一次，奖品数量有限。",
        "total_draws": 10, "free_per_day": 1, "draws_per_day": 3, "prizes": [CUP],
    } | changes  # fmt: skip


class PacketRecorder:
    """The red packets that were requested, by key. Replaces `red_packets.request`, so no account is needed."""

    def __init__(self) -> None:
        self.requested: dict[str, int] = {}

    def request(self, *, key: str, amount_fen: int, **_: Any) -> None:
        assert self.requested.setdefault(key, amount_fen) == amount_fen

    def finish(self, key: str, state: str) -> None:
        """Report the final state of a red packet, as its event does."""
        properties = {"key": key, "purpose": claims.PURPOSE, "state": state, "problem": ""}
        claims.finish_packet(SimpleNamespace(properties=properties))


def create_draft(**changes: Any) -> Activity:
    return activities.create_draft(values=content_values(**changes))


def create_running(**changes: Any) -> Activity:
    """A published activity that has begun."""
    return publication.publish(create_draft(**changes))


def create_budget(amount_fen: int = 100_000) -> ActivityBudget:
    return budgets.create(name="市场预算", amount_fen=amount_fen)


def draw(activity: Activity, member: Member, key: str = "1", **more: Any) -> Draw:
    customer = Customer.get_by_id(member.customer_id)
    return draws.draw(activity=activity, customer=customer, key=key, **more)
