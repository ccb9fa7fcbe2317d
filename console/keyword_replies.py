"""Keyword replies (关键词回复), and the replies to a follow and to what no rule matches."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, respond_once
from console.official_accounts import check_replies, ensure_all_shops, find_channel_ids, get_chat_account
from store.core.errors import invalid, not_found
from store.official_accounts import keyword_replies
from store.official_accounts.keyword_replies import FallbackReplySettings, FollowReplySettings, ReplyRule
from store.tenants import settings
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_keyword_replies", __name__, url_prefix="/console/api/keyword-replies", enable_openapi=False
)

Replies = Annotated[list[dict[str, Any]], Field(max_length=5)]
MAX_PRIORITY = 9999


class RuleQuery(ListQuery):
    """Which rules are listed, all on one page. `search` is a part of the name or of a keyword."""

    search: Search = ""
    account: Search | None = None
    enabled: bool | None = None


class RuleChange(RequestModel):
    """What changes about a rule; what is left out stays."""

    match: Literal["exact", "contains", "pattern"] = "contains"
    keywords: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=20)] = []
    answers: Replies = []
    selection: Literal["random", "all"] = "all"
    priority: int = Field(default=100, ge=0, le=MAX_PRIORITY)
    enabled: bool = True


class RuleCreation(RuleChange):
    """A new rule. Without `account` it applies to every account."""

    name: Annotated[str, Field(max_length=60)]
    account: Search | None = None


class DefaultReplies(RequestModel):
    """The replies to a first follow, to a later one, and to what no rule matches."""

    follow: Replies
    welcome_back: Replies
    fallback: Replies


@bp.get("")
@staff_required("keyword_replies.read")
@bp.input(RuleQuery, location="query")
def list_rules(caller: StaffCaller, query_data: RuleQuery) -> Response:
    channel = get_chat_account(caller, query_data.account) if query_data.account else None
    found = keyword_replies.find_rules(
        search=query_data.search, enabled=query_data.enabled, channel_id=channel.id if channel else None,
        channel_ids=find_channel_ids(caller),
    )  # fmt: skip
    return json_response({"list": [_to_row(rule) for rule in found]})


@bp.post("")
@staff_required("keyword_replies.create")
@bp.input(RuleCreation)
def create_rule(caller: StaffCaller, json_data: RuleCreation) -> Response:
    def work() -> dict[str, Any]:
        if not json_data.account:
            ensure_all_shops(caller)
        channel = get_chat_account(caller, json_data.account) if json_data.account else None
        if keyword_replies.find_rule(json_data.name, channel) is not None:
            raise invalid("name", "已有同名的规则")
        values = json_data.model_dump(exclude={"account", "answers"})
        saved = keyword_replies.save_rule(**values, channel=channel, replies=check_replies(json_data.answers))
        return _to_row(saved)

    return respond_once(caller, json_data, work, status=201)


@bp.patch("/<int:rule_id>")
@staff_required("keyword_replies.edit")
@bp.input(RuleChange)
def change_rule(rule_id: int, caller: StaffCaller, json_data: RuleChange) -> Response:
    def work() -> dict[str, Any]:
        rule = _get(caller, rule_id)
        kept = {name: getattr(rule, name) for name in RuleChange.model_fields}
        values = kept | json_data.model_dump(include=json_data.model_fields_set)
        replies = check_replies(values.pop("answers"))
        saved = keyword_replies.save_rule(name=rule.name, channel=rule.channel, replies=replies, **values)
        return _to_row(saved)

    return respond_once(caller, json_data, work)


@bp.delete("/<int:rule_id>")
@staff_required("keyword_replies.delete")
def delete_rule(rule_id: int, caller: StaffCaller) -> Response:
    rule = _get(caller, rule_id)

    def work() -> dict[str, Any]:
        keyword_replies.remove_rule(name=rule.name, channel=rule.channel)
        return {"id": str(rule_id)}

    return respond_once(caller, None, work)


@bp.get("/defaults")
@staff_required("keyword_replies.read")
def get_defaults(caller: StaffCaller) -> Response:
    return json_response(_read_defaults())


@bp.put("/defaults")
@staff_required("keyword_replies.edit")
@bp.input(DefaultReplies)
def change_defaults(caller: StaffCaller, json_data: DefaultReplies) -> Response:
    ensure_all_shops(caller)

    def work() -> dict[str, Any]:
        follow, back, fallback = (
            check_replies(getattr(json_data, name), field=name) for name in DefaultReplies.model_fields
        )
        settings.change(FollowReplySettings, answers=follow, welcome_back=back)
        settings.change(FallbackReplySettings, answers=fallback)
        return {"follow": follow, "welcome_back": back, "fallback": fallback}

    return respond_once(caller, json_data, work)


def _get(caller: StaffCaller, rule_id: int) -> ReplyRule:
    rule = keyword_replies.get_rule(rule_id)
    seen = find_channel_ids(caller)
    if seen is not None and rule.channel_id not in seen:
        raise not_found("该关键词回复")
    return rule


def _read_defaults() -> dict[str, Any]:
    follow, fallback = settings.read(FollowReplySettings), settings.read(FallbackReplySettings)
    return {"follow": follow.answers, "welcome_back": follow.welcome_back, "fallback": fallback.answers}


def _to_row(rule: ReplyRule) -> dict[str, Any]:
    names = ("name", "match", "keywords", "answers", "selection", "priority", "enabled")
    account = {"key": rule.channel.key, "name": rule.channel.name} if rule.channel else None
    return {"id": str(rule.id), **{name: getattr(rule, name) for name in names}} | {
        "account": account, "changed_at": rule.changed_at.isoformat(),
    }  # fmt: skip
