"""CSV import of shops (门店名单): all lines or none, with the error of each line.

A line with the code of a shop that exists changes it: an empty cell leaves a detail as it is, `-` clears it.
"""

from dataclasses import dataclass, field

from store.core import csv_rows
from store.core.csv_rows import CsvRow
from store.core.database import db
from store.core.errors import DomainError, invalid
from store.shops import changes, coordinates, detail_texts, shops
from store.shops.coordinates import Coordinates
from store.shops.detail_texts import Difference
from store.shops.details import ShopDetails
from store.shops.shops import Shop
from store.tenants import audit

REQUIRED_COLUMNS = ("code",)
DETAIL_COLUMNS = tuple(ShopDetails.model_fields)
# A file may name the columns as the list and its export do. An import leaves out what no line can set.
COLUMN_LABELS = {"code": "门店编码", "name": "门店名称", "lng": "经度", "lat": "纬度", "datum": "坐标系"} | {
    name: detail_texts.LABELS[name] for name in DETAIL_COLUMNS
}
IGNORED_COLUMNS = ("状态", "创建时间")
MAX_LINES = 20_000


@dataclass
class ImportResult:
    """The shops that were created, changed with their differences or left as they are, and the errors by line."""

    created: int = 0
    existing: int = 0
    changed: dict[str, list[Difference]] = field(default_factory=dict)
    errors: list[tuple[int, str]] = field(default_factory=list)


def parse_csv(text: str) -> list[CsvRow]:
    """Parse the lines of a CSV file, with columns by name or label. Raises DomainError(invalid) for wrong columns."""
    return csv_rows.parse_labelled(
        text, labels=COLUMN_LABELS, required=REQUIRED_COLUMNS, ignored=IGNORED_COLUMNS, max_rows=MAX_LINES
    )


@db.transactional
def dry_run(lines: list[CsvRow]) -> ImportResult:
    """Return what an import would do, without changes."""
    with db.database.savepoint() as trial:
        outcome = _save_shops(lines)
        trial.rollback()
    return outcome


@db.transactional
def import_all(lines: list[CsvRow], *, expected: ImportResult | None = None) -> ImportResult:
    """Create and change the shops, or nothing if a single line is invalid. Idempotent.

    With the `expected` result of a dry run, an import that would do anything else raises
    DomainError(import_outdated), so that an import overwrites no change that the dry run did not show.
    """
    db.advisory_lock("shops.import")
    with db.database.savepoint() as trial:
        outcome = _save_shops(lines)
        if outcome.errors:
            trial.rollback()
    if expected is not None and outcome != expected:
        raise DomainError("import_outdated", "门店资料在预览之后有变化，请重新导入", 409)
    if (outcome.created or outcome.changed) and not outcome.errors:
        counts = {"created": outcome.created, "changed": len(outcome.changed), "existing": outcome.existing}
        audit.record("shops.import", "shops", after=counts)
    return outcome


def _save_shops(lines: list[CsvRow]) -> ImportResult:
    outcome = ImportResult()
    seen: dict[str, int] = {}
    known = changes.lock_all()
    for line in lines:
        code = line.cells["code"]
        first = seen.setdefault(code, line.number)
        try:
            if line.error:
                raise DomainError("invalid", line.error)
            if first != line.number:
                raise invalid("code", f"与第 {first} 行重复")
            _save_one(line.cells, known.get(code), outcome)
        except DomainError as error:
            outcome.errors.append((line.number, error.operator_message))
    return outcome


def _save_one(cells: dict[str, str], shop: Shop | None, outcome: ImportResult) -> None:
    location = _parse_location(cells)
    details = detail_texts.parse_details({name: cells.get(name, "") for name in DETAIL_COLUMNS})
    if shop is None:
        if location is None:
            raise invalid("lng", "新门店请填写经度和纬度")
        shops.create_shop(code=cells["code"], name=cells.get("name", ""), location=location, **details)
        outcome.created += 1
        return
    if cells.get("name") not in ("", None, shop.name):
        raise DomainError("shop_code_taken", f"门店编码 {shop.code} 已被“{shop.name}”使用", 409)
    differences = changes.change_locked(shop, location=location, details=details)
    if differences:
        outcome.changed[shop.code] = differences
    else:
        outcome.existing += 1


def _parse_location(cells: dict[str, str]) -> Coordinates | None:
    lng, lat = cells.get("lng", ""), cells.get("lat", "")
    if not lng and not lat:
        return None
    return coordinates.to_gcj02(
        _parse_number("lng", lng), _parse_number("lat", lat), cells.get("datum") or "gcj02"
    )


def _parse_number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise invalid(name, "应为数字") from None
