"""`flask tiers …`: the tiers of a programme, their rules, and the tier history of a member."""

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
    items = [_tier_to_dict(tier) for tier in tiers.list_tiers(get_selected(programme_code).id)]
    if as_json:
        print_json(items)
    else:
        print_rows((item.values() for item in items), empty_message="尚无等级")


@group.command()
@click.argument("tier_code", metavar="CODE")
@click.argument("name")
@click.option("--rank", type=click.IntRange(0, 1000), help="Higher is better; the highest if omitted.")
@click.option("--base", is_flag=True, help="The tier of new members, without an end.")
@click.option("--days", type=COUNT_TYPE, help="Validity in days.")
@click.option(
    "--until", metavar="YEARS-MONTH-DAY", help="Validity until this day a number of years later: 1-12-31."
)
@click.option(
    "--discount", type=click.IntRange(0, 100), default=0, metavar="PERCENT", help="Taken off list prices."
)
@PROGRAMME_OPTION
@with_tenant
def add(*, tier_code: str, name: str, rank: int | None, base: bool, days: int | None, until: str | None,
        discount: int, programme_code: str | None) -> None:  # fmt: skip
    """Add a tier. Idempotent."""
    tier = tiers.add(
        programme=get_selected(programme_code),
        code=tier_code,
        name=name,
        rank=rank,
        is_base=base,
        validity=parse_validity(days, until),
        discount_percent=discount,
    )
    click.echo(f"等级 {tier.code}（{tier.name}）{tier_descriptions.describe_validity(tier.validity)}")


@rules_group.command()
@PROGRAMME_OPTION
@with_tenant
@JSON_OPTION
def show(programme_code: str | None, *, as_json: bool) -> None:
    """Show the active rules. With --json the output has the format of `replace`."""
    rules = tier_rules.list_active_uncached(get_selected(programme_code).id)
    if as_json:
        print_json(tier_rule_import.serialize(rules))
    else:
        print_rows(
            ((rule.tier.code, tier_descriptions.describe_rule(rule)) for rule in rules),
            empty_message="尚无等级规则",
        )


@rules_group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only show the number of members by tier.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@PROGRAMME_OPTION
@with_tenant
def replace(file: Path, *, dry_run: bool, yes: bool, programme_code: str | None) -> None:
    """Replace all rules by those of a JSON FILE.

    A list of {"tier", "basis": "points"|"spend"|"purchases", "group" (for points), "window_days",
    "at_least", "below"}, spend in fen. The number of members by tier is shown first.
    """
    programme = get_selected(programme_code)
    rules = tier_rule_import.parse(programme, read_json(file))
    print_rows(
        map(_format_shift_row, tier_evaluation.preview_rules(programme=programme, rules=rules)),
        empty_message="尚无会员",
    )
    if dry_run:
        return
    if not yes:
        click.confirm(
            "新规则立即生效：达到更高等级的会员下次入账时升级，其余等级到期时再评定。确定吗？", abort=True
        )
    active_rules = tier_rules.replace(programme=programme, rules=rules)
    click.echo(f"已生效 {len(active_rules)} 条规则")


@group.command()
@click.argument("card")
@with_tenant
@JSON_OPTION
def history(card: str, *, as_json: bool) -> None:
    """Show the tiers of CARD with their reasons, and what is missing for the next tier."""
    member = members.get_by_card(card)
    progress = tier_progress.get_progress(member)
    records = [_record_to_dict(record) for record in tiers.list_history(member)]
    messages = [route.message for route in (*progress.requirements, *progress.retention)]
    if as_json:
        print_json({"records": records, "progress": messages})
        return
    print_rows((item.values() for item in records), empty_message="还不是会员，没有等级")
    for message in messages:
        click.echo(message)


@group.command()
@click.argument("card")
@click.argument("tier_code", metavar="TIER")
@click.option("--reason", required=True, help="Stored with the record; the member does not see it.")
@with_tenant
def assign(card: str, tier_code: str, *, reason: str) -> None:
    """Set the tier of CARD by hand. Idempotent."""
    member = members.get_by_card(card)
    new_tier = next(
        (tier for tier in tiers.list_tiers(int(member.programme_id)) if tier.code == tier_code), None
    )
    if new_tier is None:
        raise not_found(f"等级 {tier_code}")
    record = tier_evaluation.change_tier(member=member, tier=new_tier, reason=reason)
    click.echo(f"会员 {member.card_number} 现为{record.tier.name}")


def parse_validity(days: int | None, until: str | None) -> Validity:
    """Return a validity of days, or until a day such as `1-12-31`: 31 December of the next year.

    Without both it has no end.
    """
    if until is None:
        return validate(Validity, {"days": days})
    if re.fullmatch(r"[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,2}", until) is None:
        raise click.BadParameter("应写成 年数-月-日，如 1-12-31", param_hint="--until")
    years, month, day = map(int, until.split("-"))
    return validate(Validity, {"days": days, "years": years, "month": month, "day": day})


def _format_shift_row(shift: TierShift) -> tuple[Any, ...]:
    return (shift.before, "→" if shift.before != shift.after else "＝", shift.after, f"{shift.members} 人")


def _tier_to_dict(tier: Tier) -> dict[str, Any]:
    names = ("code", "name", "rank", "is_base", "discount_percent")
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
