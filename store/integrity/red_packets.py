"""Red packets: each is reserved once and paid or released once, within the budget, and none is forgotten."""

from datetime import timedelta
from typing import Any

import peewee
from peewee import fn

from store.core import clock
from store.integrity.check import Check, Rows
from store.red_packets import budget
from store.red_packets.budget import RedPacketEntry
from store.red_packets.red_packets import LIVE, RedPacket

LATE = timedelta(days=3)
_ENDS = {"received": "paid", "returned": "released", "failed": "released"}


def _find_entry_mismatch() -> Rows:
    """Find red packets whose bookings do not say what their state says, to the fen."""
    entry = RedPacketEntry
    wanted = peewee.Case(RedPacket.state, list(_ENDS.items()), "")
    reserved = _sum_of(entry.kind == "reserved")
    ended = _sum_of(entry.kind != "reserved")
    fitting = _sum_of(entry.kind == wanted)
    should_end = peewee.Case(None, [(RedPacket.state.in_(LIVE), 0)], RedPacket.amount_fen)
    wrong = (reserved != RedPacket.amount_fen) | (ended != should_end) | (fitting != should_end)
    return (
        RedPacket.select(RedPacket.number, RedPacket.state, reserved, ended)
        .join(entry, peewee.JOIN.LEFT_OUTER, on=entry.packet_id == RedPacket.id)
        .group_by(RedPacket.id)
        .having(wrong)
        .tuples()
    )


def _find_budget_mismatch() -> Rows:
    """Find the counter of the budget if it is not what is reserved or paid."""
    freed = peewee.Case(
        RedPacketEntry.kind,
        [("reserved", RedPacketEntry.amount_fen), ("paid", 0)],
        0 - RedPacketEntry.amount_fen,
    )
    booked = int(RedPacketEntry.select(fn.COALESCE(fn.SUM(freed), 0)).scalar() or 0)
    used = budget.read_used_fen()
    return [(budget.ALL, used, booked)] if used != booked else []


def _find_orphans() -> Rows:
    """Find bookings without a red packet."""
    return (
        RedPacketEntry.select(RedPacketEntry.id, RedPacketEntry.packet_id)
        .join(RedPacket, peewee.JOIN.LEFT_OUTER, on=RedPacketEntry.packet_id == RedPacket.id)
        .where(RedPacket.id.is_null())
        .tuples()
    )


def _find_forgotten() -> Rows:
    """Find live red packets that nothing will send or ask about, and ended ones that something will."""
    live = RedPacket.state.in_(LIVE)
    planned = RedPacket.next_try_at.is_null(False)
    wrong = (live & (planned == RedPacket.held)) | (~live & (planned | RedPacket.held))
    return RedPacket.select(RedPacket.number, RedPacket.state).where(wrong).tuples()


def _find_waiting() -> Rows:
    """Find red packets that wait for staff, or that have no end after three days."""
    late = RedPacket.state.in_(LIVE) & (RedPacket.requested_at < clock.now() - LATE)
    return (
        RedPacket.select(RedPacket.number, RedPacket.amount_fen, RedPacket.state)
        .where(RedPacket.held | late)
        .tuples()
    )


def _sum_of(condition: Any) -> Any:
    return fn.COALESCE(fn.SUM(peewee.Case(None, [(condition, RedPacketEntry.amount_fen)], 0)), 0).cast(
        "bigint"
    )


CHECKS = (
    Check(
        name="red_packets.entries",
        invariant="每个红包只占用一次预算，领取后记为支出，退回或未发出则释放",
        message="红包 {0}：状态 {1}，占用 {2} 分，支出与释放合计 {3} 分",
        find_violations=_find_entry_mismatch,
    ),
    Check(
        name="red_packets.budget",
        invariant="红包预算的已用金额等于占用减释放",
        message="预算 {0}：记为已用 {1} 分，明细合计 {2} 分",
        find_violations=_find_budget_mismatch,
    ),
    Check(
        name="red_packets.orphans",
        invariant="每条红包预算明细都有红包",
        message="明细 {0}：没有红包 {1}",
        find_violations=_find_orphans,
    ),
    Check(
        name="red_packets.planned",
        invariant="未结束的红包都会被发送或查询",
        message="红包 {0}：状态 {1}，没有安排或已结束仍有安排",
        find_violations=_find_forgotten,
    ),
    Check(
        name="red_packets.waiting",
        invariant="没有等待人工处理的红包",
        message="红包 {0}：{1} 分，状态 {2}，需要人工处理",
        find_violations=_find_waiting,
        is_warning=True,
    ),
)
