"""CSV import of shops (门店名单): all lines or none, with the error of each line."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from store.core import errors as core_errors
from store.core.database import db
from store.core.errors import DomainError
from store.shops import coordinates, shops
from store.tenants import audit

REQUIRED_COLUMNS = ("code", "name", "lng", "lat")
TEXT_COLUMNS = (
    "brand", "industry", "contact", "phone", "description", "province", "city", "district", "address",
)  # fmt: skip
MAX_LINES = 20_000
_KNOWN_COLUMNS = {*REQUIRED_COLUMNS, "datum", *TEXT_COLUMNS}


@dataclass(frozen=True)
class CsvLine:
    """One shop of a file; `number` is its line, the heading being line 1."""

    number: int
    values: dict[str, str]


@dataclass
class ImportResult:
    """How many shops were created or existed, and the errors by line."""

    created: int = 0
    existing: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)


def parse_csv(text: str) -> list[CsvLine]:
    """Parse the lines of a CSV file. Raises DomainError(invalid) for wrong columns."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        _validate_columns(reader.fieldnames or [])
        lines = [
            CsvLine(reader.line_num, {k: (v or "").strip() for k, v in row.items() if k}) for row in reader
        ]
    except csv.Error as error:
        raise core_errors.invalid("file", f"第 {reader.line_num} 行不是有效的 CSV：{error}") from None
    if not 1 <= len(lines) <= MAX_LINES:
        raise core_errors.invalid("file", f"应有 1–{MAX_LINES} 行门店")
    return lines


@db.transactional
def dry_run(lines: list[CsvLine]) -> ImportResult:
    """Return what an import would do, without changes."""
    with db.database.savepoint() as trial:
        outcome = _create_shops(lines)
        trial.rollback()
    return outcome


@db.transactional
def import_all(lines: list[CsvLine]) -> ImportResult:
    """Create the shops; if a single line is invalid, none is created."""
    with db.database.savepoint() as trial:
        outcome = _create_shops(lines)
        if outcome.errors:
            trial.rollback()
    if outcome.created and not outcome.errors:
        audit.record(
            "shops.import", "shops", after={"created": outcome.created, "existing": outcome.existing}
        )
    return outcome


def _create_shops(lines: list[CsvLine]) -> ImportResult:
    outcome = ImportResult()
    seen: dict[str, int] = {}
    known = {shop.code for shop in shops.Shop.select(shops.Shop.code)}
    for line in lines:
        code = line.values["code"]
        first = seen.setdefault(code, line.number)
        if first != line.number:
            outcome.errors.append((line.number, f"code：与第 {first} 行重复"))
            continue
        try:
            _create_one(line.values)
        except DomainError as refused:
            outcome.errors.append((line.number, refused.operator_message))
        else:
            outcome.existing += code in known
            outcome.created += code not in known
    return outcome


def _create_one(values: dict[str, str]) -> None:
    place = coordinates.to_gcj02(
        _parse_number("lng", values["lng"]),
        _parse_number("lat", values["lat"]),
        values.get("datum") or "gcj02",
    )
    profile = {name: values[name] for name in TEXT_COLUMNS if values.get(name)}
    shops.create_shop(code=values["code"], name=values["name"], location=place, **profile)


def _parse_number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise core_errors.invalid(name, "应为数字") from None


def _validate_columns(names: Sequence[str]) -> None:
    columns = set(names)
    for name in REQUIRED_COLUMNS:
        if name not in columns:
            raise core_errors.invalid(name, f"缺少此列；应有 {'、'.join(REQUIRED_COLUMNS)}")
    unknown = sorted(columns - _KNOWN_COLUMNS)
    if unknown:
        raise core_errors.invalid(unknown[0], f"不认识的列；可用的有 {'、'.join(sorted(_KNOWN_COLUMNS))}")
