"""What staff do with red packets: send one, try one again, give one up, and resume after an emergency stop."""

from store.core import clock, errors
from store.core.database import db
from store.customers.customers import Customer
from store.red_packets import accounts, red_packets, results
from store.red_packets.red_packets import LIVE, RedPacket
from store.red_packets.settings import RedPacketStop
from store.tenants import audit, settings

MAX_REASON = 80


@db.transactional
def send(*, customer: Customer, amount_fen: int, title: str, wishing: str, key: str) -> RedPacket:
    """Request a red packet that staff give to a customer. Idempotent by `key`. Raises the errors of `request`."""
    if red_packets.find_by_key(key) is None:
        facts = {"customer": customer.public_id, "amount_fen": amount_fen}
        audit.record("red_packets.send", f"customer:{customer.public_id}", after=facts)
    return red_packets.request(
        customer=customer, amount_fen=amount_fen, purpose="manual", key=key, title=title, wishing=wishing
    )


@db.transactional
def retry(*, public_id: str) -> RedPacket:
    """Make a red packet due at once, under its number. It ends the pause of its account. Idempotent.

    Raises DomainError(not_found, already_finished).
    """
    row = _lock_live(public_id)
    accounts.end_pause(row.account)
    if row.held or row.next_try_at is None or row.next_try_at > clock.now():
        row.update_fields(held=False, next_try_at=clock.now())
        audit.record("red_packets.retry", f"red_packet:{row.number}", before={"problem": row.problem})
    return row


@db.transactional
def give_up(*, public_id: str, reason: str) -> RedPacket:
    """End a red packet that was not received: at once if it was never sent, else when the platform says so.

    A red packet that waits to be opened cannot be taken back, a transfer can. Idempotent.
    Raises DomainError(invalid, not_found, already_finished, not_revocable).
    """
    reason = reason.strip()
    if not 1 <= len(reason) <= MAX_REASON:
        raise errors.invalid("reason", f"请填写原因，最多 {MAX_REASON} 个字")
    row = _lock_live(public_id)
    if row.closing:
        return row
    if row.state == "sent" and row.way == "red_packet":
        raise errors.DomainError("not_revocable", "红包已发出，不能撤回；24 小时未领会自动退回", 409)
    row.update_fields(closing=True, held=False, next_try_at=clock.now(), message=f"已放弃：{reason}")
    audit.record("red_packets.give_up", f"red_packet:{row.number}", after={"reason": reason})
    return results.record_failure(number=row.number) if row.state == "requested" else row


@db.transactional
def resume() -> RedPacketStop:
    """End the emergency stop. What waits is sent at once. Idempotent."""
    before = settings.read(RedPacketStop)
    if not before.stopped:
        return before
    after = settings.change(RedPacketStop, stopped=False, reason="")
    waiting = RedPacket.state.in_(("requested", "sending")) & ~RedPacket.held
    RedPacket.update(next_try_at=clock.now()).where(waiting).execute()
    audit.record("red_packets.resume", "red_packets")
    return after


def _lock_live(public_id: str) -> RedPacket:
    row = red_packets.lock(red_packets.get_by_public_id(public_id).number)
    if row.state not in LIVE:
        raise errors.DomainError("already_finished", "该红包已结束", 409, state=row.state)
    return row
