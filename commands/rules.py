"""`flask rules …`: what purchases earn in points, who pays for it, and what it has cost."""

from datetime import date
from typing import Any

import click

from commands.programmes import PROGRAMME, chosen
from commands.shell import JSON, for_company, group_of, say_json, say_rows
from commands.tiers import validity
from commands.values import COUNT, DAY, NUMBER
from store.company import calendar
from store.kernel import money
from store.kernel.refusals import not_found
from store.loyalty import cost_centres, point_rules, points, tier_words
from store.loyalty import costs as costs_
from store.loyalty.cost_centres import CostCentre
from store.loyalty.costs import Cost
from store.loyalty.point_accounts import PointGroup
from store.loyalty.point_rules import OCCASIONS, SCOPES, PointMultiplier, PointRule
from store.people import programmes

group = group_of("rules", "Rules of points, multipliers, point groups and cost centres.")


_FROM = click.option("--from", "starts_on", type=DAY, help="First day.")
_TO = click.option("--to", "ends_on", type=DAY, help="Last day.")


@group.command("list")
@click.option("--all", "also_ended", is_flag=True, help="Also what has ended or not begun.")
@PROGRAMME
@for_company
@JSON
def list_(*, also_ended: bool, programme_code: str | None, as_json: bool) -> None:
    """List rules and multipliers, the oldest first."""
    programme_id = chosen(programme_code).id
    found = (
        point_rules.listing(programme_id)
        if also_ended
        else point_rules.in_force(programme_id, calendar.today())
    )
    facts = [*map(_rule, found[0]), *map(_multiplier, found[1])]
    if as_json:
        say_json(facts)
    else:
        names = ("type", "id", "group", "name", "words")
        say_rows(([one[name] for name in names] for one in facts), nothing="尚无积分规则")


@group.command()
@click.argument("name")
@click.option("--group", "group_code", help="Point group; the first when left out.")
@click.option("--points", "value", type=COUNT, required=True, help="Points for each share.")
@click.option("--per-yuan", help="A share is so much of the amount that earns.")
@click.option("--per-pieces", type=COUNT, help="A share is so many pieces.")
@click.option("--centre", required=True, help="Cost centre that pays.")
@click.option("--product")
@click.option("--category", help="Category or product group.")
@click.option("--shop-group")
@click.option("--tier", help="Code of a tier.")
@click.option("--upgrade-eligible", is_flag=True, help="Counts for tiers.")
@click.option("--days", type=COUNT, help="The points last so many days.")
@click.option(
    "--until", metavar="YEARS-MONTH-DAY", help="They last until that day so many years on: 1-12-31."
)
@_FROM
@_TO
@PROGRAMME
@for_company
def add(*, name: str, group_code: str | None, value: int, per_yuan: str | None, per_pieces: int | None,
        centre: str, days: int | None, until: str | None, programme_code: str | None,
        **about: Any) -> None:  # fmt: skip
    """Add a rule: so many points for each so many yuan, or pieces."""
    if (per_yuan is None) == (per_pieces is None):
        raise click.UsageError("请用 --per-yuan 或 --per-pieces 之一说明每份是多少")
    rule = point_rules.add(
        group=_group(group_code, programme_code),
        name=name,
        basis="quantity" if per_yuan is None else "amount",
        points=value,
        per=per_pieces if per_yuan is None else money.fen(per_yuan, field="per-yuan"),
        cost_centre=_centre(centre),
        valid=validity(days, until),
        **about,
    )
    click.echo(f"积分规则 {rule.id}：{_rule(rule)['words']}")


@group.command()
@click.argument("name")
@click.argument("occasion", type=click.Choice(OCCASIONS))
@click.option("--percent", type=COUNT, required=True, help="200 doubles.")
@click.option("--group", "group_code", help="Point group; the first when left out.")
@click.option("--centre", required=True, help="Cost centre that pays.")
@click.option("--tier", help="Code of the tier, for the occasion `tier`.")
@_FROM
@_TO
@PROGRAMME
@for_company
def multiply(
    *, name: str, occasion: str, percent: int, group_code: str | None, centre: str,
    programme_code: str | None, **about: Any
) -> None:  # fmt: skip
    """Add a multiplier: what rules earn is more on an OCCASION."""
    row = point_rules.multiply(
        group=_group(group_code, programme_code), name=name, occasion=occasion, percent=percent,
        cost_centre=_centre(centre), **about,
    )  # fmt: skip
    click.echo(f"多倍积分 {row.id}：{_multiplier(row)['words']}")


@group.command()
@click.argument("number", type=NUMBER)
@click.option("--multiplier", is_flag=True, help="NUMBER is a multiplier's.")
@click.option("--on", "last_day", type=DAY, help="Last day; today when left out.")
@for_company
def end(number: int, *, multiplier: bool, last_day: date | None) -> None:
    """Let a rule or a multiplier apply for the last time."""
    day = last_day or calendar.today()
    if multiplier:
        point_rules.end_multiplier(multiplier_id=number, last_day=day)
    else:
        point_rules.end(rule_id=number, last_day=day)
    click.echo(f"最后一天 {day}")


@group.command()
@PROGRAMME
@for_company
@JSON
def groups(*, programme_code: str | None, as_json: bool) -> None:
    """List the point groups."""
    found = [
        {"code": row.code, "name": row.name, "spendable": row.spendable}
        for row in points.groups(chosen(programme_code))
    ]
    if as_json:
        say_json(found)
    else:
        say_rows((facts.values() for facts in found), nothing="尚无积分组")


