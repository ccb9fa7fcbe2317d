"""The settings of check-ins (签到设置): daily points, streak rewards, make-ups, and a preview of a month."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StrictBool

from console.auth import StaffCaller, staff_required
from console.lists import respond_once
from store.check_ins import check_in_settings, month_preview
from store.check_ins.check_ins import CheckInSettings
from store.check_ins.make_ups import MakeUpSettings
from store.core.errors import invalid
from store.core.validation import validate
from store.tenants import settings
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_check_in_settings", __name__, url_prefix="/console/api/check-in-settings", enable_openapi=False
)

Points = Annotated[int, Field(strict=True, ge=0, le=10_000)]


class Reward(RequestModel):
    """The extra points of a day in a row."""

    day: Annotated[int, Field(strict=True, ge=1, le=3650)]
    extra: Points


class CheckInValues(RequestModel):
    """The settings of check-ins; `cost_centre` is a code."""

    points: Points
    streaks: Annotated[list[Reward], Field(max_length=50)]


class SettingsValues(CheckInValues):
    """The settings of check-ins and make-ups. `price` is in points."""

    valid_days: Annotated[int, Field(strict=True, ge=1, le=3650)]
    cost_centre: Annotated[str, Field(max_length=30)] | None = None
    enabled: StrictBool
    days_back: Annotated[int, Field(strict=True, ge=1, le=31)]
    max_per_month: Annotated[int, Field(strict=True, ge=1, le=31)]
    price: Points


@bp.get("")
@staff_required("check_in_settings.read")
def get_settings(caller: StaffCaller) -> Response:
    return json_response(_to_json(settings.read(CheckInSettings), settings.read(MakeUpSettings)))


@bp.put("")
@staff_required("check_in_settings.edit")
@bp.input(SettingsValues)
def change_settings(caller: StaffCaller, json_data: SettingsValues) -> Response:
    check_in = {
        "points": json_data.points, "streaks": _to_streaks(json_data.streaks), "valid_days": json_data.valid_days,
        "cost_centre": json_data.cost_centre or None,
    }  # fmt: skip
    make_up = json_data.model_dump(include=set(MakeUpSettings.model_fields))
    return respond_once(
        caller, json_data, lambda: _to_json(*check_in_settings.change(check_in=check_in, make_up=make_up))
    )


@bp.post("/previews")
@staff_required("check_in_settings.read")
@bp.input(CheckInValues)
def preview_month(caller: StaffCaller, json_data: CheckInValues) -> Response:
    """Return the days of a month with daily check-ins by settings that are not saved."""
    values = {"points": json_data.points, "streaks": _to_streaks(json_data.streaks)}
    return json_response({"days": _to_days(validate(CheckInSettings, values))})


def _to_streaks(rewards: list[Reward]) -> dict[int, int]:
    days = [reward.day for reward in rewards]
    if len(set(days)) < len(days):
        raise invalid("streaks", "同一天数只能填写一次")
    return {reward.day: reward.extra for reward in rewards}


def _to_days(rules: CheckInSettings) -> list[dict[str, Any]]:
    return [vars(day) for day in month_preview.preview_month(rules)]


def _to_json(check_in: CheckInSettings, make_up: MakeUpSettings) -> dict[str, Any]:
    return {
        "points": check_in.points, "valid_days": check_in.valid_days, "cost_centre": check_in.cost_centre,
        "streaks": [{"day": day, "extra": extra} for day, extra in sorted(check_in.streaks.items())],
        **make_up.model_dump(), "days": _to_days(check_in),
    }  # fmt: skip
