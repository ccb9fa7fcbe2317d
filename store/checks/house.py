"""The house's own books: deliveries of events, the operation log, account keys in the registry."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import peewee
from peewee import fn

from store.checks.finding import Check, Rows
from store.company import audit, channels, tenants
from store.kernel import clock, events
from store.kernel.events import Delivery, Event

STUCK_MINUTES = 10


def _undelivered() -> Iterator[Any]:
    """Events without a delivery that the table of reactions owes them.

    What is older than a reaction's first delivery happened before the reaction was entered.
    """
    for kind, reaction in _owed():
        first = Delivery.select(fn.MIN(Delivery.event)).where(Delivery.reaction == reaction)
        delivery = Delivery.select(Delivery.id).where(
            (Delivery.event == Event.id) & (Delivery.reaction == reaction)
        )
        missing = (Event.kind == kind) & (Event.id >= first) & ~fn.EXISTS(delivery)
        yield from Event.select(Event.id, Event.kind, peewee.Value(reaction)).where(missing).tuples()


def _never_delivered() -> Iterator[Any]:
    """Reactions without a single delivery although their event happened: new ones, or all are lost."""
    for kind, reaction in _owed():
        count = Event.select().where(Event.kind == kind).count()
        if count and not Delivery.select().where(Delivery.reaction == reaction).exists():
            yield reaction, kind, count


def _owed() -> Iterator[tuple[str, str]]:
    return ((kind, reaction) for kind, row in events.reactions().items() for reaction in row)


def _stuck() -> Rows:
    now = clock.now()
    free = Delivery.lease_until.is_null() | (Delivery.lease_until < now)
    late = (Delivery.state == "pending") & (Delivery.due_at < now - timedelta(minutes=STUCK_MINUTES))
    return Delivery.select(Delivery.id, Delivery.reaction).where(late & free).tuples()


def _dead() -> Rows:
    return Delivery.select(Delivery.id, Delivery.reaction).where(Delivery.state == "dead").tuples()


def _broken_log() -> Iterator[Any]:
    row = audit.first_break()
    if row is not None:
        yield row, ("最后的记录被删除" if row == 0 else "记录被改动，或它之前有记录被删除")


def _unreachable_accounts() -> Rows:
    # The channels are read first: an account that is being added stands in the registry before.
    found = {channel.key: channel.kind for channel in channels.listing()}
    known = tenants.account_keys()
    return [(key, kind) for key, kind in found.items() if known.get(key) != kind]


def _keys_of_nothing() -> Rows:
    known = tenants.account_keys()
    found = {channel.key for channel in channels.listing()}
    return [(key, kind) for key, kind in known.items() if key not in found]


CHECKS = (
    Check(
        name="deliveries.complete",
        promise="每个事件都有应有的投递",
        sentence="事件 {0}（{1}）：没有给 {2} 的投递",
        broken=_undelivered,
    ),
    Check(
        name="deliveries.begun",
        promise="每个反应都收到过投递",
        sentence="{0}：已有 {2} 个 {1} 事件，却没有一条投递；若它是新增的，可以忽略",
        broken=_never_delivered,
        warns=True,
    ),
    Check(
        name="deliveries.moving",
        promise=f"没有投递等待超过 {STUCK_MINUTES} 分钟",
        sentence="投递 {0}（{1}）：早已到期，却无人处理，请检查 worker 和 clock 进程",
        broken=_stuck,
    ),
    Check(
        name="deliveries.dead",
        promise="没有失败的投递",
        sentence="投递 {0}（{1}）：多次失败后已停止，查明原因后用 flask deliveries replay {0} 重试",
        broken=_dead,
        warns=True,
    ),
    Check(
        name="operations.chain",
        promise="操作日志完整，未被改动",
        sentence="操作日志 {0}：{1}",
        broken=_broken_log,
    ),
    Check(
        name="channels.registered",
        promise="每个账号都登记在注册库中",
        sentence="账号 {0}（{1}）：未登记或类型不符，平台的消息无法送达",
        broken=_unreachable_accounts,
    ),
    Check(
        name="channels.known",
        promise="注册库中的账号都存在",
        sentence="账号标识 {0}（{1}）：已登记，却没有这个账号",
        broken=_keys_of_nothing,
        warns=True,
    ),
)
