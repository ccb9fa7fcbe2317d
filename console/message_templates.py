"""Message templates (消息模板): list, create, change, delete, preview, copies of the platform's own, tests."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

import platform_clients
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, operation_number, respond_once
from console.message_rows import to_label_options
from platforms.errors import PlatformError
from store.core.errors import DomainError, not_found
from store.messages import (
    kinds,
    message_list,
    synced_templates,
    template_list,
    template_tests,
    templates,
    texts,
)  # fmt: skip
from store.messages.messages import STATES
from store.messages.synced_templates import SyncedTemplate
from store.messages.template_list import TemplateFilter
from store.messages.templates import MessageTemplate
from store.tenants import channels
from store.tenants.channels import Channel
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_message_templates", __name__, url_prefix="/console/api/message-templates", enable_openapi=False
)

GROUPS = {"sms": ("sms",), "wechat": tuple(templates.CHANNEL_KINDS), "text": templates.FREE_TEXT_MEDIA}
Text = Annotated[str, StringConstraints(max_length=500)]


class TemplateQuery(ListQuery):
    """Which templates are listed. `search` is a part of the name."""

    search: Search = ""
    kind: Search | None = None
    group: Literal["sms", "wechat", "text"] = "sms"


class TemplateBody(RequestModel):
    """A template as staff enter it; see `TemplateInput`, which checks it."""

    kind: Search
    medium: Search
    channel_key: Search | None = None
    name: Text
    title: Text = ""
    text: Text = ""
    platform_id: Text = ""
    purpose: Literal["notice", "marketing"] = "notice"
    fields: Annotated[dict[Text, Text], Field(max_length=20)] = {}
    path: Text = ""


class TestRequest(RequestModel):
    """Who gets the test: a card number or a phone."""

    member: Annotated[Search, Field(min_length=1)]


@bp.get("")
@staff_required("message_templates.read")
@bp.input(TemplateQuery, location="query")
def list_templates(caller: StaffCaller, query_data: TemplateQuery) -> Response:
    criteria = TemplateFilter(search=query_data.search, kind=query_data.kind, media=GROUPS[query_data.group])
    rows, total = template_list.list_page(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.get("/options")
@staff_required("message_templates.read")
def list_options(caller: StaffCaller) -> Response:
    """Return the kinds of messages with their variables and texts, and the accounts of the platform's templates."""
    accounts = [
        {"key": row.key, "name": row.name, "medium": medium}
        for medium, kind in templates.CHANNEL_KINDS.items()
        for row in channels.list_channels() if row.kind == kind
    ]  # fmt: skip
    return json_response({
        "kinds": [{
            "key": kind.key, "label": kind.label, "title": kind.title, "text": kind.text,
            "is_marketing": kind.is_marketing, "variables": [
                {"name": name, "example": example} for name, example in template_tests.read_examples(kind).items()
            ],
        } for kind in kinds.KINDS.values()],
        "media": to_label_options(kinds.MEDIA), "accounts": accounts,
    })  # fmt: skip


@bp.post("")
@staff_required("message_templates.create")
@bp.input(TemplateBody)
def create_template(caller: StaffCaller, json_data: TemplateBody) -> Response:
    caller.ensure_all_shops()
    return respond_once(
        caller, json_data, lambda: _to_row(templates.save(**json_data.model_dump())), status=201
    )


@bp.put("/<int:template_id>")
@staff_required("message_templates.edit")
@bp.input(TemplateBody)
def change_template(template_id: int, caller: StaffCaller, json_data: TemplateBody) -> Response:
    caller.ensure_all_shops()
    return respond_once(
        caller, json_data, lambda: _to_row(templates.save(template_id, **json_data.model_dump()))
    )


@bp.delete("/<int:template_id>")
@staff_required("message_templates.delete")
def delete_template(template_id: int, caller: StaffCaller) -> Response:
    caller.ensure_all_shops()

    def work() -> dict[str, Any]:
        templates.delete(template_id)
        return {"id": str(template_id)}

    return respond_once(caller, None, work)


