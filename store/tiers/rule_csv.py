"""CSV import of tier rules (等级升降级规则表): all lines or none, with the error of each line.

A line with the name of a current rule changes it; rules that the file does not name stay.
"""

import hashlib
import json
from dataclasses import dataclass, field

from store.core import cache, clock, csv_rows, money
from store.core.csv_rows import CsvRow
from store.core.database import db
from store.core.errors import DomainError, invalid
from store.core.validation import validate
from store.customers.programmes import Programme
from store.tenants import audit
from store.tiers import rule_import
from store.tiers import rules as tier_rules
from store.tiers.rule_import import RuleRow
from store.tiers.rules import TierRule

COLUMNS = ("规则名称", "等级编码", "条件", "积分组编码", "最近天数", "起", "止")
BASES = {"累计积分": "points", "消费金额": "spend", "消费次数": "purchases"}
MAX_LINES = 100
_FIELDS = ("name", "tier", "basis", "group", "window_days", "at_least", "below")


@dataclass
class RuleImport:
    """What an import does. `version` is that of the rules before it, and `errors` are pairs of line and message."""

    rows: int
    version: str
    created: int = 0
    updated: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)


def parse_csv(text: str) -> list[CsvRow]:
    """Parse the lines of a CSV file. Raises DomainError(invalid) for wrong columns."""
    file = csv_rows.parse(text)
    if missing := [name for name in COLUMNS if name not in file.columns]:
        raise invalid("file", f"缺少列“{missing[0]}”，应有 {'、'.join(COLUMNS)}")
    if unknown := [name for name in file.columns if name not in COLUMNS]:
        raise invalid("file", f"不认识的列“{unknown[0][:30]}”，应有 {'、'.join(COLUMNS)}")
    if not 1 <= len(file.rows) <= MAX_LINES:
        raise invalid("file", f"应有 1–{MAX_LINES} 行规则")
    return file.rows


@db.transactional
def dry_run(*, programme: Programme, lines: list[CsvRow]) -> RuleImport:
    """Return what an import would do, without changes."""
    return _plan(programme, lines)[0]


@db.transactional
def import_all(*, programme: Programme, lines: list[CsvRow], version: str) -> RuleImport:
    """Create and change the rules, or nothing if a single line is invalid.

    Raises DomainError(import_outdated) if the rules have changed since the dry run of this `version`.
    """
    db.advisory_lock(f"tier_rules:{programme.id}")
    outcome, wanted = _plan(programme, lines)
    if outcome.version != version:
        raise DomainError("import_outdated", "规则在预览之后有变化，请重新导入", 409)
    if not outcome.errors and wanted:
        names = [rule.name for rule in wanted]
        old = [rule.id for rule in tier_rules.list_current(int(programme.id)) if rule.name in names]
        TierRule.update(retired_at=clock.now()).where(TierRule.id.in_(old)).execute()
        for rule in wanted:
            rule.save(force_insert=True)
        audit.record("tier_rules.import", f"programme:{programme.code}", after=rule_import.serialize(wanted))
        db.after_commit(cache.clear)
    return outcome


def _plan(programme: Programme, lines: list[CsvRow]) -> tuple[RuleImport, list[TierRule]]:
    """Return what the lines do, and the rules to save."""
    current = tier_rules.list_current(int(programme.id))
    by_name = {rule.name: rule for rule in current}
    outcome, read = RuleImport(rows=len(lines), version=_version(current)), dict[str, tuple[int, TierRule]]()
    for line in lines:
        try:
            rule = _to_rule(programme, line)
            if rule.name in read:
                raise invalid("规则名称", f"与第 {read[rule.name][0]} 行重复")
        except DomainError as error:
            outcome.errors.append((line.number, _to_message(error)))
            continue
        read[rule.name] = (line.number, rule)
    new = {name: rule for name, (_, rule) in read.items() if not _is_same(by_name.get(name), rule)}
    for name, rule in new.items():
        rule.is_enabled = by_name[name].is_enabled if name in by_name else True
    outcome.updated = sum(name in by_name for name in new)
    outcome.created = len(new) - outcome.updated
    if not outcome.errors:
        afterwards = [rule for rule in current if rule.name not in new] + list(new.values())
        _validate_all(programme, afterwards, {name: number for name, (number, _) in read.items()}, outcome)
    return outcome, list(new.values())


def _validate_all(
    programme: Programme, rules: list[TierRule], numbers: dict[str, int], outcome: RuleImport
) -> None:
    try:
        tier_rules.validate(programme, [rule for rule in rules if rule.is_enabled])
    except DomainError as error:
        named = [numbers[name] for name in error.details.get("rules", ()) if name in numbers]
        outcome.errors.append((max(named, default=min(numbers.values())), error.message))


def _to_rule(programme: Programme, line: CsvRow) -> TierRule:
    if line.error:
        raise invalid("file", line.error)
    cells = {name: line.cells[name] for name in COLUMNS}
    if not cells["规则名称"]:
        raise invalid("规则名称", "不能为空")
    if cells["条件"] not in BASES:
        raise invalid("条件", f"应为 {'、'.join(BASES)} 之一")
    basis = BASES[cells["条件"]]
    row = validate(RuleRow, {
        "name": cells["规则名称"], "tier": cells["等级编码"], "basis": basis, "group": cells["积分组编码"] or None,
        "window_days": _to_number("最近天数", cells["最近天数"]),
        "at_least": _to_quantity("起", cells["起"], basis),
        "below": _to_quantity("止", cells["止"], basis) if cells["止"] else None,
    })  # fmt: skip
    rule = rule_import.to_rule(programme, row)
    tier_rules.validate(programme, [rule])
    return rule


def _to_quantity(name: str, text: str, basis: str) -> int:
    return money.fen(text, field=name) if basis == "spend" else _to_number(name, text)


def _to_number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 13):
        raise invalid(name, "应为整数")
    return int(text)


def _to_message(error: DomainError) -> str:
    """Return the message with the column of the file in front."""
    labels = dict(zip(_FIELDS, COLUMNS, strict=True))
    name = str(error.details.get("field", ""))
    return f"{labels.get(name, name)}：{error.message}" if name else error.message


def _is_same(found: TierRule | None, rule: TierRule) -> bool:
    return found is not None and rule_import.serialize([found]) == rule_import.serialize([rule])


def _version(rules: list[TierRule]) -> str:
    facts = [[rule.id, rule.is_enabled] for rule in rules]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
