"""`flask coupons gifts`, `gift` and `gift-history`: the gifts of coupons between members."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from commands.cli_support import CSV_OPTION, JSON_OPTION, print_json, print_rows, with_tenant, write_csv
from commands.coupons import group
from commands.params import DAY_TYPE, ID_TYPE
from store.core import spreadsheets
from store.coupons import coupons, gift_records
from store.coupons import gifts as coupon_gifts
from store.coupons.gift_records import GiftFilter, GiftRecord, RecordParty
from store.coupons.gifts import CouponGiftStep, GiftParty
from store.tenants import business_days

_ROLE_BY_STATE = {"offered": "giver", "cancelled": "giver", "accepted": "receiver", "declined": "receiver"}
_COLUMNS = (
    "编号", "转赠时间", "转赠者", "转赠者手机号", "转赠者会员卡号", "接收者", "接收者手机号", "接收者会员卡号",
    "接收时间", "转赠状态", "券码",
)  # fmt: skip


@group.command("gifts")
@click.option("--search", default="", help="Name, phone or card number of the giver, or code of the coupon.")
@click.option("--state", type=click.Choice(tuple(coupon_gifts.TRANSITIONS)))
@click.option("--since", type=DAY_TYPE, help="First day of the offer.")
@click.option("--until", type=DAY_TYPE, help="Last day of the offer.")
@click.option("--before", type=ID_TYPE, help="Number of the last gift of the page before.")
@click.option("--limit", type=click.IntRange(1, gift_records.MAX_PAGE_SIZE), default=20, show_default=True)
@CSV_OPTION
@with_tenant
@JSON_OPTION
def list_gifts(
    search: str, state: str | None, since: date | None, until: date | None, *,
    before: int | None, limit: int, file: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """List the gifts of all coupons (转赠记录), the latest first. `--csv` exports all pages. Phones are masked."""
    criteria = GiftFilter(search=search, state=state, since=since, until=until)
    if file is not None:
        rows = map(_to_cells, gift_records.iterate_records(criteria))
        write_csv(file, spreadsheets.to_csv(_COLUMNS, rows))
        return
    page = gift_records.list_records(criteria, before=before, limit=limit)
    total = gift_records.count_records(criteria)
    following = page[-1].number if len(page) == limit else None
    if as_json:
        print_json({"total": total, "items": list(map(_record_to_dict, page)), "next": following})
        return
    print_rows([_COLUMNS, *map(_to_cells, page)] if page else [], empty_message="没有转赠记录")
    if page:
        more = f"，下一页请加 --before {following}" if following else ""
        click.echo(f"共 {total} 条{more}")


@group.command("gift")
@click.argument("number", type=ID_TYPE)
@with_tenant
@JSON_OPTION
def show_gift(number: int, *, as_json: bool) -> None:
    """Show the gift of a NUMBER with each step: time, scene, actor, and state of the coupon before and after.

    Cards and phones are those of the time of the step.
    """
    record = gift_records.get_record(number)
    steps = list(map(_step_to_dict, gift_records.list_steps(number)))
    if as_json:
        print_json({**_record_to_dict(record), "steps": steps})
        return
    print_rows(zip(_COLUMNS, _to_cells(record), strict=True), empty_message="")
    print_rows((_format_step(step) for step in steps), empty_message="")


@group.command("gift-history")
@click.argument("code")
@with_tenant
@JSON_OPTION
def gift_history(code: str, *, as_json: bool) -> None:
    """List all steps of the gifts of a coupon (转赠): time, state and member.

    Phones are masked. `members show CARD --unmask` shows a phone in clear and is recorded in the audit log.
    """
    steps = coupon_gifts.list_history(coupons.get_by_code(code))
    items = [_gift_step_to_dict(step, party) for step, party in steps]
    if as_json:
        print_json(items)
    else:
        print_rows((item.values() for item in items), empty_message="该券没有转赠记录")


def _gift_step_to_dict(step: CouponGiftStep, party: GiftParty | None) -> dict[str, Any]:
    """Return a step with the member who acted. A step of expiry has no member."""
    return {
        "gift": step.gift_id,
        "occurred_at": step.occurred_at.isoformat(timespec="seconds"),
        "state": step.state,
        "label": coupon_gifts.LABELS[step.state],
        "role": _ROLE_BY_STATE.get(step.state),
        "card_number": party and party.card_number,
        "phone": party and party.phone,
    }


def _record_to_dict(record: GiftRecord) -> dict[str, Any]:
    return {
        "number": record.number,
        "offered_at": _to_iso(record.offered_at),
        "giver": vars(record.giver),
        "receiver": record.receiver and vars(record.receiver),
        "accepted_at": record.accepted_at and _to_iso(record.accepted_at),
        "state": record.state,
        "label": coupon_gifts.LABELS[record.state],
        "coupon": record.coupon_code,
    }


def _step_to_dict(step: CouponGiftStep) -> dict[str, Any]:
    party = coupon_gifts.to_party(step)
    return {
        "occurred_at": _to_iso(step.occurred_at),
        "scene": gift_records.SCENES[step.state],
        "card_number": party and party.card_number,
        "phone": party and party.phone,
        "before": step.coupon_before,
        "after": step.coupon_after,
    }


def _to_cells(record: GiftRecord) -> tuple[Any, ...]:
    """Return the cells of `_COLUMNS`."""
    people = (*_party_cells(record.giver), *_party_cells(record.receiver))
    accepted_at = record.accepted_at and _to_local(record.accepted_at)
    label = coupon_gifts.LABELS[record.state]
    return record.number, _to_local(record.offered_at), *people, accepted_at, label, record.coupon_code


def _party_cells(party: RecordParty | None) -> tuple[str | None, ...]:
    return (party.name, party.phone, party.card_number) if party else (None, None, None)


def _format_step(step: dict[str, Any]) -> tuple[Any, ...]:
    change = f"{coupons.LABELS[step['before']]} ⇒ {coupons.LABELS[step['after']]}"
    at = _to_local(datetime.fromisoformat(step["occurred_at"]))
    return at, step["scene"], step["card_number"], step["phone"], change


def _to_iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _to_local(moment: datetime) -> str:
    return f"{business_days.to_local(moment):%Y-%m-%d %H:%M:%S}"
