"""The import of activation codes: a dry run with the errors of all lines, then all lines or none."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from store.activation_codes.codes import CODE_DIGITS, ActivationBatch, ActivationCode, hash_code
from store.core import csv_rows, errors
from store.core.csv_rows import CsvRow
from store.core.database import db
from store.core.errors import DomainError
from store.customers.members import Member
from store.physical_cards import cards
from store.physical_cards.cards import PhysicalCard
from store.physical_cards.kinds import PhysicalCardKind
from store.tenants import audit

MAX_ROWS = 20_000
BATCH_SIZE = 500
LABELS = {"number": "卡号", "code": "激活码", "confirm": "确认是卡号"}
_CODE = re.compile(rf"[0-9]{{{CODE_DIGITS}}}")
_CONFIRMED = ("是", "yes", "y", "1")


@dataclass(frozen=True)
class CodeLine:
    """One line of a file: its number in the file, the card and the code."""

    line: int
    number: str
    code: str


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do: the lines that are new, and what is wrong by line."""

    lines: tuple[CodeLine, ...]
    errors: tuple[tuple[int, str], ...]


def parse(text: str) -> list[CsvRow]:
    """Parse a file whose first row names the columns. Raises DomainError(invalid)."""
    return csv_rows.parse_labelled(
        text, labels=LABELS, required=("number", "code"), ignored=(), max_rows=MAX_ROWS
    )


def dry_run(rows: Sequence[CsvRow]) -> ImportPlan:
    """Return what an import of rows would do. Writes nothing."""
    checked = [_check_row(row) for row in rows]
    lines = [row for row in checked if isinstance(row, CodeLine)]
    wrong = [row for row in checked if not isinstance(row, CodeLine)]
    known, times = _list_known([line.number for line in lines]), Counter(line.number for line in lines)
    for line in lines:
        if line.number in known:
            wrong.append((line.line, "该卡号已存在"))
        elif times[line.number] > 1:
            wrong.append((line.line, "文件中有重复的卡号"))
    return ImportPlan(tuple(lines), tuple(sorted(wrong)))


@db.transactional
def import_all(rows: Sequence[CsvRow], *, kind: PhysicalCardKind) -> ActivationBatch:
    """Import all rows as cards of the stock with their codes. Raises DomainError(invalid) if any row is wrong."""
    db.advisory_lock("activation_codes:import")
    plan = dry_run(rows)
    if plan.errors:
        line, message = plan.errors[0]
        raise errors.invalid("file", f"第 {line} 行：{message}")
    if not kind.is_active:
        raise DomainError("card_kind_inactive", f"卡种“{kind.name}”已停用", 409)
    batch = ActivationBatch.create(kind=kind.id, rows=len(plan.lines))
    card_ids = PhysicalCard.create_many(
        [{"number": line.number, "kind": kind.id, "state": "stock"} for line in plan.lines]
    )
    ActivationCode.create_many([
        {"card": card_id, "batch": batch.id, "code_hash": hash_code(line.number, line.code)}
        for card_id, line in zip(card_ids, plan.lines, strict=True)
    ])  # fmt: skip
    audit.record("activation_codes.import", f"activation_batch:{batch.public_id}",
                 after={"rows": len(plan.lines), "kind": kind.code})  # fmt: skip
    return batch


def _check_row(row: CsvRow) -> CodeLine | tuple[int, str]:
    """Return the line of a row, or its number and what is wrong."""
    if row.error:
        return row.number, row.error
    is_confirmed = row.cells.get("confirm", "").lower() in _CONFIRMED
    try:
        number = cards.check_number(row.cells["number"], is_confirmed=is_confirmed)
    except DomainError as error:
        hint = "，请在“确认是卡号”列填“是”" if error.code == "ambiguous_number" else ""
        return row.number, f"{error.message}{hint}"
    if not _CODE.fullmatch(row.cells["code"]):
        return row.number, f"激活码应为 {CODE_DIGITS} 位数字"
    return CodeLine(row.number, number, row.cells["code"])


def _list_known(card_numbers: Sequence[str]) -> set[str]:
    return set(_iterate_known(sorted(set(card_numbers))))


def _iterate_known(wanted: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(wanted), BATCH_SIZE):
        batch = wanted[start : start + BATCH_SIZE]
        queries: tuple[Any, ...] = (
            PhysicalCard.select(PhysicalCard.number).where(PhysicalCard.number.in_(batch)),
            Member.select(Member.card_number).where(Member.card_number.in_(batch)),
        )
        for query in queries:
            yield from (number for (number,) in query.tuples())
