"""`flask tiers …`: the tiers of a programme, their rules, and where a member stands and why."""

import re
from pathlib import Path
from typing import Any

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, read_json, with_tenant
from commands.params import COUNT_TYPE
from commands.programmes import PROGRAMME_OPTION, get_selected
from store.core.errors import not_found
from store.core.validation import validate
from store.customers import members
from store.tiers import descriptions as tier_descriptions
from store.tiers import evaluation as tier_evaluation
from store.tiers import progress as tier_progress
from store.tiers import rule_import as tier_rule_import
from store.tiers import rules as tier_rules
from store.tiers import tiers
from store.tiers.evaluation import TierShift
from store.tiers.tiers import Tier, TierRecord
from store.tiers.validity import Validity

group = command_group("tiers", "Tiers, their rules, and the tiers of members.")
rules_group = command_group("rules", "The rules of a programme.")
group.add_command(rules_group)


@group.command("list")
@PROGRAMME_OPTION
@with_tenant
@JSON_OPTION
def list_(programme_code: str | None, *, as_json: bool) -> None:
    """List the tiers, the highest first."""
    found = [_tier_to_dict(tier) for tier in tiers.list_tiers(get_selected(programme_code).id)]
    if as_json:
        print_json(found)
    else:
        print_rows((facts.values() for facts in found), empty_message="尚无等级")


@group.command()
@click.argument("tier_code", metavar="CODE")
@click.argument("name")
@click.option(
    "--rank", type=click.IntRange(0, 1000), help="Higher is better; above all others when left out."
)
@click.option("--base", is_flag=True, help="Where members begin; it has no end.")
@click.option("--days", type=COUNT_TYPE, help="Lasts so many days.")
@click.option("--until", metavar="YEARS-MONTH-DAY", help="Lasts until that day so many years on: 1-12-31.")
@PROGRAMME_OPTION
@with_tenant
def add(*, tier_code: str, name: str, rank: int | None, base: bool, days: int | None, until: str | None,
        programme_code: str | None) -> None:  # fmt: skip
    """Add a tier; added twice it is the same one."""
    tier = tiers.add(
        programme=get_selected(programme_code),
        code=tier_code,
        name=name,
        rank=rank,
        is_base=base,
        validity=parse_validity(days, until),
    )
    click.echo(f"等级 {tier.code}（{tier.name}）{tier_descriptions.describe_validity(tier.validity)}")


@rules_group.command()
@PROGRAMME_OPTION
@with_tenant
@JSON_OPTION
def show(programme_code: str | None, *, as_json: bool) -> None:
    """Show the active rules; with --json in the form that `replace` reads."""
    found = tier_rules.list_active_uncached(get_selected(programme_code).id)
    if as_json:
        print_json(tier_rule_import.serialize(found))
    else:
        print_rows(
            ((rule.tier.code, tier_descriptions.describe_rule(rule)) for rule in found),
            empty_message="尚无等级规则",
        )


@rules_group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only tell who would stand where.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@PROGRAMME_OPTION
@with_tenant
def replace(file: Path, *, dry_run: bool, yes: bool, programme_code: str | None) -> None:
    """Put the rules of a JSON FILE in force in place of all before.

    A list of {"tier", "basis": "points"|"spend"|"purchases", "group" (for points), "window_days",
    "at_least", "below"}, spend in fen. First it tells how many members would stand at which tier.
    """
    programme = get_selected(programme_code)
    wanted = tier_rule_import.parse(programme, read_json(file))
    print_rows(
        map(_format_shift_row, tier_evaluation.preview_rules(programme=programme, rules=wanted)),
        empty_message="尚无会员",
    )
    if dry_run:
        return
    if not yes:
        click.confirm(
            "新规则立即生效：达到更高等级的会员下次入账时升级，其余等级到期时再评定。确定吗？", abort=True
        )
    in_force = tier_rules.replace(programme=programme, rules=wanted)
    click.echo(f"已生效 {len(in_force)} 条规则")


@group.command()
@click.argument("card")
@with_tenant
@JSON_OPTION
def history(card: str, *, as_json: bool) -> None:
    """Show the tiers of CARD with what brought each, and what is missing to the next."""
    member = members.get_by_card(card)
    progress = tier_progress.get_progress(member)
    records = [_record_to_dict(record) for record in tiers.list_history(member)]
    ways = [way.message for way in (*progress.requirements, *progress.retention)]
    if as_json:
        print_json({"records": records, "progress": ways})
        return
    print_rows((facts.values() for facts in records), empty_message="还不是会员，没有等级")
    for sentence in ways:
        click.echo(sentence)


@group.command()
@click.argument("card")
@click.argument("tier_code", metavar="TIER")
@click.option("--reason", required=True, help="Kept with the record; the member does not see it.")
@with_tenant
def assign(card: str, tier_code: str, *, reason: str) -> None:
    """Put CARD at TIER by hand; there already, nothing changes."""
    member = members.get_by_card(card)
    found = next(
        (tier for tier in tiers.list_tiers(int(member.programme_id)) if tier.code == tier_code), None
    )
    if found is None:
        raise not_found(f"等级 {tier_code}")
    record = tier_evaluation.change_tier(member=member, tier=found, reason=reason)
    click.echo(f"会员 {member.card_number} 现为{record.tier.name}")


def parse_validity(days: int | None, until: str | None) -> Validity:
    """`365` days, or `1-12-31` for the 31st of December a year on, or no end."""
    if until is None:
        return validate(Validity, {"days": days})
    if re.fullmatch(r"[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,2}", until) is None:
        raise click.BadParameter("应写成 年数-月-日，如 1-12-31", param_hint="--until")
    years, month, day = map(int, until.split("-"))
    return validate(Validity, {"days": days, "years": years, "month": month, "day": day})


def _format_shift_row(shift: TierShift) -> tuple[Any, ...]:
    return (shift.before, "→" if shift.before != shift.after else "＝", shift.after, f"{shift.members} 人")


def _tier_to_dict(tier: Tier) -> dict[str, Any]:
    names = ("code", "name", "rank", "is_base")
    return {name: getattr(tier, name) for name in names} | {
        "validity": tier_descriptions.describe_validity(tier.validity)
    }


def _record_to_dict(record: TierRecord) -> dict[str, Any]:
    return {
        "started_at": record.started_at,
        "tier": record.tier.code,
        "kind": record.kind,
        "last_day": tier_descriptions.last_day_before(record.valid_until) if record.valid_until else None,
        "explanation": tier_descriptions.describe_reason(record, with_reason=True),
        "operator": record.operator,
    }