@bp.post("/previews")
@staff_required("message_templates.read")
@bp.input(TemplateBody)
def preview_template(caller: StaffCaller, json_data: TemplateBody) -> Response:
    """Return what the template says with the examples of its kind, and which values are cut."""
    shown = template_tests.preview(**json_data.model_dump())
    return json_response({
        "title": shown.content.title, "text": shown.content.text, "path": shown.content.path,
        "fields": [
            {"name": name, "value": value, "uncut": shown.uncut[name], "is_cut": value != shown.uncut[name]}
            for name, value in shown.content.data.items()
        ],
    })  # fmt: skip


@bp.get("/accounts/<account>/synced-templates")
@staff_required("message_templates.read")
def list_synced(account: str, caller: StaffCaller) -> Response:
    return json_response({"list": _list_synced(_get_account(caller, account))})


@bp.post("/accounts/<account>/synced-templates")
@staff_required("message_templates.sync")
def sync_templates(account: str, caller: StaffCaller) -> Response:
    """Store the templates that the platform lists. Uses the network."""
    caller.ensure_all_shops()
    channel = _get_account(caller, account)
    try:
        if channel.kind == templates.CHANNEL_KINDS["subscribe"]:
            found = platform_clients.mini_program_client(channel).list_subscribe_templates()
        else:
            found = platform_clients.official_account_client(channel).list_templates()
    except PlatformError as failure:
        raise DomainError("platform_failed", f"没有得到平台的答复：{failure.message}", 502) from None
    rows = [
        {"platform_id": row.template_id, "title": row.title, "content": row.content, "example": row.example}
        for row in found
    ]
    synced_templates.replace_all(channel, rows)
    return json_response({"list": _list_synced(channel)})


@bp.post("/<int:template_id>/tests")
@staff_required("message_templates.send_test")
@bp.input(TestRequest)
def send_test(template_id: int, caller: StaffCaller, json_data: TestRequest) -> Response:
    owner = template_tests.get_recipient(json_data.member, shop_ids=caller.shop_ids)
    source = operation_number(caller, prefix=template_tests.SOURCE_PREFIX)

    def work() -> dict[str, Any]:
        return _to_result(template_tests.write_test(template_id=template_id, customer=owner, source=source))

    return respond_once(caller, json_data, work, status=201)


@bp.get("/tests/<number>")
@staff_required("message_templates.send_test")
def get_test(number: str, caller: StaffCaller) -> Response:
    """Return how far a test is."""
    message = message_list.get(number, shop_ids=caller.shop_ids)
    if not template_tests.is_test(message):
        raise not_found("该测试")
    return json_response(_to_result(message))


def _get_account(caller: StaffCaller, key: str) -> Channel:
    channel = channels.get_by_key(key)
    if channel.kind not in templates.CHANNEL_KINDS.values():
        raise not_found("该账号")
    caller.ensure_shop(channel.shop_id, subject="该账号")
    return channel


def _list_synced(channel: Channel) -> list[dict[str, Any]]:
    return [_to_synced(row) for row in synced_templates.list_for(channel)]


def _to_synced(row: SyncedTemplate) -> dict[str, Any]:
    keywords = [{"name": one.name, "label": one.label} for one in synced_templates.list_keywords(row)]
    return {
        "platform_id": row.platform_id, "title": row.title, "content": row.content, "example": row.example,
        "keywords": keywords, "synced_at": row.synced_at.isoformat(),
    }  # fmt: skip


def _to_result(message: Any) -> dict[str, Any]:
    return {
        "number": message.number, "state": message.state, "label": STATES[message.state], "reason": message.reason,
        "is_final": message.state not in ("pending", "sending"),
    }  # fmt: skip


def _to_row(row: MessageTemplate) -> dict[str, Any]:
    names = (
        "kind",
        "medium",
        "name",
        "title",
        "text",
        "platform_id",
        "purpose",
        "fields",
        "path",
    )
    channel = row.channel
    kind = kinds.find(row.kind)
    written = (row.title, row.text, *row.fields.values())
    variables = dict.fromkeys(name for text in written for name in texts.list_placeholders(text))
    return {"id": str(row.id), **{name: getattr(row, name) for name in names}} | {
        "kind_label": kind.label if kind else row.kind, "medium_label": kinds.MEDIA[row.medium],
        "channel_key": channel.key if channel else None, "channel": channel.name if channel else "",
        "variables": list(variables),
        "created_at": row.created_at.isoformat(),
    }  # fmt: skip
