"""Message records (消息记录): SMS, WeChat messages, e-mails and site messages, and sending one again."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from console.member_lookup import get_member
from console.message_rows import to_label_options, to_row
from store.core.validation import IsoDate
from store.messages import message_list, message_rows
from store.messages.kinds import KINDS, MEDIA
from store.messages.message_list import GROUPS, MessageFilter
from store.messages.messages import STATES, Message
from web.responses import json_response

bp = APIBlueprint("console_messages", __name__, url_prefix="/console/api/messages", enable_openapi=False)


class MessageQuery(ListQuery):
    """Which records are listed. `search` is a phone, openid, e-mail address or part of the subject; `member` a card."""

    group: Literal["sms", "wechat", "email", "site", "all"] = "all"
    search: Search = ""
    state: Search | None = None
    kind: Search | None = None
    medium: Search | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None
    member: Search | None = None


@bp.get("")
@staff_required("messages.read")
@bp.input(MessageQuery, location="query")
def list_messages(caller: StaffCaller, query_data: MessageQuery) -> Response:
    asked = query_data.model_dump(include={"group", "search", "state", "kind", "medium"})
    owner = get_member(caller, query_data.member).customer if query_data.member else None
    criteria = MessageFilter(
        **asked, from_day=query_data.since, until_day=query_data.until, shop_ids=caller.shop_ids,
        customer_id=owner.id if owner else None,
    )  # fmt: skip
    rows, total = message_list.list_page(criteria, query_data.to_page())
    return list_response(map(to_row, message_rows.list_rows(rows)), total, query_data)


@bp.get("/options")
@staff_required("messages.read")
def list_options(caller: StaffCaller) -> Response:
    """Return what the filters of the lists offer."""
    return json_response({
        "kinds": to_label_options({kind.key: kind.label for kind in KINDS.values()}),
        "states": to_label_options(STATES),
        "media": to_label_options({medium: MEDIA[medium] for medium in GROUPS["wechat"]}),
    })  # fmt: skip


@bp.get("/<number>")
@staff_required("messages.read")
def get_message(number: str, caller: StaffCaller) -> Response:
    return json_response(_to_shown(message_list.get(number, shop_ids=caller.shop_ids)))


@bp.post("/<number>/sendings")
@staff_required("messages.send_again")
def send_again(number: str, caller: StaffCaller) -> Response:
    """Send a message again that failed or was skipped."""
    return respond_once(
        caller, None, lambda: _to_shown(message_list.send_again(number, shop_ids=caller.shop_ids))
    )


def _to_shown(message: Message) -> dict[str, Any]:
    return next(to_row(row) for row in message_rows.list_rows([message]))