@group.command("open-group")
@click.argument("code")
@click.argument("name")
@click.option("--growth", is_flag=True, help="Cannot be redeemed.")
@PROGRAMME
@for_company
def open_group(code: str, name: str, *, growth: bool, programme_code: str | None) -> None:
    """Open a point group; opened twice it is the same one."""
    row = points.open_group(programme=chosen(programme_code), code=code, name=name, spendable=not growth)
    click.echo(f"积分组 {row.code}（{row.name}）")


@group.command()
@click.option("--from", "since", type=DAY, help="First day; the first of this month when left out.")
@click.option("--to", "until", type=DAY, help="Last day; today when left out.")
@for_company
@JSON
def costs(*, since: date | None, until: date | None, as_json: bool) -> None:
    """Sum up what each cost centre gave in a period: points less those taken back, and coupons that were used."""
    today = calendar.today()
    found = [
        cost
        for cost in costs_.by_centre(
            since=calendar.start_of(since or today.replace(day=1)), until=calendar.end_of(until or today)
        )
        if any(cost.points.values()) or cost.coupons
    ]
    names = _group_names()
    facts = [_cost(cost, names) for cost in found]
    total = _cost(costs_.total(found), names)
    if as_json:
        say_json({"centres": facts, "total": total})
    else:
        lines = map(_cost_line, [*facts, total] if facts else [])
        say_rows(lines, nothing="这段时间没有积分和优惠券支出")


@group.command()
@for_company
@JSON
def centres(*, as_json: bool) -> None:
    """List the cost centres."""
    found = [{"code": row.code, "name": row.name} for row in cost_centres.listing()]
    if as_json:
        say_json(found)
    else:
        say_rows((facts.values() for facts in found), nothing="尚无成本中心")


@group.command("open-centre")
@click.argument("code")
@click.argument("name")
@for_company
def open_centre(code: str, name: str) -> None:
    """Open a cost centre; opened twice it is the same one."""
    row = cost_centres.open_cost_centre(code=code, name=name)
    click.echo(f"成本中心 {row.code}（{row.name}）")


def _group(code: str | None, programme_code: str | None) -> PointGroup:
    for found in points.groups(chosen(programme_code)):
        if code in (None, found.code):
            return found
    raise not_found(f"积分组 {code or ''}".strip())


def _centre(code: str) -> CostCentre:
    found = next((row for row in cost_centres.listing() if row.code == code), None)
    if found is None:
        raise not_found(f"成本中心 {code}")
    return found


def _group_names() -> dict[int, str]:
    """Codes of point groups by id; of another programme than the main one it stands before them."""
    return {
        row.id: row.code if number == 0 else f"{programme.code}/{row.code}"
        for number, programme in enumerate(programmes.listing())
        for row in points.groups(programme)
    }


def _cost(cost: Cost, names: dict[int, str]) -> dict[str, Any]:
    given = {names[group_id]: value for group_id, value in cost.points.items()}
    return {"centre": cost.centre, "name": cost.name, "points": given, "coupons": cost.coupons,
            "coupon_fen": cost.coupon_fen}  # fmt: skip


def _cost_line(facts: dict[str, Any]) -> tuple[Any, ...]:
    given = "，".join(f"{group} {value} 分" for group, value in facts["points"].items()) or "无积分"
    return (
        facts["centre"],
        facts["name"],
        given,
        f"{facts['coupons']} 张券 {money.yuan(facts['coupon_fen'])} 元",
    )


def _rule(rule: PointRule) -> dict[str, Any]:
    share = f"{money.yuan(rule.per)} 元" if rule.basis == "amount" else f"{rule.per} 件"
    scopes = {scope: getattr(rule, scope) for scope in SCOPES if getattr(rule, scope) is not None}
    words = f"每 {share} {rule.points} 分，{tier_words.lasting(rule.valid)}，{_period(rule)}"
    return {"type": "rule", "id": rule.id, "group": rule.group.code, "name": rule.name, "words": words,
            "basis": rule.basis, "points": rule.points, "per": rule.per, "scopes": scopes,
            "upgrade_eligible": rule.upgrade_eligible, **_common(rule)}  # fmt: skip


def _multiplier(row: PointMultiplier) -> dict[str, Any]:
    occasion = _OCCASION_WORDS[row.occasion] + (f" {row.tier}" if row.tier else "")
    return {"type": "multiplier", "id": row.id, "group": row.group.code, "name": row.name,
            "words": f"{occasion} {row.percent}%，{_period(row)}", "occasion": row.occasion,
            "percent": row.percent, "tier": row.tier, **_common(row)}  # fmt: skip


def _common(row: Any) -> dict[str, Any]:
    return {"centre": row.cost_centre.code, "starts_on": row.starts_on, "ends_on": row.ends_on}


def _period(row: Any) -> str:
    if row.starts_on is None and row.ends_on is None:
        return "一直适用"
    return f"{row.starts_on or '即日'} 至 {row.ends_on or '另行通知'}"


_OCCASION_WORDS = {
    "birthday_day": "生日当天",
    "birthday_month": "生日当月",
    "period": "活动期间",
    "tier": "等级",
}
