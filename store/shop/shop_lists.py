"""A list of shops (门店名单): many shops opened at once, all or none, with what is wrong line by line."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from store.company import audit
from store.kernel import db, refusals
from store.kernel.refusals import Refused
from store.shop import places, shops

NEEDED = ("code", "name", "lng", "lat")
TEXTS = (
    "brand", "industry", "contact", "phone", "description", "province", "city", "district", "address",
)  # fmt: skip
MOST = 20_000
_KNOWN = {*NEEDED, "datum", *TEXTS}


@dataclass(frozen=True)
class Line:
    """One shop of a list; `number` is its line in the file, the heading being line 1."""

    number: int
    values: dict[str, str]


@dataclass
class Outcome:
    """How many shops a list opened, how many were there already, and what is wrong with which line."""

    opened: int = 0
    there: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)


def read(text: str) -> list[Line]:
    """The lines of a CSV file; raises Refused(invalid) when its columns are not those of a list of shops."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        _check_columns(reader.fieldnames or [])
        lines = [Line(reader.line_num, {k: (v or "").strip() for k, v in row.items() if k}) for row in reader]
    except csv.Error as error:
        raise refusals.invalid("file", f"第 {reader.line_num} 行不是有效的 CSV：{error}") from None
    if not 1 <= len(lines) <= MOST:
        raise refusals.invalid("file", f"应有 1–{MOST} 行门店")
    return lines


@db.verb
def try_out(lines: list[Line]) -> Outcome:
    """What opening the shops would come to; nothing is kept."""
    with db.database.savepoint() as trial:
        outcome = _open(lines)
        trial.rollback()
    return outcome


@db.verb
def open_all(lines: list[Line]) -> Outcome:
    """Open the shops; when a single line is wrong none is opened."""
    with db.database.savepoint() as trial:
        outcome = _open(lines)
        if outcome.errors:
            trial.rollback()
    if outcome.opened and not outcome.errors:
        audit.record("shop_lists.open", "shops", after={"opened": outcome.opened, "there": outcome.there})
    return outcome


def _open(lines: list[Line]) -> Outcome:
    outcome = Outcome()
    seen: dict[str, int] = {}
    known = {shop.code for shop in shops.Shop.select(shops.Shop.code)}
    for line in lines:
        code = line.values["code"]
        first = seen.setdefault(code, line.number)
        if first != line.number:
            outcome.errors.append((line.number, f"code：与第 {first} 行重复"))
            continue
        try:
            _open_one(line.values)
        except Refused as refused:
            outcome.errors.append((line.number, refused.message))
        else:
            outcome.there += code in known
            outcome.opened += code not in known
    return outcome


def _open_one(values: dict[str, str]) -> None:
    place = places.to_gcj02(
        _number("lng", values["lng"]), _number("lat", values["lat"]), values.get("datum") or "gcj02"
    )
    profile = {name: values[name] for name in TEXTS if values.get(name)}
    shops.open_shop(code=values["code"], name=values["name"], place=place, **profile)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise refusals.invalid(name, "应为数字") from None


def _check_columns(names: Sequence[str]) -> None:
    columns = set(names)
    for name in NEEDED:
        if name not in columns:
            raise refusals.invalid(name, f"缺少此列；应有 {'、'.join(NEEDED)}")
    unknown = sorted(columns - _KNOWN)
    if unknown:
        raise refusals.invalid(unknown[0], f"不认识的列；可用的有 {'、'.join(sorted(_KNOWN))}")
