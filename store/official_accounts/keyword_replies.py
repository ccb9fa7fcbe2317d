"""Keyword replies (关键词回复), the follow reply and the fallback reply."""

import zlib
from typing import Annotated, Any

import peewee
import re2
from pydantic import AfterValidator

from store.core import cache, clock, errors
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.core.invisible_text import remove_invisible
from store.official_accounts import message_content
from store.official_accounts.message_content import Text
from store.tenants import audit, settings
from store.tenants.channels import Channel

MATCH_MODES = ("exact", "contains", "pattern")
SELECTIONS = ("random", "all")
# Control characters except line space, and the selectors of emoji with and without colour.
_NOT_COMPARED = dict.fromkeys({*range(32), *range(127, 160), 0xFE0E, 0xFE0F} - {9, 10, 13})


def _validate_replies(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return replies as settings store them. Raises DomainError for replies that could not be sent."""
    return message_content.serialize(message_content.parse(values))


ReplyList = Annotated[list[dict[str, Any]], AfterValidator(_validate_replies)]


class FollowReplySettings(settings.SettingsGroup, name="follow_reply"):
    """The replies to a new follower; after the scan of a shop's code the shop follows.

    `{brand}` in a text is replaced by the tenant's name.
    """

    answers: ReplyList = [{"type": "text", "text": "欢迎关注{brand}！回复“签到”领积分，发送位置找门店。"}]
    welcome_back: ReplyList = [{"type": "text", "text": "欢迎回来！"}]


class FallbackReplySettings(settings.SettingsGroup, name="fallback_reply"):
    """The replies to a text that matches no rule, a picture, a link, …; an empty list sends nothing."""

    answers: ReplyList = [
        {"type": "text", "text": "抱歉，没有听懂。您可以回复“签到”领积分，或发送位置查找附近门店。"}
    ]


class ReplyRule(Model):
    """Keywords and the replies to them. Rules with lower `priority` are checked first."""

    channel = peewee.ForeignKeyField(Channel, null=True, on_delete="CASCADE")
    name = peewee.CharField(max_length=60)
    match = peewee.CharField(max_length=10, constraints=[peewee.Check(f'"match" IN {MATCH_MODES}')])
    keywords = JsonField()
    answers = JsonField()
    selection = peewee.CharField(
        max_length=10, default="all", constraints=[peewee.Check(f"selection IN {SELECTIONS}")]
    )
    priority = peewee.IntegerField(default=100)
    enabled = peewee.BooleanField(default=True)
    changed_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("channel", "name"), True),)


@db.transactional
def save_rule(
    *,
    name: str,
    match: str,
    keywords: list[str],
    replies: list[dict[str, Any]],
    channel: Channel | None = None,
    selection: str = "all",
    priority: int = 100,
    enabled: bool = True,
) -> ReplyRule:
    """Create or change the rule of that name. `channel` None applies to every account."""
    _validate_rule(name=name, match=match, keywords=keywords, selection=selection)
    kept = message_content.serialize(message_content.parse(replies))
    if not kept:
        raise errors.invalid("answers", "请至少填写一条回复")
    name = name.strip()
    db.advisory_lock(
        f"reply-rule:{name}"
    )  # no constraint keeps rules for every account apart: null equals nothing
    rule = _find_by_name(name, channel) or ReplyRule(name=name, channel=channel)
    before = _to_dict(rule) if rule.id else None
    rule.match, rule.keywords, rule.answers = match, [word.strip() for word in keywords], kept
    rule.selection, rule.priority, rule.enabled = selection, priority, enabled
    if _to_dict(rule) != before:
        rule.changed_at = clock.now()
        rule.save()
        audit.record("keyword_replies.save", f"reply:{name}", before=before, after=_to_dict(rule))
        db.after_commit(cache.clear)
    return rule


@db.transactional
def save_rules(rules: list[dict[str, Any]]) -> None:
    """Create or change several rules: all, or none if one is invalid."""
    for rule in rules:
        save_rule(**rule)


@db.transactional
def remove_rule(*, name: str, channel: Channel | None = None) -> None:
    """Remove a rule. Idempotent."""
    rule = _find_by_name(name.strip(), channel)
    if rule is not None:
        audit.record("keyword_replies.remove", f"reply:{name}", before=_to_dict(rule))
        rule.delete_instance()
        db.after_commit(cache.clear)


def list_rules() -> list[ReplyRule]:
    """Return all rules in the order in which they are checked."""
    return list(ReplyRule.select().order_by(ReplyRule.priority, ReplyRule.id))


def find_rules(
    *, search: str = "", channel_id: int | None = None, enabled: bool | None = None, channel_ids: Any = None
) -> list[ReplyRule]:
    """Return the rules of a filter in the order in which they are checked. `search` is in the name or a keyword.

    `channel_ids` are the only accounts whose rules count, None for all and for the rules of every account.
    """
    query = ReplyRule.select(ReplyRule, Channel).join(Channel, peewee.JOIN.LEFT_OUTER)
    if channel_id is not None:
        query = query.where(ReplyRule.channel == channel_id)
    if channel_ids is not None:
        query = query.where(ReplyRule.channel << sorted(channel_ids))
    if enabled is not None:
        query = query.where(ReplyRule.enabled == enabled)
    wanted = search.strip().lower()
    found = query.order_by(ReplyRule.priority, ReplyRule.id)
    return [rule for rule in found if any(wanted in text.lower() for text in (rule.name, *rule.keywords))]


def get_rule(rule_id: int) -> ReplyRule:
    """Return a rule. Raises DomainError(not_found)."""
    found = ReplyRule.find(id=rule_id)
    if found is None:
        raise errors.not_found("该关键词回复")
    return found


def find_rule(name: str, channel: Channel | None) -> ReplyRule | None:
    """Return the rule of a name, or None."""
    return _find_by_name(name.strip(), channel)


def replies_to_text(channel: Channel, text: str, *, seed: str) -> list[Any]:
    """Return the replies to a text, or the fallback.

    `seed` (the message's number) decides a random choice, so that a repeat gets the same reply.
    """
    rule = next((rule for rule in _list_active(channel.id) if _matches(rule, text)), None)
    if rule is None:
        return fallback_replies()
    found = message_content.parse(rule.answers)
    return [found[zlib.crc32(seed.encode()) % len(found)]] if rule.selection == "random" else found


def fallback_replies() -> list[Any]:
    """Return the replies to what no rule answers."""
    return message_content.parse(settings.read(FallbackReplySettings).answers)


def replies_to_follow(*, first_time: bool) -> list[Any]:
    """Return the replies to a follow."""
    chosen = settings.read(FollowReplySettings)
    return message_content.parse(chosen.answers if first_time else chosen.welcome_back)


def text_reply(text: str) -> list[Any]:
    """Return one text as a list of replies."""
    return [Text(text=text)]


@cache.cached(ttl_s=1)
def _list_active(channel_id: int) -> list[ReplyRule]:
    mine = ReplyRule.channel.is_null() | (ReplyRule.channel == channel_id)
    rules = ReplyRule.select().where(mine & ReplyRule.enabled)
    return list(rules.order_by(ReplyRule.priority, ReplyRule.id))


def _matches(rule: ReplyRule, text: str) -> bool:
    heard = _normalize(text)
    if rule.match == "exact":
        return any(heard == _normalize(word) for word in rule.keywords)
    if rule.match == "contains":
        return any(_normalize(word) in heard for word in rule.keywords)
    return any(re2.search(f"(?i){word}", heard) for word in rule.keywords)


def _normalize(text: str) -> str:
    """Return a text in lower case without outer space and without invisible characters, which people paste."""
    return remove_invisible(text).translate(_NOT_COMPARED).strip().lower()


def _find_by_name(name: str, channel: Channel | None) -> ReplyRule | None:
    where = ReplyRule.channel.is_null() if channel is None else ReplyRule.channel == channel
    return ReplyRule.get_or_none((ReplyRule.name == name) & where)


def _validate_rule(*, name: str, match: str, keywords: list[str], selection: str) -> None:
    if not 1 <= len(name.strip()) <= 60:
        raise errors.invalid("name", "请填写规则名称，最多 60 个字")
    if match not in MATCH_MODES:
        raise errors.invalid("match", "匹配方式应为全匹配、半匹配或模式")
    if selection not in SELECTIONS:
        raise errors.invalid("selection", "回复方式应为随机一条或全部回复")
    if not 1 <= len(keywords) <= 20 or not all(
        _normalize(word) and len(word.strip()) <= 60 for word in keywords
    ):
        raise errors.invalid("keywords", "请填写 1–20 个关键词，每个最多 60 个字")
    for word in keywords if match == "pattern" else ():
        try:
            re2.compile(word)  # re2 matches in linear time, so no pattern can hold up an answer
        except re2.error:
            raise errors.invalid("keywords", f"模式“{word}”写法不正确") from None


def _to_dict(rule: ReplyRule) -> dict[str, Any]:
    names = ("match", "keywords", "answers", "selection", "priority", "enabled")
    return {name: getattr(rule, name) for name in names}
