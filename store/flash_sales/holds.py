"""What orders hold of flash sales (抢购占用): units of an item within the limit of the member.

Requires the locks of the member and of the order, which its callers have. Items are changed in the order of their ids.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from store.core import errors
from store.customers.members import Member
from store.flash_sales import entries, items
from store.flash_sales.flash_sales import FlashSale, subject_of
from store.flash_sales.items import FlashSaleItem


@dataclass
class _Taken:
    """What an order has of an item now: the keys of its entries and their sums."""

    member_id: int
    keys: set[str] = field(default_factory=set)
    held: int = 0
    sold: int = 0

    @property
    def next_key(self) -> str:
        return str(len(self.keys))


def hold(order_number: str, member: Member | None, wanted: Mapping[int, int]) -> dict[int, int]:
    """Let an order hold exactly these units by item id, and return by SKU the units that it took anew. Idempotent.

    The units taken anew are reserved in the shop's stock already. What the order gives up must have been released there
    before. Raises DomainError: member_required, flash_limit, sold_out, flash_not_started, flash_ended, flash_stopped.
    """
    return _hold(order_number, member, wanted, _read(order_number))


def hold_new(order_number: str, member: Member | None, wanted: Mapping[int, int]) -> dict[int, int]:
    """Let an order hold units like `hold` that this transaction has made, so that it has none yet."""
    return _hold(order_number, member, wanted, {})


def _hold(
    order_number: str, member: Member | None, wanted: Mapping[int, int], now: Mapping[int, _Taken]
) -> dict[int, int]:
    taken: dict[int, int] = {}
    for row in items.list_by_ids({*wanted, *now}):
        before = now.get(row.id)
        difference = wanted.get(row.id, 0) - (before.held + before.sold if before else 0)
        if difference > 0:
            _take(order_number, _ensure_member(member), row, difference, before)
            taken[row.sku_id] = taken.get(row.sku_id, 0) + difference
        elif difference < 0 and before is not None:
            _give_up(order_number, row, before, -difference, kind="released", key=before.next_key)
    return taken


def release(order_number: str) -> None:
    """Give up all that an order holds, after its release in the shop's stock. Idempotent."""
    hold(order_number, None, {})


def mark_sold(order_number: str) -> None:
    """Mark what a paid order holds as sold. Idempotent."""
    for item_id, now in sorted(_read(order_number).items()):
        if now.held:
            items.book(item_id, held=-now.held, sold=now.held)
            entries.write(
                item_id, now.member_id, order_number, kind="sold", key=now.next_key, held=-now.held, sold=now.held
            )  # fmt: skip


def refund(order_number: str, units: Mapping[int, int], *, return_number: str) -> None:
    """Give back units by item id that a paid order got back before its handover. Idempotent by return.

    They must have been released in the shop's stock before.
    """
    now = _read(order_number)
    for row in items.list_by_ids(units):
        before = now.get(row.id)
        key = f"return:{return_number}"
        if before is not None and key not in before.keys:
            back = min(units[row.id], before.held + before.sold)
            _give_up(order_number, row, before, back, kind="refunded", key=key)


def find_problem(member: Member | None, row: FlashSaleItem, units: int) -> errors.DomainError | None:
    """Return why these units of an item cannot be bought now, or None. Without a member the limit is not counted."""
    try:
        _ensure_selling(row)
        if member is not None:
            _ensure_limit(member, row, units)
        if row.left < units:
            raise sold_out_error(row.public_id, row.left)
    except errors.DomainError as error:
        return error
    return None


def sold_out_error(public_id: str, left: int) -> errors.DomainError:
    """Return the error of an item of which too little is left."""
    text = f"仅剩 {left} 件，请减少数量" if left > 0 else "已抢光，下次早点来"
    return errors.DomainError("sold_out", text, 409, item=public_id, remaining=max(0, left))


def _take(order_number: str, member: Member, row: FlashSaleItem, units: int, before: _Taken | None) -> None:
    _ensure_selling(row)
    _ensure_limit(member, row, units)
    if not items.take(row.id, units):  # others were faster, or the sale was stopped meanwhile
        (now,) = items.list_by_ids([row.id])
        _ensure_selling(now)
        raise sold_out_error(now.public_id, now.left)
    key = before.next_key if before else "0"
    entries.write(row.id, member.id, order_number, kind="held", key=key, held=units)


def _give_up(
    order_number: str, row: FlashSaleItem, before: _Taken, units: int, *, kind: str, key: str
) -> None:
    """Take units off what an order has. They go back to the item, or to the shop after the end of the sale."""
    if not units:
        return
    held = min(units, before.held)
    changes = {"held": -held, "sold": held - units}
    # Changed before the state of the sale is read: a stop that waits for this row returns what is left afterwards.
    now = items.book(row.id, **changes)
    entry = entries.write(row.id, before.member_id, order_number, kind=kind, key=key, **changes)
    sale = FlashSale.get_by_id(row.sale_id)
    if sale.state != "published":
        now.update_fields(returned=now.returned + units)
        return
    was_reserved = items.set_aside(now, units, key=str(entry.id), subject=subject_of(sale))
    assert was_reserved, "the order released these units in the same transaction"


def _ensure_selling(row: FlashSaleItem) -> None:
    phase = row.sale.phase
    if phase == "selling":
        return
    code, text = {
        "stopped": ("flash_stopped", "本场抢购已停止"),
        "ended": ("flash_ended", "本场抢购已结束"),
    }.get(phase, ("flash_not_started", "抢购还没有开始"))
    raise errors.DomainError(code, text, 409, item=row.public_id)


def _ensure_limit(member: Member, row: FlashSaleItem, units: int) -> None:
    bought = entries.count_of_member(member, row)
    if bought + units > row.member_limit:
        had = f"，您已买 {bought} 件" if bought else ""
        raise errors.DomainError(
            "flash_limit", f"每人限购 {row.member_limit} 件{had}", 409, item=row.public_id,
            limit=row.member_limit, bought=bought,
        )  # fmt: skip


def _ensure_member(member: Member | None) -> Member:
    if member is None:
        raise errors.DomainError("member_required", "抢购商品须由会员购买", 409)
    return member


def _read(order_number: str) -> dict[int, _Taken]:
    found: dict[int, _Taken] = {}
    for entry in entries.list_of_order(order_number):
        now = found.setdefault(entry.item_id, _Taken(entry.member_id))
        now.keys.add(entry.key)
        now.held, now.sold, now.member_id = now.held + entry.held, now.sold + entry.sold, entry.member_id
    return found
