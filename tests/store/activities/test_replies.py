"""A text is answered by the first rule that fits, alike for each copy, and no pattern holds up an answer."""

import contextlib
import time

import pytest

from store.activities import replies
from store.activities.replies import ReplyRule
from store.company import audit, channels
from store.kernel import db
from store.kernel.refusals import Refused
from tests import world
from tests.store.races import meeting


def say(*texts: str) -> list[dict]:
    return [{"type": "text", "text": text} for text in texts]


def rule(name: str, match: str, *words: str, **rest) -> ReplyRule:
    told = {"answers_": say(name)} | rest
    return replies.save(name=name, match=match, words=list(words), **told)


def heard(account, text: str, seed: str = "1") -> list[str]:
    return [answer.text for answer in replies.to_text(account, text, seed=seed)]


def test_exact_contains_and_pattern_listen_as_they_say(account):
    rule("exact", "exact", "签到")
    rule("contains", "contains", "门店", "WIFI")
    rule("pattern", "pattern", r"^订单\d+$")
    assert heard(account, " 签到 ") == ["exact"]
    assert heard(account, "我要签到") != ["exact"]
    assert heard(account, "附近的门店在哪") == heard(account, "wifi密码") == ["contains"]
    assert heard(account, "订单123") == ["pattern"]
    assert heard(account, "订单abc")[0].startswith("抱歉")


def test_the_lower_place_is_looked_at_first_and_disabled_ones_are_not(account):
    rule("second", "contains", "你好", place=20)
    rule("first", "exact", "你好", place=10)
    assert heard(account, "你好") == ["first"]
    rule("first", "exact", "你好", place=10, enabled=False)
    assert heard(account, "你好") == ["second"]


def test_a_rule_of_one_account_is_not_heard_at_another(account):
    rule("here", "exact", "你好", channel=account)
    assert heard(account, "你好") == ["here"]
    assert heard(channels.of_key("acme-mini"), "你好") != ["here"]


def test_random_draws_one_and_the_same_for_each_copy(account):
    rule("draw", "exact", "抽", answers_=say("一", "二", "三"), pick="random")
    drawn = {seed: heard(account, "抽", seed) for seed in map(str, range(60))}
    assert all(heard(account, "抽", seed) == answer for seed, answer in drawn.items())
    assert {answer[0] for answer in drawn.values()} == {"一", "二", "三"}


def test_all_says_all(account):
    rule("all", "exact", "全", answers_=say("一", "二"))
    assert heard(account, "全") == ["一", "二"]


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)+$", "(.*a){25}", "((a?){30}){30}", "(x+x+)+y", "[^b]*" * 10 + "$"]
)
def test_hostile_patterns_answer_fast(account, pattern):
    with contextlib.suppress(Refused):  # too large a pattern is refused, the others are answered
        rule("hostile", "pattern", pattern)
    began = time.monotonic()
    heard(account, "a" * 2000 + "!")
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("pattern", ["(", "[a", "a{2000}", r"(?=a)", r"\1", "*", "(((a{100}){100}){100})"])
def test_patterns_that_are_none_are_refused(account, pattern):
    with pytest.raises(Refused) as refused:
        rule("wrong", "pattern", pattern)
    assert refused.value.facts["field"] == "words"
    assert ReplyRule.select().count() == 0


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", {"name": " "}), ("name", {"name": "x" * 61}), ("match", {"match": "like"}), ("words", {"words": []}),
        ("words", {"words": ["a"] * 21}), ("words", {"words": [" "]}), ("words", {"words": ["x" * 61]}),
        ("pick", {"pick": "some"}), ("answers", {"answers_": []}),
    ],
)  # fmt: skip
def test_half_a_rule_is_refused(account, field, wrong):
    told = {"name": "r", "match": "exact", "words": ["a"], "answers_": say("b")} | wrong
    with pytest.raises(Refused) as refused:
        replies.save(**told)
    assert refused.value.facts["field"] == field


def test_saved_twice_it_is_one_and_logged_once(account):
    first = rule("r", "exact", "a")
    assert rule(" r ", "exact", " a ").id == first.id
    assert [row.verb for row in audit.listing()].count("replies.save") == 1
    replies.remove(name="r")
    replies.remove(name="r")
    assert [row.verb for row in audit.listing()].count("replies.remove") == 1
    assert replies.listing() == []


def test_saved_by_many_at_once_it_is_one_rule(account):
    world.at_once(8, lambda number: rule("r", "exact", f"a{number}"))
    assert ReplyRule.select().count() == 1


def test_without_the_queue_there_are_two_rules_of_a_name(account, monkeypatch):
    if not db.on_postgresql():
        pytest.skip("SQLite's writer is alone")
    monkeypatch.setattr(replies.db, "queue_for", lambda name: None)
    monkeypatch.setattr(replies, "_named", meeting(replies._named))
    world.at_once(2, lambda number: rule("r", "exact", f"a{number}"))
    assert ReplyRule.select().count() == 2


def test_a_first_follow_is_welcomed_otherwise_than_a_return(account):
    assert replies.to_follow(first_time=True)[0].text.startswith("欢迎关注")
    assert replies.to_follow(first_time=False)[0].text.startswith("欢迎回来")
