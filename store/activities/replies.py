"""Keyword replies (关键词回复), the follow reply, and what is said when nothing fits."""

import zlib
from typing import Annotated, Any

import peewee
import re2
from pydantic import AfterValidator

from store.activities import answers
from store.activities.answers import Text
from store.company import audit, settings
from store.company.channels import Channel
from store.kernel import clock, db, recent, refusals
from store.kernel.fields import Json, Moment
from store.kernel.records import Record

MATCHES = ("exact", "contains", "pattern")
PICKS = ("random", "all")


def _sayable(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Answers as settings hold them; what could not be said later is refused when it is chosen."""
    return answers.written(answers.read(values))


Answers = Annotated[list[dict[str, Any]], AfterValidator(_sayable)]


class FollowReplies(settings.Topic):
    """What a new follower is told (after a shop's code the shop itself is shown as well)."""

    answers: Answers = [{"type": "text", "text": "欢迎关注！回复“签到”领积分，发送位置找门店。"}]
    welcome_back: Answers = [{"type": "text", "text": "欢迎回来！"}]


class Fallback(settings.Topic):
    """What is said to a text that no rule knows; an empty list says nothing."""

    answers: Answers = [
        {"type": "text", "text": "抱歉，没有听懂。您可以回复“签到”领积分，或发送位置查找附近门店。"}
    ]


class ReplyRule(Record):
    """Words that are listened for, and the answers to them. Lower `place` is looked at first."""

    channel = peewee.ForeignKeyField(Channel, null=True, on_delete="CASCADE")
    name = peewee.CharField(max_length=60)
    match = peewee.CharField(max_length=10, constraints=[peewee.Check(f'"match" IN {MATCHES}')])
    words = Json()
    answers = Json()
    pick = peewee.CharField(max_length=10, default="all", constraints=[peewee.Check(f"pick IN {PICKS}")])
    place = peewee.IntegerField(default=100)
    enabled = peewee.BooleanField(default=True)
    changed_at = Moment(default=clock.now)

    class Meta:
        indexes = ((("channel", "name"), True),)


@db.verb
def save(
    *,
    name: str,
    match: str,
    words: list[str],
    answers_: list[dict[str, Any]],
    channel: Channel | None = None,
    pick: str = "all",
    place: int = 100,
    enabled: bool = True,
) -> ReplyRule:
    """Make or change the rule of that name; `channel` None listens on every account."""
    _check(name=name, match=match, words=words, pick=pick)
    kept = answers.written(answers.read(answers_))
    if not kept:
        raise refusals.invalid("answers", "请至少填写一条回复")
    name = name.strip()
    db.queue_for(
        f"reply-rule:{name}"
    )  # no constraint keeps rules for every account apart: null equals nothing
    rule = _named(name, channel) or ReplyRule(name=name, channel=channel)
    before = _facts(rule) if rule.id else None
    rule.match, rule.words, rule.answers = match, [word.strip() for word in words], kept
    rule.pick, rule.place, rule.enabled = pick, place, enabled
    if _facts(rule) != before:
        rule.changed_at = clock.now()
        rule.save()
        audit.record("replies.save", f"reply:{name}", before=before, after=_facts(rule))
        db.after_commit(recent.forget)
    return rule


@db.verb
def save_all(rules: list[dict[str, Any]]) -> None:
    """Make or change several rules, each given as `save` takes it: all, or none when one is wrong."""
    for rule in rules:
        save(**rule)


@db.verb
def remove(*, name: str, channel: Channel | None = None) -> None:
    """Remove a rule; removed twice it stays removed."""
    rule = _named(name.strip(), channel)
    if rule is not None:
        audit.record("replies.remove", f"reply:{name}", before=_facts(rule))
        rule.delete_instance()
        db.after_commit(recent.forget)


def listing() -> list[ReplyRule]:
    """All rules in the order in which they are looked at."""
    return list(ReplyRule.select().order_by(ReplyRule.place, ReplyRule.id))


def to_text(channel: Channel, text: str, *, seed: str) -> list[Any]:
    """The answers to a text; the fallback where no rule fits.

    `seed` (the message's number) decides the draw among several, so that a repeat is answered alike.
    """
    rule = next((rule for rule in _in_force(channel.id) if _fits(rule, text)), None)
    if rule is None:
        return answers.read(settings.read(Fallback).answers)
    found = answers.read(rule.answers)
    return [found[zlib.crc32(seed.encode()) % len(found)]] if rule.pick == "random" else found


def to_follow(*, first_time: bool) -> list[Any]:
    """The answers to a follow."""
    chosen = settings.read(FollowReplies)
    return answers.read(chosen.answers if first_time else chosen.welcome_back)


def said(text: str) -> list[Any]:
    """One text as a list of answers."""
    return [Text(text=text)]


@recent.remembered(seconds=1)
def _in_force(channel_id: int) -> list[ReplyRule]:
    mine = ReplyRule.channel.is_null() | (ReplyRule.channel == channel_id)
    rules = ReplyRule.select().where(mine & ReplyRule.enabled)
    return list(rules.order_by(ReplyRule.place, ReplyRule.id))


def _fits(rule: ReplyRule, text: str) -> bool:
    heard = text.strip().lower()
    if rule.match == "exact":
        return any(heard == word.lower() for word in rule.words)
    if rule.match == "contains":
        return any(word.lower() in heard for word in rule.words)
    return any(re2.search(f"(?i){word}", heard) for word in rule.words)


def _named(name: str, channel: Channel | None) -> ReplyRule | None:
    where = ReplyRule.channel.is_null() if channel is None else ReplyRule.channel == channel
    return ReplyRule.get_or_none((ReplyRule.name == name) & where)


def _check(*, name: str, match: str, words: list[str], pick: str) -> None:
    if not 1 <= len(name.strip()) <= 60:
        raise refusals.invalid("name", "请填写规则名称，最多 60 个字")
    if match not in MATCHES:
        raise refusals.invalid("match", "匹配方式应为全匹配、半匹配或模式")
    if pick not in PICKS:
        raise refusals.invalid("pick", "回复方式应为随机一条或全部回复")
    if not 1 <= len(words) <= 20 or not all(1 <= len(word.strip()) <= 60 for word in words):
        raise refusals.invalid("words", "请填写 1–20 个关键词，每个最多 60 个字")
    for word in words if match == "pattern" else ():
        try:
            re2.compile(word)  # re2 matches in linear time, so no pattern can hold up an answer
        except re2.error:
            raise refusals.invalid("words", f"模式“{word}”写法不正确") from None


def _facts(rule: ReplyRule) -> dict[str, Any]:
    names = ("match", "words", "answers", "pick", "place", "enabled")
    return {name: getattr(rule, name) for name in names}
