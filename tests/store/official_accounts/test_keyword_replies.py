"""A text is answered by the first rule that fits, alike for each copy, and no pattern holds up an answer."""

import contextlib
import time

import pytest

from store.core.database import db
from store.core.errors import DomainError
from store.official_accounts import keyword_replies
from store.official_accounts.keyword_replies import ReplyRule
from store.tenants import audit, channels
from tests.support import database
from tests.support.races import with_barrier


def text_replies(*texts: str) -> list[dict]:
    return [{"type": "text", "text": text} for text in texts]


def rule(name: str, match: str, *words: str, **rest) -> ReplyRule:
    result = {"replies": text_replies(name)} | rest
    return keyword_replies.save_rule(name=name, match=match, keywords=list(words), **result)


def reply_texts(account, text: str, seed: str = "1") -> list[str]:
    return [answer.text for answer in keyword_replies.replies_to_text(account, text, seed=seed)]


def test_exact_contains_and_pattern_listen_as_they_say(account):
    rule("exact", "exact", "签到")
    rule("contains", "contains", "门店", "WIFI")
    rule("pattern", "pattern", r"^订单\d+$")
    assert reply_texts(account, " 签到 ") == ["exact"]
    assert reply_texts(account, "我要签到") != ["exact"]
    assert reply_texts(account, "附近的门店在哪") == reply_texts(account, "wifi密码") == ["contains"]
    assert reply_texts(account, "订单123") == ["pattern"]
    assert reply_texts(account, "订单abc")[0].startswith("抱歉")


def test_the_lower_place_is_checked_first_and_disabled_ones_are_not(account):
    rule("second", "contains", "你好", priority=20)
    rule("first", "exact", "你好", priority=10)
    assert reply_texts(account, "你好") == ["first"]
    rule("first", "exact", "你好", priority=10, enabled=False)
    assert reply_texts(account, "你好") == ["second"]


def test_a_rule_of_one_account_is_not_heard_at_another(account):
    rule("here", "exact", "你好", channel=account)
    assert reply_texts(account, "你好") == ["here"]
    assert reply_texts(channels.get_by_key("acme-mini"), "你好") != ["here"]


def test_random_draws_one_and_the_same_for_each_copy(account):
    rule("draw", "exact", "抽", replies=text_replies("一", "二", "三"), selection="random")
    drawn = {seed: reply_texts(account, "抽", seed) for seed in map(str, range(60))}
    assert all(reply_texts(account, "抽", seed) == answer for seed, answer in drawn.items())
    assert {answer[0] for answer in drawn.values()} == {"一", "二", "三"}


def test_all_says_all(account):
    rule("all", "exact", "全", replies=text_replies("一", "二"))
    assert reply_texts(account, "全") == ["一", "二"]


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)+$", "(.*a){25}", "((a?){30}){30}", "(x+x+)+y", "[^b]*" * 10 + "$"]
)
def test_hostile_patterns_answer_fast(account, pattern):
    with contextlib.suppress(DomainError):  # too large a pattern is refused, the others are answered
        rule("hostile", "pattern", pattern)
    began = time.thread_time()
    reply_texts(account, "a" * 2000 + "!")
    assert time.thread_time() - began < 1


@pytest.mark.parametrize("pattern", ["(", "[a", "a{2000}", r"(?=a)", r"\1", "*", "(((a{100}){100}){100})"])
def test_patterns_that_are_none_are_refused(account, pattern):
    with pytest.raises(DomainError) as refused:
        rule("wrong", "pattern", pattern)
    assert refused.value.details["field"] == "keywords"
    assert ReplyRule.select().count() == 0


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", {"name": " "}), ("name", {"name": "x" * 61}), ("match", {"match": "like"}),
        ("keywords", {"keywords": []}),
        ("keywords", {"keywords": ["a"] * 21}), ("keywords", {"keywords": [" "]}),
        ("keywords", {"keywords": ["x" * 61]}),
        ("selection", {"selection": "some"}), ("answers", {"replies": []}),
    ],
)  # fmt: skip
def test_half_a_rule_is_refused(account, field, wrong):
    result = {"name": "r", "match": "exact", "keywords": ["a"], "replies": text_replies("b")} | wrong
    with pytest.raises(DomainError) as refused:
        keyword_replies.save_rule(**result)
    assert refused.value.details["field"] == field


def test_saved_twice_is_one_and_logged_once(account):
    first = rule("r", "exact", "a")
    assert rule(" r ", "exact", " a ").id == first.id
    assert [row.action for row in audit.list_entries()].count("keyword_replies.save") == 1
    keyword_replies.remove_rule(name="r")
    keyword_replies.remove_rule(name="r")
    assert [row.action for row in audit.list_entries()].count("keyword_replies.remove") == 1
    assert keyword_replies.list_rules() == []


def test_saved_by_many_at_once_it_is_one_rule(account):
    database.run_concurrently(8, lambda number: rule("r", "exact", f"a{number}"))
    assert ReplyRule.select().count() == 1


def test_without_the_queue_there_are_two_rules_of_a_name(account, monkeypatch):
    if not db.is_postgresql():
        pytest.skip("SQLite's writer is alone")
    monkeypatch.setattr(keyword_replies.db, "advisory_lock", lambda name: None)
    monkeypatch.setattr(keyword_replies, "_find_by_name", with_barrier(keyword_replies._find_by_name))
    database.run_concurrently(2, lambda number: rule("r", "exact", f"a{number}"))
    assert ReplyRule.select().count() == 2


def test_a_first_follow_is_welcomed_otherwise_than_a_return(account):
    assert keyword_replies.replies_to_follow(first_time=True)[0].text.startswith("欢迎关注")
    assert keyword_replies.replies_to_follow(first_time=False)[0].text.startswith("欢迎回来")


def test_f21_keyword_of_invisible_characters_is_refused(acme):
    with pytest.raises(DomainError):
        keyword_replies.save_rule(
            name="r", match="contains", keywords=["\u200b\u3164"], replies=[{"type": "text", "text": "x"}]
        )
