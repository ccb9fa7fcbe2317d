"""Activities (抽奖活动): list, drafts in steps, detail, draws with their numbers, shares, the QR code of the link."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from console.activity_rows import link_of, list_options, to_detail, to_row, to_rows
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store.activities import activities, activity_list
from store.activities.activity_list import ActivityFilter
from store.core.errors import DomainError
from store.customers import profiles
from store.draws import draw_records, shares
from store.draws.draw_records import SOURCE_LABELS, DrawFilter
from store.official_accounts import qr_images
from web.responses import file_response, json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_activities", __name__, url_prefix="/console/api/activities", enable_openapi=False)


class ActivityQuery(ListQuery):
    """Which activities are listed. `search` is a part of the name."""

    search: Search = ""
    state: Literal["draft", "running", "paused", "ended"] | None = None


class ActivityDraft(RequestModel):
    """The content of a draft, of which an edit may name only some. The store checks it."""

    content: dict[str, Any] = Field(max_length=60)


class DrawQuery(ListQuery):
    """Which draws are listed."""

    won: bool | None = None


class ImageQuery(RequestModel):
    """Form and width of the QR code."""

    form: Literal["png", "svg"] = "png"
    size: int = Field(default=430, ge=120, le=2000)
    download: bool = False


@bp.get("")
@staff_required("activities.read")
@bp.input(ActivityQuery, location="query")
def list_activities(caller: StaffCaller, query_data: ActivityQuery) -> Response:
    criteria = ActivityFilter(search=query_data.search, state=query_data.state)
    rows, total = activity_list.list_page(criteria, query_data.to_page())
    return list_response(to_rows(rows), total, query_data)


@bp.get("/options")
@staff_required("activities.read")
def get_options(caller: StaffCaller) -> Response:
    return json_response(list_options(caller))


@bp.get("/<activity_id>")
@staff_required("activities.read")
def get_activity(activity_id: str, caller: StaffCaller) -> Response:
    return json_response(to_detail(activities.get_by_public_id(activity_id), caller))


@bp.post("")
@staff_required("activities.create")
@bp.input(ActivityDraft)
def create_draft(caller: StaffCaller, json_data: ActivityDraft) -> Response:
    caller.ensure_all_shops()
    return respond_once(
        caller, json_data, lambda: to_row(activities.create_draft(values=json_data.content)), status=201
    )


@bp.patch("/<activity_id>")
@staff_required("activities.edit")
@bp.input(ActivityDraft)
def edit_draft(activity_id: str, caller: StaffCaller, json_data: ActivityDraft) -> Response:
    caller.ensure_all_shops()
    row = activities.get_by_public_id(activity_id)
    return respond_once(
        caller, json_data, lambda: to_row(activities.edit_draft(row, values=json_data.content))
    )


@bp.post("/<activity_id>/copies")
@staff_required("activities.create")
def copy_activity(activity_id: str, caller: StaffCaller) -> Response:
    caller.ensure_all_shops()
    row = activities.get_by_public_id(activity_id)
    return respond_once(caller, None, lambda: to_row(activities.copy_as_draft(row)), status=201)


@bp.delete("/<activity_id>")
@staff_required("activities.delete")
def delete_draft(activity_id: str, caller: StaffCaller) -> Response:
    caller.ensure_all_shops()

    def work() -> dict[str, Any]:
        activities.delete_draft(activities.get_by_public_id(activity_id))
        return {"id": activity_id, "deleted": True}

    return respond_once(caller, None, work)


@bp.get("/<activity_id>/draws")
@staff_required("activities.read")
@bp.input(DrawQuery, location="query")
def list_draws(activity_id: str, caller: StaffCaller, query_data: DrawQuery) -> Response:
    """Return the draws with the numbers that decided them, each checked again."""
    row = activities.get_by_public_id(activity_id)
    criteria = DrawFilter(row, won=query_data.won, shop_ids=caller.shop_ids)
    found, total = draw_records.list_page(criteria, query_data.to_page())
    names = [prize.name for prize in activities.list_prizes(row)]
    return list_response([_to_draw(draw, names) for draw in found], total, query_data)


@bp.get("/<activity_id>/shares")
@staff_required("activities.read")
@bp.input(ListQuery, location="query")
def list_shares(activity_id: str, caller: StaffCaller, query_data: ListQuery) -> Response:
    """Return which friends opened whose link. One level deep: a friend's friends belong to the friend."""
    row = activities.get_by_public_id(activity_id)
    found, total = shares.list_page(row, query_data.to_page(), shop_ids=caller.shop_ids)
    return list_response([_to_visit(visit) for visit in found], total, query_data)


@bp.get("/<activity_id>/qr-code")
@staff_required("activities.read")
@bp.input(ImageQuery, location="query")
def get_qr_code(activity_id: str, caller: StaffCaller, query_data: ImageQuery) -> Response:
    """Return the QR code of the link. Raises DomainError(no_link) before the publication."""
    row = activities.get_by_public_id(activity_id)
    link = link_of(row)
    if link is None:
        raise DomainError("no_link", "活动发布后才有链接和二维码", 409)
    render = qr_images.render_png if query_data.form == "png" else qr_images.render_svg
    content = render(link, size=query_data.size)
    mimetype = "image/png" if query_data.form == "png" else "image/svg+xml"
    if query_data.download:
        return file_response(content, mimetype=mimetype, filename=f"{row.name}.{query_data.form}")
    response = Response(content, mimetype=mimetype)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _to_draw(draw: draw_records.Draw, names: list[str]) -> dict[str, Any]:
    return {
        "number": draw.number, "at": draw.at.isoformat(), "card_number": draw.member.card_number,
        "source": SOURCE_LABELS[draw.source], "draws_left": draw.draws_left, "prizes_left": draw.left_by_prize,
        "pick": draw.pick, "prize": None if draw.place is None else names[draw.place],
        "is_correct": draw_records.is_correct(draw),
    }  # fmt: skip


def _to_visit(visit: shares.ShareVisit) -> dict[str, Any]:
    moments = {name: getattr(visit, name) for name in ("opened_at", "followed_at", "joined_at")}
    return {
        "id": str(visit.id), "sharer": visit.share.member.card_number,
        "friend": profiles.to_masked(visit.customer)["nickname"] or "微信用户",
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
    }  # fmt: skip
