"""News of a till (收银台消息): what happened behind the sale that it shows, read by polling."""

from datetime import timedelta

import peewee
from peewee import fn

from store.core import clock, errors, input_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.shops.shops import Shop
from store.tills.terminals import Terminal

KINDS = (
    "payment_succeeded", "payment_failed", "payment_reversed", "surplus", "collection", "order_placed",
    "order_waiting",
)  # fmt: skip
MAX_LIST = 100
RETENTION_DAYS = 2


class TillNews(Model):
    """News of a terminal, or without a terminal of all tills of the shop."""

    shop = peewee.ForeignKeyField(Shop, index=False)
    terminal = peewee.ForeignKeyField(Terminal, null=True, index=False)
    kind = peewee.CharField(max_length=30, constraints=[peewee.Check(f"kind IN {KINDS}")])
    sale_number = peewee.CharField(max_length=40, default="")
    message = peewee.CharField(max_length=200)
    at = UtcDateTimeField(default=clock.now, index=True)

    class Meta:
        indexes = ((("shop", "id"), False),)


@db.transactional
def record(
    *,
    kind: str,
    message: str,
    sale_number: str = "",
    shop_id: int | None = None,
    terminal_id: int | None = None,
) -> TillNews:
    """Record news for a terminal, or for all tills of a shop.

    One transaction at a time records for a shop: otherwise a lower id could be committed after a till has read on
    from a higher one, and would never be read.
    """
    if kind not in KINDS:
        raise errors.invalid("kind", "没有这种消息")
    message = input_limits.check_line(message, field="message", max_length=200)
    if terminal_id is not None:
        shop_id = Terminal.get_by_id(terminal_id).shop_id
    if shop_id is None:
        raise errors.invalid("shop_id", "请指明终端或门店")
    db.advisory_lock(f"till-news:{shop_id}")
    return TillNews.create(
        shop=shop_id,
        terminal=terminal_id,
        kind=kind,
        sale_number=sale_number,
        message=message,
        at=clock.now(),
    )


def list_after(*, terminal: Terminal, after: int, limit: int = MAX_LIST) -> list[TillNews]:
    """Return the news of a terminal and of its shop with an id above `after`, the oldest first."""
    mine = (TillNews.shop == terminal.shop_id) & (TillNews.id > after)
    addressed = TillNews.terminal.is_null() | (TillNews.terminal == terminal.id)
    query = TillNews.select().where(mine & addressed).order_by(TillNews.id)
    return list(query.limit(min(limit, MAX_LIST)))


def latest_id(terminal: Terminal) -> int:
    """Return the id from which a till that has just signed in reads on."""
    query = TillNews.select(fn.MAX(TillNews.id)).where(TillNews.shop == terminal.shop_id)
    return int(query.scalar() or 0)


@db.transactional
def purge_expired() -> int:
    """Delete news older than two days and return their number."""
    return TillNews.delete().where(TillNews.at < clock.now() - timedelta(days=RETENTION_DAYS)).execute()
