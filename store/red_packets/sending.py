"""The sending of red packets: what is due becomes an event, and each call is prepared in a transaction before it.

A claimed row is due again after a lease, so that a killed worker delays it and loses nothing.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

from store.core import clock, events
from store.core.database import db
from store.red_packets import red_packets, schedule, states
from store.red_packets import settings as red_packet_settings
from store.red_packets.red_packets import LIVE, RedPacket

LEASE = timedelta(seconds=20)
# Claimed once a second: sending stays below the 1,800 a minute that the platform allows a merchant.
BATCH_SIZES = {("requested", "sending"): 25, ("sent",): 50}
_STOP_DELAY = timedelta(minutes=1)

Action = Literal["send", "query", "cancel", "wait"]


def claim_due() -> int:
    """Record an event for each red packet that is due, and return their number. Without any it writes nothing."""
    now, claimed = clock.now(), 0
    for names, batch_size in BATCH_SIZES.items():
        if _select_due(names, now).exists():
            claimed += _claim(names, batch_size)
    return claimed


def is_current(packet: RedPacket, lease: str) -> bool:
    """Return whether the lease of an event is still the row's, so that its work has not been done since."""
    return packet.next_try_at is not None and packet.next_try_at == datetime.fromisoformat(lease)


def next_action(packet: RedPacket) -> Action:
    """Return what a red packet needs: one that may have reached the platform is queried before it is sent again."""
    if packet.state not in LIVE or packet.held:
        return "wait"
    if packet.state == "requested":
        return "send"
    return "cancel" if packet.closing and packet.way == "transfer" and packet.state == "sent" else "query"


@db.transactional
def begin(number: str) -> RedPacket | None:
    """Mark a red packet as about to be sent, or return None where it must not be: ended, stopped or paused.

    Commit before the call: a worker killed in between leaves a row that is queried first.
    """
    row = red_packets.lock(number)
    if row.state not in ("requested", "sending") or row.held or row.closing:
        return None
    later = _find_delay(row)
    if later is not None:
        row.update_fields(next_try_at=later)
        return None
    values: dict[str, Any] = {"state": "sending", "tries": row.tries + 1, "problem": "", "message": ""}
    row.update_fields(**values, next_try_at=clock.now() + LEASE)
    return row


def _find_delay(row: RedPacket) -> datetime | None:
    now, paused_until = clock.now(), row.account.paused_until
    if red_packet_settings.is_stopped():
        return now + _STOP_DELAY
    return paused_until if paused_until is not None and paused_until > now else None


@db.transactional
def _claim(names: tuple[str, ...], batch_size: int) -> int:
    now, claimed = clock.now(), 0
    for row in _select_due(names, now).order_by(RedPacket.next_try_at, RedPacket.id).limit(batch_size):
        mine = (RedPacket.id == row.id) & (RedPacket.next_try_at == row.next_try_at)
        # Without the comparison two schedulers could both record the event.
        if RedPacket.update(next_try_at=now + LEASE).where(mine).execute():
            events.record("red_packets.due", number=row.number, lease=(now + LEASE).isoformat())
            claimed += 1
    return claimed


def _select_due(names: tuple[str, ...], now: datetime) -> Any:
    return RedPacket.select().where(RedPacket.state.in_(names) & (RedPacket.next_try_at <= now))


def next_retry(packet: RedPacket) -> datetime:
    """Return when a red packet without a clear answer is asked about again."""
    return schedule.next_retry(packet.tries, clock.now())


def is_rejected_for_good(packet: RedPacket) -> bool:
    """Return whether the platform rejected the last call for good, so that an unknown number has failed."""
    return packet.problem in states.REJECTED_FOR_GOOD
