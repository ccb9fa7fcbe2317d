"""Lines of stock (库存行): the units of SKUs that an order wants."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from store.core import errors, input_limits
from store.stock.levels import MAX_QUANTITY


@dataclass(frozen=True)
class StockLine:
    """Units of a SKU that an order wants. Several lines may name the same SKU.

    `set_aside` of them are reserved in the level already, for the sale from which the order takes them.
    """

    sku_id: int
    quantity: int
    set_aside: int = 0


def sum_by_sku(lines: Iterable[StockLine]) -> dict[int, int]:
    """Sum the lines of each SKU, so that two lines cannot both take the last unit. Raises DomainError(invalid)."""
    wanted: Counter[int] = Counter()
    for line in lines:
        wanted[line.sku_id] += input_limits.check_number(
            line.quantity, field="quantity", minimum=1, maximum=MAX_QUANTITY
        )
    if not wanted:
        raise errors.invalid("lines", "请选择商品")
    return dict(sorted(wanted.items()))


def sum_set_aside(lines: Iterable[StockLine]) -> Counter[int]:
    """Return by SKU how many of the units are reserved in the level already."""
    units: Counter[int] = Counter()
    for line in lines:
        units[line.sku_id] += line.set_aside
    return units
