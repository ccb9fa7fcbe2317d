"""CSV import of goods (商品导入): all lines or none, with the error of each line.

A line is a SKU; the lines of one product code follow one another or stand apart. Products that exist are changed: an
empty cell leaves a value as it is, `-` clears it, and SKUs that the file does not name stay. New products are drafts.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from store.catalog import categories, changes, product_rows, products, skus
from store.catalog.fields import SkuFields
from store.catalog.product_rows import CLEAR, LABELS
from store.catalog.products import Product
from store.core import csv_rows
from store.core.csv_rows import CsvRow
from store.core.database import db
from store.core.errors import DomainError, invalid
from store.tenants import audit

REQUIRED_COLUMNS = ("code",)
IGNORED_COLUMNS = ("状态", "创建时间", "分类")
MAX_LINES = 5_000
TRIED_AT_ONCE = 100


@dataclass
class ImportResult:
    """How many products were created, changed or left as they are, and the errors by line.

    `seen` is when each product that exists was last changed, by code: an import compares it with the dry run.
    """

    created: int = 0
    changed: int = 0
    existing: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)


def parse_csv(text: str) -> list[CsvRow]:
    """Parse the lines of a CSV file, with columns by name or label. Raises DomainError(invalid) for wrong columns."""
    return csv_rows.parse_labelled(
        text, labels=LABELS, required=REQUIRED_COLUMNS, ignored=IGNORED_COLUMNS, max_rows=MAX_LINES
    )


def dry_run(lines: list[CsvRow], *, on_progress: Callable[[int, int], None] | None = None) -> ImportResult:
    """Return what an import would do, without changes.

    It tries some products at a time, so that no other writer waits for the whole file. After each part
    `on_progress` gets the number of lines that are checked and that of all.
    """
    outcome = ImportResult(errors=_find_repeated(lines))
    by_code = _group(lines)
    codes, done = list(by_code), 0
    for start in range(0, len(codes), TRIED_AT_ONCE):
        part = [line for code in codes[start : start + TRIED_AT_ONCE] for line in by_code[code]]
        outcome = _add(outcome, _try(part))
        done += len(part)
        if on_progress is not None:
            on_progress(done, len(lines))
    return outcome


@db.transactional
def import_all(lines: list[CsvRow], *, expected: ImportResult | None = None) -> ImportResult:
    """Create and change the products, or nothing if a single line is invalid. Idempotent.

    With the `expected` result of a dry run, an import that would do anything else raises
    DomainError(import_outdated).
    """
    db.advisory_lock("catalog.import")
    with db.database.savepoint() as trial:
        outcome = _save_products(lines)
        if outcome.errors:
            trial.rollback()
    if expected is not None and outcome != expected:
        raise DomainError("import_outdated", "商品资料在预览之后有变化，请重新导入", 409)
    if (outcome.created or outcome.changed) and not outcome.errors:
        counts = {"created": outcome.created, "changed": outcome.changed, "existing": outcome.existing}
        audit.record("goods.import", "goods", after=counts)
    return outcome


@db.transactional
def _try(lines: list[CsvRow]) -> ImportResult:
    with db.database.savepoint() as trial:
        outcome = _save_products(lines)
        trial.rollback()
    return outcome


def _add(one: ImportResult, other: ImportResult) -> ImportResult:
    """Return two results as one, with one error a line."""
    errors = dict(one.errors) | dict(other.errors)
    return ImportResult(
        created=one.created + other.created, changed=one.changed + other.changed,
        existing=one.existing + other.existing, errors=sorted(errors.items()), seen=one.seen | other.seen,
    )  # fmt: skip


def _find_repeated(lines: list[CsvRow]) -> list[tuple[int, str]]:
    """Return the lines that give a number to two products, which parts of a file cannot tell."""
    errors, first = {}, dict[tuple[str, str], CsvRow]()
    for line in lines:
        for column in ("sku_code", "barcode"):
            text = line.cells.get(column, "")
            if text in ("", CLEAR):
                continue
            known = first.setdefault((column, text), line)
            if known.cells["code"] != line.cells["code"]:
                errors[line.number] = f"{column}：{text} 与第 {known.number} 行的商品重复"
    return sorted(errors.items())


def _group(lines: list[CsvRow]) -> dict[str, list[CsvRow]]:
    """Return the lines of each product code."""
    grouped: dict[str, list[CsvRow]] = {}
    for line in lines:
        grouped.setdefault(line.cells["code"], []).append(line)
    return grouped


def _save_products(lines: list[CsvRow]) -> ImportResult:
    """Save the products of a file. A failed product leaves nothing behind, so that the next ones can be checked."""
    outcome = ImportResult()
    grouped = _group(lines)
    # Before anything is read of them: a change in between would be overwritten.
    known = products.lock_by_codes(grouped)
    for code, rows in grouped.items():
        try:
            with db.savepoint():
                _save_product(code, known.get(code), rows, outcome)
        except _LineError as error:
            outcome.errors.append((error.line, error.reason))
        except DomainError as error:
            outcome.errors.append((rows[0].number, error.operator_message))
    outcome.errors.sort()
    return outcome


class _LineError(Exception):
    """The error of one line of several that make a product."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line, self.reason = line, reason


def _save_product(code: str, product: Product | None, rows: list[CsvRow], outcome: ImportResult) -> None:
    known = _read_skus(product)
    values: dict[str, Any] = {}
    wanted, named = dict(known), set[str]()
    for row in rows:
        try:
            values |= _read_values(row)
            sku = _read_sku(code, row, known)
            if sku is not None and sku["code"] in named:
                raise invalid("sku_code", f"规格编码 {sku['code']} 重复")
        except DomainError as error:
            raise _LineError(row.number, error.operator_message) from None
        if sku is not None:
            named.add(sku["code"])
            wanted[sku["code"]] = sku
    if product is None:
        changes.create_product(code=code, name=values.pop("name", ""), skus=list(wanted.values()), **values)
        outcome.created += 1
        return
    outcome.seen[code] = product.changed_at.isoformat()
    if changes.change_locked(product, skus=list(wanted.values()), **values):
        outcome.changed += 1
    else:
        outcome.existing += 1


def _read_sku(code: str, row: CsvRow, known: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """Return the SKU of a line, None for a line of product values only."""
    given = row.cells.get("sku_code") or (code if not known or code in known else "")
    if not given and len(known) == 1:
        (given,) = known
    if given:
        return product_rows.read_sku(row.cells, given, known.get(given))
    if any(row.cells.get(name) for name in product_rows.SKU_COLUMNS):
        raise invalid("sku_code", "该商品有多个规格，请填写规格编码")
    return None


def _read_skus(product: Product | None) -> dict[str, dict[str, Any]]:
    """Return the SKUs of a product as fields, by code."""
    if product is None:
        return {}
    rows = skus.list_of_products([product.id])[product.id]
    return {row.code: {name: getattr(row, name) for name in SkuFields.model_fields} for row in rows}


def _read_values(row: CsvRow) -> dict[str, Any]:
    if row.error:
        raise DomainError("invalid", row.error)
    values = product_rows.read_product(row.cells)
    if row.cells.get("category"):
        values["category"] = categories.get_by_code(row.cells["category"])
    return values
