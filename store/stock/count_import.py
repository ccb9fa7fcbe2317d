"""Import of a stock-taking (盘点导入) of a shop from a file: all lines or none, with the error of each line.

A line names a SKU by its code or bar code, with what was counted. Lines without a count are left out, so that the
sheet of a whole shop can be filled in part.
"""

from dataclasses import dataclass, field

from store.catalog.skus import Sku
from store.core import csv_rows
from store.core.csv_rows import CsvRow
from store.core.database import db
from store.core.errors import DomainError, invalid
from store.shops.shops import Shop
from store.stock import changes, levels
from store.stock.levels import MAX_QUANTITY

LABELS = {"sku_code": "规格编码", "barcode": "条形码", "counted": "实盘数量", "reason": "备注"}
IGNORED_COLUMNS = ("商品", "账面数量")
MAX_LINES = 5_000


@dataclass
class CountResult:
    """How many SKUs were counted with and without a difference, and the errors by line.

    `surplus` and `loss` are units. `seen` is what was on hand before, by code of the SKU: an import compares it with
    the dry run.
    """

    changed: int = 0
    unchanged: int = 0
    surplus: int = 0
    loss: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)


def parse_csv(text: str) -> list[CsvRow]:
    """Parse the lines of a file, with columns by name or label. Raises DomainError(invalid) for wrong columns."""
    lines = csv_rows.parse_labelled(
        text, labels=LABELS, required=("counted",), ignored=IGNORED_COLUMNS, max_rows=MAX_LINES
    )
    return [line for line in lines if line.cells["counted"] or line.error]


@db.transactional
def dry_run(shop: Shop, lines: list[CsvRow]) -> CountResult:
    """Return what an import would do, without changes."""
    with db.database.savepoint() as trial:
        outcome = _count_all(shop, lines, key="dry run")
        trial.rollback()
    return outcome


@db.transactional
def import_all(
    shop: Shop, lines: list[CsvRow], *, key: str, expected: CountResult | None = None
) -> CountResult:
    """Set the units on hand of a shop to what was counted, or nothing if a single line is invalid.

    Each line is idempotent by `key` and its SKU. With the `expected` result of a dry run, an import that would do
    anything else raises DomainError(import_outdated).
    """
    db.advisory_lock(f"stock.count.{shop.id}")
    with db.database.savepoint() as trial:
        outcome = _count_all(shop, lines, key=key)
        if outcome.errors:
            trial.rollback()
    if expected is not None and outcome != expected:
        raise DomainError("import_outdated", "库存在预览之后有变化，请重新选择文件", 409)
    return outcome


def _count_all(shop: Shop, lines: list[CsvRow], *, key: str) -> CountResult:
    outcome = CountResult()
    named = _find_skus(lines)
    chosen: dict[int, tuple[CsvRow, Sku]] = {}
    for line in lines:
        try:
            sku = _get_sku(line, named)
            if sku.id in chosen:
                raise invalid("sku_code", f"{sku.code} 与第 {chosen[sku.id][0].number} 行重复")
            chosen[sku.id] = (line, sku)
        except DomainError as error:
            outcome.errors.append((line.number, error.operator_message))
    for _, (line, sku) in sorted(chosen.items()):  # in one order, or two imports could wait for each other
        try:
            with db.savepoint():
                _count_one(shop, sku, line, key, outcome)
        except DomainError as error:
            outcome.errors.append((line.number, error.operator_message))
    outcome.errors.sort()
    return outcome


def _count_one(shop: Shop, sku: Sku, line: CsvRow, key: str, outcome: CountResult) -> None:
    level = levels.lock_or_create(shop=shop, sku=sku)
    counted = _to_quantity(line.cells["counted"])
    changes.count(
        shop=shop, sku=sku, counted=counted, key=f"{key}:{sku.id}", reason=line.cells.get("reason", "")
    )
    difference = counted - level.on_hand
    outcome.seen[sku.code] = int(level.on_hand)
    outcome.surplus += max(difference, 0)
    outcome.loss += max(-difference, 0)
    if difference:
        outcome.changed += 1
    else:
        outcome.unchanged += 1


def _find_skus(lines: list[CsvRow]) -> dict[str, Sku]:
    """Return the SKUs in use that lines name, by code and by bar code."""
    codes = sorted({text for line in lines if (text := line.cells.get("sku_code"))})
    barcodes = sorted({text for line in lines if (text := line.cells.get("barcode"))})
    found = Sku.select().where(((Sku.code << codes) | (Sku.barcode << barcodes)) & (Sku.state == "active"))
    return {name: sku for sku in found for name in (f"code:{sku.code}", f"barcode:{sku.barcode}")}


def _get_sku(line: CsvRow, named: dict[str, Sku]) -> Sku:
    if line.error:
        raise DomainError("invalid", line.error)
    for column, prefix in (("sku_code", "code"), ("barcode", "barcode")):
        text = line.cells.get(column)
        if text:
            if f"{prefix}:{text}" not in named:
                raise invalid(column, f"没有 {text}")
            return named[f"{prefix}:{text}"]
    raise invalid("sku_code", "请填写规格编码或条形码")


def _to_quantity(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > MAX_QUANTITY:
        raise invalid("counted", f"应为 0–{MAX_QUANTITY} 的整数")
    return int(text)
