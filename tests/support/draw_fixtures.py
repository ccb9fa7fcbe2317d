"""Activities, budgets and members for the tests of lucky draws."""

from datetime import timedelta
from typing import Any, Literal

from store.activities import activities, budgets, publication
from store.activities.activities import Activity
from store.activities.budgets import ActivityBudget
from store.core import clock
from store.core.events import Event
from store.customers import identities
from store.customers.customers import Customer
from store.customers.members import Member
from store.draws import claims, draws
from store.draws.draw_records import Draw
from store.payments import merchants
from store.red_packets import accounts, results, sending
from store.red_packets.red_packets import RedPacket
from store.tenants import channels
from tests.support.red_packet_records import CREDENTIALS

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


def create_draft(**changes: Any) -> Activity:
    return activities.create_draft(values=content_values(**changes))


def create_running(**changes: Any) -> Activity:
    """A published activity that has begun."""
    return publication.publish(create_draft(**changes))


def create_budget(amount_fen: int = 100_000) -> ActivityBudget:
    return budgets.create(name="市场预算", amount_fen=amount_fen)


def open_red_packets(member: Member) -> None:
    """A merchant who gives red packets, to a member who follows the official account."""
    channel = channels.get_by_key("acme-mp")
    merchants.add(
        platform="wechat_pay", name="微信商户", merchant_id="1900000109", app_id=channel.appid, key="acme-pay",
        credentials=CREDENTIALS,
    )  # fmt: skip
    accounts.save("acme-pay", way="red_packet", send_name="小二便利")
    customer = Customer.get_by_id(member.customer_id)
    identities.bind(customer=customer, provider=identities.WECHAT, account=channel.appid, subject="o-1")


def finish_packet(packet: RedPacket, outcome: Literal["received", "returned"]) -> None:
    """End a red packet as the platform reports it, and let the win follow."""
    sending.begin(packet.number)
    results.record_answer(number=packet.number, outcome=outcome)
    event = Event.select().where(Event.kind == "red_packets.finished").order_by(Event.id.desc()).get()
    claims.finish_packet(event)


def draw(activity: Activity, member: Member, key: str = "1", **more: Any) -> Draw:
    customer = Customer.get_by_id(member.customer_id)
    return draws.draw(activity=activity, customer=customer, key=key, **more)
