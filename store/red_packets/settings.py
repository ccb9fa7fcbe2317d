"""Limits of red packets, and the emergency stop. The platform's own limits are the upper bounds."""

from pydantic import Field

from store.core import errors
from store.core.database import db
from store.tenants import audit, settings

MAX_REASON = 200


class RedPacketSettings(settings.SettingsGroup, name="red_packets"):
    """Limits of a customer and of the tenant per day, and the sum of all that was not returned; 0 is no limit."""

    member_daily_count: int = Field(default=10, ge=1, le=10)
    member_daily_fen: int = Field(default=100_000, ge=100, le=100_000)
    daily_fen: int = Field(default=1_000_000, ge=100, le=100_000_000)
    budget_fen: int = Field(default=0, ge=0, le=10_000_000_000)


class RedPacketStop(settings.SettingsGroup, name="red_packet_stop"):
    """Whether nothing is requested or sent. What was sent is still followed."""

    stopped: bool = False
    reason: str = Field(default="", max_length=MAX_REASON)


def is_stopped() -> bool:
    """Return whether the emergency stop is on. It acts within a second in every process."""
    return settings.read(RedPacketStop).stopped


@db.transactional
def stop(*, reason: str) -> RedPacketStop:
    """Stop all requests and sending at once. Idempotent. Raises DomainError(invalid)."""
    reason = reason.strip()
    if not 1 <= len(reason) <= MAX_REASON:
        raise errors.invalid("reason", f"请填写停发原因，最多 {MAX_REASON} 个字")
    before = settings.read(RedPacketStop)
    if before.stopped:
        return before
    after = settings.change(RedPacketStop, stopped=True, reason=reason)
    audit.record("red_packets.stop", "red_packets", after={"reason": reason})
    return after


def ensure_running() -> None:
    """Raise DomainError(red_packets_stopped) while the emergency stop is on."""
    if is_stopped():
        raise errors.DomainError("red_packets_stopped", "红包暂停发放，请稍后再来领取", 503)
