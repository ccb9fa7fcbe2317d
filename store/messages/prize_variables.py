"""The variables of messages about prizes and red packets, read from their events."""

from collections.abc import Mapping

from store.core import money
from store.core.events import Event
from store.draws.wins import Win
from store.red_packets.red_packets import RedPacket
from store.tenants import business_days


def read_red_packet(event: Event) -> Mapping[str, str] | None:
    """Return the variables of a red packet that waits for its customer, or None."""
    packet = RedPacket.find(number=event.properties["number"])
    if packet is None or packet.state != "sent":
        return None
    return {"金额": f"{money.yuan(packet.amount_fen)}元", "活动": packet.title}


def read_win(event: Event) -> Mapping[str, str] | None:
    """Return the variables of a prize to claim. One that was given with the draw has a message of its own."""
    win = Win.find(id=event.properties["win_id"])
    if win is None or win.state != "waiting":
        return None
    until = business_days.to_local(win.activity.claims_until)
    return {"活动": win.activity.name, "奖品": win.name, "截止时间": f"{until:%Y-%m-%d %H:%M}"}


def read_prize_given(event: Event) -> Mapping[str, str] | None:
    """Return the variables of a prize that was shipped, or None for one that was given at the shop."""
    win = Win.find(id=event.properties["win_id"])
    if win is None or win.way != "delivery":
        return None
    return {"奖品": win.name, "快递": win.courier, "快递单号": win.tracking_number}
