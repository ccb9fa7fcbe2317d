"""Card templates (会员卡): the list with the state on each platform, drafts, activation, and submitting again."""

from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

import config
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store.core.database import db
from store.core.errors import DomainError, invalid
from store.member_cards import pack_templates, template_fields, templates
from store.member_cards.pack_templates import PackTemplate
from store.member_cards.templates import CardTemplate, TemplateFilter
from store.tenants import pictures
from web.schemas import OneLine, RequestModel

bp = APIBlueprint(
    "console_card_templates", __name__, url_prefix="/console/api/card-templates", enable_openapi=False
)

Text = Annotated[str, StringConstraints(max_length=1000)]
Url = Annotated[str, StringConstraints(max_length=200)]
Platform = Literal["wechat", "alipay"]


class TemplateQuery(ListQuery):
    """Which templates are listed. `search` is a part of the title."""

    search: Search = ""
    state: Literal["draft", "active", "retired"] | None = None


class TemplateInput(RequestModel):
    """All fields of a template."""

    title: Annotated[OneLine, StringConstraints(max_length=9)]
    brand: Annotated[OneLine, StringConstraints(max_length=12)]
    colour: OneLine
    logo_url: Url
    cover_url: Url = ""
    privileges: Text
    instructions: Text
    notice: Annotated[OneLine, StringConstraints(max_length=16)]
    service_phone: Annotated[OneLine, StringConstraints(max_length=24)] = ""
    validity: Literal["permanent", "range", "days"] = "permanent"
    valid_from: date | None = None
    valid_until: date | None = None
    valid_days: int | None = None
    shown: list[Literal["points", "balance", "tier"]] = Field(default_factory=list, max_length=3)
    platforms: list[Platform] = Field(default_factory=list, max_length=2)
    activations: list[Literal["auto", "one_click", "jump"]] = Field(min_length=1, max_length=3)
    can_gift: bool = False
    pay_from_fen: int | None = None
    pay_until: date | None = None


class Retry(RequestModel):
    """The platform to which a template is submitted again."""

    platform: Platform


@bp.get("")
@staff_required("card_templates.read")
@bp.input(TemplateQuery, location="query")
def list_templates(caller: StaffCaller, query_data: TemplateQuery) -> Response:
    criteria = TemplateFilter(search=query_data.search, state=query_data.state)
    rows, total = templates.list_page(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.post("")
@staff_required("card_templates.create")
@bp.input(TemplateInput)
def add_template(caller: StaffCaller, json_data: TemplateInput) -> Response:
    caller.ensure_all_shops()
    values = _to_values(json_data)
    return respond_once(caller, json_data, lambda: _to_row(templates.add(**values)), status=201)


@bp.put("/<public_id>")
@staff_required("card_templates.edit")
@bp.input(TemplateInput)
def change_template(public_id: str, caller: StaffCaller, json_data: TemplateInput) -> Response:
    caller.ensure_all_shops()
    templates.get(public_id)
    values = _to_values(json_data)

    def work() -> dict[str, Any]:
        row = templates.change(public_id=public_id, **values)
        pack_templates.submit_changes(public_id=public_id)
        return _to_row(row)

    return respond_once(caller, json_data, work)


@bp.post("/<public_id>/activation")
@staff_required("card_templates.publish")
def activate_template(public_id: str, caller: StaffCaller) -> Response:
    caller.ensure_all_shops()
    templates.get(public_id)
    return respond_once(caller, None, lambda: _to_row(pack_templates.activate(public_id=public_id)))


@bp.post("/<public_id>/retirement")
@staff_required("card_templates.publish")
def retire_template(public_id: str, caller: StaffCaller) -> Response:
    caller.ensure_all_shops()
    templates.get(public_id)
    return respond_once(caller, None, lambda: _to_row(pack_templates.retire(public_id=public_id)))


@bp.post("/<public_id>/retries")
@staff_required("card_templates.publish")
@bp.input(Retry)
def retry_template(public_id: str, caller: StaffCaller, json_data: Retry) -> Response:
    caller.ensure_all_shops()
    row = templates.get(public_id)

    def work() -> dict[str, Any]:
        pack_templates.retry(public_id=public_id, platform=json_data.platform)
        return _to_row(row)

    return respond_once(caller, json_data, work)


def _to_values(given: TemplateInput) -> dict[str, Any]:
    """Return the fields, after the pictures were found to have the size that the platforms ask for."""
    values = given.model_dump()
    for kind in ("logo", "cover"):
        url = values[f"{kind}_url"]
        if url:
            _check_picture(url, kind)
    return {**values, "activations": tuple(values["activations"])}


def _check_picture(url: str, kind: str) -> None:
    name = urlsplit(url).path.rpartition("/")[2]
    try:
        data = pictures.path_of(db.current_tenant(), name, var=config.current().var).read_bytes()
        template_fields.check_picture(data, kind)
    except OSError:
        raise invalid(f"{kind}_url", "图片已丢失，请重新上传") from None
    except DomainError as error:
        raise invalid(f"{kind}_url", error.message) from None


def _to_row(row: CardTemplate) -> dict[str, Any]:
    names = (
        "title", "brand", "colour", "logo_url", "cover_url", "privileges", "instructions", "notice", "service_phone",
        "validity", "valid_days", "shown", "platforms", "can_gift", "pay_from_fen", "state",
    )  # fmt: skip
    days = {
        name: _to_text(getattr(row, name))
        for name in ("valid_from", "valid_until", "pay_until", "changed_at")
    }
    return {
        "id": row.public_id, **{name: getattr(row, name) for name in names}, **days,
        "activations": [row.activation], "programme": row.programme.name,
        "packs": [_to_pack(pack) for pack in pack_templates.list_for(row)],
    }  # fmt: skip


def _to_pack(pack: PackTemplate) -> dict[str, Any]:
    return {
        "platform": pack.platform, "name": templates.PLATFORMS[pack.platform], "state": pack.state,
        "label": pack_templates.STATES[pack.state], "problem": pack.problem, "platform_id": pack.platform_id,
        "is_waiting": pack.due_at is not None,
    }  # fmt: skip


def _to_text(value: Any) -> str | None:
    return value.isoformat() if value is not None else None
