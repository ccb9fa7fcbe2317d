"""Infrastructure: event deliveries, the audit log, and account keys in the registry."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import peewee
from peewee import fn

from store.core import clock, events
from store.core.events import Event, EventDelivery
from store.integrity.check import Check, Rows
from store.payments import merchants
from store.tenants import audit, channels, outbox_retention, registry

STUCK_MINUTES = 10


def _find_undelivered() -> Iterator[Any]:
    """Return recent events without a delivery that a subscription requires.

    Events before a subscriber's first delivery happened before the subscription. Done deliveries are purged, so
    only the events of the days are checked whose deliveries are kept for certain.
    """
    first_event = _first_recent_event_id()
    first: Any = (
        EventDelivery.select(EventDelivery.subscriber, fn.MIN(EventDelivery.event))
        .where(EventDelivery.event >= first_event)
        .group_by(EventDelivery.subscriber)
        .tuples()
    )
    first_by_subscriber: dict[str, int] = dict(first)
    expected = [
        (kind, subscriber, first_by_subscriber[subscriber])
        for kind, subscriber in _expected_deliveries()
        if subscriber in first_by_subscriber
    ]
    if expected:
        yield from _select_undelivered(expected).tuples().iterator()


def _select_undelivered(expected: list[tuple[str, str, int]]) -> Any:
    """Return the query of events without an expected delivery; it reads the events once, whatever is expected."""
    # One list of rows: a union of queries takes peewee and the database ten times as long to build and to plan.
    rows = peewee.ValuesList(expected)
    wanted = peewee.CTE("wanted", rows, columns=("kind", "subscriber", "first"))
    delivery = EventDelivery.select(EventDelivery.id).where(
        (EventDelivery.event == Event.id) & (EventDelivery.subscriber == wanted.c.subscriber)
    )
    return (
        Event.select(Event.id, Event.kind, wanted.c.subscriber)
        .join(wanted, on=(wanted.c.kind == Event.kind))
        .where((Event.id >= wanted.c.first) & ~fn.EXISTS(delivery))
        .with_cte(wanted)
    )


def _first_recent_event_id() -> int:
    since = clock.now() - timedelta(days=outbox_retention.MIN_DAYS)
    return Event.select(fn.MIN(Event.id)).where(Event.at >= since).scalar() or 0


def _find_never_delivered() -> Iterator[Any]:
    """Reactions without a single delivery although their event happened: new ones, or all are lost."""
    rows: Any = (
        Event.select(Event.kind, fn.COUNT(Event.id))
        .where(Event.id >= _first_recent_event_id())
        .group_by(Event.kind)
        .tuples()
    )
    counts: dict[str, int] = dict(rows)
    for kind, subscriber in _expected_deliveries():
        if kind not in counts:
            continue
        if not EventDelivery.select().where(EventDelivery.subscriber == subscriber).exists():
            yield subscriber, kind, counts[kind]


def _expected_deliveries() -> Iterator[tuple[str, str]]:
    return (
        (kind, subscriber) for kind, row in events.subscriber_names_by_kind().items() for subscriber in row
    )


def _find_stuck() -> Rows:
    now = clock.now()
    free = EventDelivery.lease_until.is_null() | (EventDelivery.lease_until < now)
    late = (EventDelivery.state == "pending") & (
        EventDelivery.due_at < now - timedelta(minutes=STUCK_MINUTES)
    )
    return EventDelivery.select(EventDelivery.id, EventDelivery.subscriber).where(late & free).tuples()


def _find_dead() -> Rows:
    return (
        EventDelivery.select(EventDelivery.id, EventDelivery.subscriber)
        .where(EventDelivery.state == "dead")
        .tuples()
    )


def _find_audit_break() -> Iterator[Any]:
    row = audit.find_broken_link()
    if row is not None:
        yield row, ("最后的记录被删除" if row == 0 else "记录被改动，或它之前有记录被删除")


def _find_unregistered_accounts() -> Rows:
    # The rows are read first: an account that is being added is registered before.
    found = _list_accounts()
    known = registry.list_account_keys()
    return [(key, kind) for key, kind in found.items() if known.get(key) != kind]


def _find_orphan_keys() -> Rows:
    known = registry.list_account_keys()
    found = _list_accounts()
    return [(key, kind) for key, kind in known.items() if key not in found]


def _list_accounts() -> dict[str, str]:
    """Return the keys of all channels and merchants with their kinds."""
    accounts = {channel.key: channel.kind for channel in channels.list_channels()}
    return accounts | {merchant.key: merchant.platform for merchant in merchants.list_merchants()}


CHECKS = (
    Check(
        name="deliveries.complete",
        invariant="每个事件都有应有的投递",
        message="事件 {0}（{1}）：没有给 {2} 的投递",
        find_violations=_find_undelivered,
    ),
    Check(
        name="deliveries.started",
        invariant="每个订阅者都收到过投递",
        message="{0}：已有 {2} 个 {1} 事件，却没有一条投递；若它是新增的，可以忽略",
        find_violations=_find_never_delivered,
        is_warning=True,
    ),
    Check(
        name="deliveries.on_time",
        invariant=f"没有投递等待超过 {STUCK_MINUTES} 分钟",
        message="投递 {0}（{1}）：早已到期，却无人处理，请检查 worker 和 scheduler 进程",
        find_violations=_find_stuck,
    ),
    Check(
        name="deliveries.dead",
        invariant="没有失败的投递",
        message="投递 {0}（{1}）：多次失败后已停止，查明原因后用 flask outbox replay {0} 重试",
        find_violations=_find_dead,
        is_warning=True,
    ),
    Check(
        name="operations.chain",
        invariant="操作日志完整，未被改动",
        message="操作日志 {0}：{1}",
        find_violations=_find_audit_break,
    ),
    Check(
        name="channels.registered",
        invariant="每个账号都登记在注册库中",
        message="账号 {0}（{1}）：未登记或类型不符，平台的消息无法送达",
        find_violations=_find_unregistered_accounts,
    ),
    Check(
        name="channels.exist",
        invariant="注册库中的账号都存在",
        message="账号标识 {0}（{1}）：已登记，却没有这个账号",
        find_violations=_find_orphan_keys,
        is_warning=True,
    ),
)
