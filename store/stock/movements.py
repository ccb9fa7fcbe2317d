"""Stock movements (库存流水): the append-only ledger of every change of a level."""

import peewee

from store.core import actors, clock, errors, listing
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.listing import Page
from store.stock import arrival_notices
from store.stock.levels import StockLevel

KINDS = {
    "received": "入库",
    "adjusted": "调整",
    "counted": "盘点",
    "reserved": "订单占用",
    "released": "释放占用",
    "sold": "销售出库",
    "returned": "退货入库",
    "set_aside": "活动预留",
    "put_back": "预留退回",
}
MAX_REASON_LENGTH = 100


# A constant text, which peewee would build for each line of each order.
_CHANGE_LEVEL = (
    'UPDATE "stock_level" SET "on_hand" = "on_hand" + ?, "reserved" = "reserved" + ?, "sold" = "sold" + ? '
    'WHERE "id" = ? AND "reserved" + ? >= 0 AND "reserved" + ? <= "on_hand" + ?'
)


class StockMovement(Model):
    """One change of a level, never changed itself. Positive units were added, negative ones taken away.

    `key` is the natural key of the cause. `subject` is its number, such as that of an order. `counted` is what a
    stock-taking found, whose difference may be 0.
    """

    level = peewee.ForeignKeyField(StockLevel, backref="movements", index=False)
    kind = peewee.CharField(max_length=10, constraints=[peewee.Check(f"kind IN {tuple(KINDS)}")])
    on_hand = peewee.BigIntegerField(default=0)
    reserved = peewee.BigIntegerField(default=0)
    counted = peewee.BigIntegerField(null=True, constraints=[peewee.Check("counted >= 0")])
    key = peewee.CharField(max_length=140, unique=True)
    subject = peewee.CharField(max_length=100, default="")
    reason = peewee.CharField(max_length=MAX_REASON_LENGTH, default="")
    operator = peewee.CharField(max_length=100)
    at = UtcDateTimeField(default=clock.now)

    class Meta:
        append_only = True
        constraints = [
            peewee.Check("on_hand <> 0 OR reserved <> 0 OR counted IS NOT NULL"),
            peewee.Check("(kind = 'counted') = (counted IS NOT NULL)"),
        ]
        indexes = ((("level", "id"), False),)


# What was sold and what came back is summed by day for reports.
StockMovement.add_index(
    StockMovement.index(StockMovement.at, name="stock_movement_flow").where(
        peewee.SQL("kind IN ('sold', 'returned')")
    )
)


def post_movement(
    level_id: int,
    *,
    kind: str,
    key: str,
    on_hand: int = 0,
    reserved: int = 0,
    counted: int | None = None,
    subject: str = "",
    reason: str = "",
) -> StockMovement | None:
    """Change a level by these differences and record it, or return None if it has too little. Requires a transaction.

    The one statement tests and changes the level, so no caller can take what another has taken meanwhile.
    """
    sold = -on_hand if kind in ("sold", "returned") else 0
    statement = _CHANGE_LEVEL.replace("?", "%s") if db.is_postgresql() else _CHANGE_LEVEL
    params = (on_hand, reserved, sold, level_id, reserved, reserved, on_hand)
    if not db.database.execute_sql(statement, params).rowcount:
        return None
    if on_hand > reserved:  # more can be ordered than before
        arrival_notices.end_of_level(level_id)
    return StockMovement.create(
        level=level_id, kind=kind, key=f"{kind}:{key}", on_hand=on_hand, reserved=reserved, counted=counted,
        subject=subject, reason=reason, operator=actors.current().name,
    )  # fmt: skip


def find_movement(kind: str, key: str) -> StockMovement | None:
    """Return the movement of a kind and key, or None."""
    return StockMovement.find(key=f"{kind}:{key}")


def list_page(level: StockLevel, page: Page) -> tuple[list[StockMovement], int]:
    """Return a page of a level's movements, the latest first, and the number of all. Raises DomainError(invalid)."""
    query = StockMovement.select().where(StockMovement.level == level.id)
    sorts = {"at": StockMovement.id}
    return listing.read_page(query, page, sorts=sorts, default="-at", id_field=StockMovement.id)


def ensure_same(found: StockMovement, level: StockLevel, *, on_hand: int, counted: int | None) -> None:
    """Raise DomainError(key_reused) if a repeated call differs from the movement that it made.

    What was `counted` decides, because its difference depends on when it was counted.
    """
    same_units = found.counted == counted and (counted is not None or found.on_hand == on_hand)
    if found.level_id != level.id or not same_units:
        raise errors.DomainError("key_reused", "该业务编号已用于另一次库存变动", 422)
