"""`flask costs`: what points and coupons have cost, by cost centre."""

from datetime import date
from typing import Any

import click
from flask.cli import with_appcontext

from commands import point_groups
from commands.cli_support import JSON_OPTION, Command, print_json, print_rows, with_tenant
from commands.params import DAY_TYPE
from store.core import money
from store.insight import cost_report as costs_
from store.insight.cost_report import Cost
from store.tenants import business_days


@click.command("costs", cls=Command)
@click.option("--from", "since", type=DAY_TYPE, help="First day; the first of this month when left out.")
@click.option("--to", "until", type=DAY_TYPE, help="Last day; today when left out.")
@with_tenant
@JSON_OPTION
@with_appcontext
def costs(*, since: date | None, until: date | None, as_json: bool) -> None:
    """Sum up what each cost centre gave in a period: points less those taken back, and coupons that were used."""
    today = business_days.today()
    found = [
        cost
        for cost in costs_.list_by_cost_centre(
            since=business_days.start_of(since or today.replace(day=1)),
            until=business_days.end_of(until or today),
        )
        if any(cost.points.values()) or cost.coupons
    ]
    names = point_groups.list_codes()
    facts = [_cost_to_dict(cost, names) for cost in found]
    total = _cost_to_dict(costs_.sum_costs(found), names)
    if as_json:
        print_json({"cost_centres": facts, "total": total})
    else:
        lines = map(_format_cost_row, [*facts, total] if facts else [])
        print_rows(lines, empty_message="这段时间没有积分和优惠券支出")


def _cost_to_dict(cost: Cost, group_codes: dict[int, str]) -> dict[str, Any]:
    given = {group_codes[group_id]: value for group_id, value in cost.points.items()}
    return {"cost_centre": cost.centre, "name": cost.name, "points": given, "coupons": cost.coupons,
            "coupon_fen": cost.coupon_fen}  # fmt: skip


def _format_cost_row(values: dict[str, Any]) -> tuple[Any, ...]:
    given = "，".join(f"{group} {value} 分" for group, value in values["points"].items()) or "无积分"
    return (
        values["cost_centre"],
        values["name"],
        given,
        f"{values['coupons']} 张券 {money.yuan(values['coupon_fen'])} 元",
    )
