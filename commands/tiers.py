"""`flask tiers …`: the tiers of a programme, their rules, and where a member stands and why."""

import re
from pathlib import Path
from typing import Any

import click

from commands.programmes import PROGRAMME, chosen
from commands.shell import JSON, for_company, group_of, read_json, say_json, say_rows
from commands.values import COUNT
from store.kernel.refusals import not_found
from store.kernel.validation import checked
from store.loyalty import tier_moves, tier_progress, tier_rule_lists, tier_rules, tier_words, tiers
from store.loyalty.tier_moves import Shift
from store.loyalty.tiers import Tier, TierRecord
from store.loyalty.validity import Validity
from store.people import members

group = group_of("tiers", "Tiers, their rules, and the tiers of members.")
rules = group_of("rules", "The rules of a programme.")
group.add_command(rules)


@group.command("list")
@PROGRAMME
@for_company
@JSON
def list_(programme_code: str | None, *, as_json: bool) -> None:
    """List the tiers, the highest first."""
    found = [_facts(tier) for tier in tiers.listing(chosen(programme_code).id)]
    if as_json:
        say_json(found)
    else:
        say_rows((facts.values() for facts in found), nothing="尚无等级")


@group.command()
@click.argument("tier_code", metavar="CODE")
@click.argument("name")
@click.option(
    "--rank", type=click.IntRange(0, 1000), help="Higher is better; above all others when left out."
)
@click.option("--base", is_flag=True, help="Where members begin; it has no end.")
@click.option("--days", type=COUNT, help="Lasts so many days.")
@click.option("--until", metavar="YEARS-MONTH-DAY", help="Lasts until that day so many years on: 1-12-31.")
@PROGRAMME
@for_company
def add(*, tier_code: str, name: str, rank: int | None, base: bool, days: int | None, until: str | None,
        programme_code: str | None) -> None:  # fmt: skip
    """Add a tier; added twice it is the same one."""
    tier = tiers.add(
        programme=chosen(programme_code),
        code=tier_code,
        name=name,
        rank=rank,
        base=base,
        valid=validity(days, until),
    )
    click.echo(f"等级 {tier.code}（{tier.name}）{tier_words.lasting(tier.valid)}")


@rules.command()
@PROGRAMME
@for_company
@JSON
def show(programme_code: str | None, *, as_json: bool) -> None:
    """Show the rules in force; with --json in the form that `replace` reads."""
    found = tier_rules.of_programme(chosen(programme_code).id)
    if as_json:
        say_json(tier_rule_lists.written(found))
    else:
        say_rows(((rule.tier.code, tier_words.rule(rule)) for rule in found), nothing="尚无等级规则")


@rules.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only tell who would stand where.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@PROGRAMME
@for_company
def replace(file: Path, *, dry_run: bool, yes: bool, programme_code: str | None) -> None:
    """Put the rules of a JSON FILE in force in place of all before.

    A list of {"tier", "basis": "points"|"spend"|"purchases", "group" (for points), "window_days",
    "at_least", "below"}, spend in fen. First it tells how many members would stand at which tier.
    """
    programme = chosen(programme_code)
    wanted = tier_rule_lists.read(programme, read_json(file))
    say_rows(map(_moved, tier_moves.preview(programme=programme, rules=wanted)), nothing="尚无会员")
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
@for_company
@JSON
def history(card: str, *, as_json: bool) -> None:
    """Show the tiers of CARD with what brought each, and what is missing to the next."""
    member = members.of_card(card)
    progress = tier_progress.of(member)
    records = [_record(record) for record in tiers.history(member)]
    ways = [way.sentence for way in (*progress.ways, *progress.keep)]
    if as_json:
        say_json({"records": records, "progress": ways})
        return
    say_rows((facts.values() for facts in records), nothing="还不是会员，没有等级")
    for sentence in ways:
        click.echo(sentence)


@group.command()
@click.argument("card")
@click.argument("tier_code", metavar="TIER")
@click.option("--reason", required=True, help="Kept with the record; the member does not see it.")
@for_company
def change(card: str, tier_code: str, *, reason: str) -> None:
    """Put CARD at TIER by hand; there already, nothing changes."""
    member = members.of_card(card)
    found = next((tier for tier in tiers.listing(int(member.programme_id)) if tier.code == tier_code), None)
    if found is None:
        raise not_found(f"等级 {tier_code}")
    record = tier_moves.change(member=member, tier=found, reason=reason)
    click.echo(f"会员 {member.card_number} 现为{record.tier.name}")


def validity(days: int | None, until: str | None) -> Validity:
    """`365` days, or `1-12-31` for the 31st of December a year on, or no end."""
    if until is None:
        return checked(Validity, {"days": days})
    if re.fullmatch(r"[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,2}", until) is None:
        raise click.BadParameter("应写成 年数-月-日，如 1-12-31", param_hint="--until")
    years, month, day = map(int, until.split("-"))
    return checked(Validity, {"days": days, "years": years, "month": month, "day": day})


def _moved(shift: Shift) -> tuple[Any, ...]:
    return (shift.before, "→" if shift.before != shift.after else "＝", shift.after, f"{shift.members} 人")


def _facts(tier: Tier) -> dict[str, Any]:
    names = ("code", "name", "rank", "is_base")
    return {name: getattr(tier, name) for name in names} | {"lasting": tier_words.lasting(tier.valid)}


def _record(record: TierRecord) -> dict[str, Any]:
    return {
        "started_at": record.started_at,
        "tier": record.tier.code,
        "kind": record.kind,
        "last_day": tier_words.last_day(record.valid_until) if record.valid_until else None,
        "because": tier_words.because(record, with_reason=True),
        "operator": record.operator,
    }
