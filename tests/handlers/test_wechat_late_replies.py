"""When the records are held up or a verb breaks: the shopper is answered in time all the same."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Signal
from threading import Thread, get_ident
from typing import Any

import psycopg
import pytest

from handlers import tenant_thread_pool
from handlers import wechat as handler
from handlers.tenant_thread_pool import TenantThreadPool
from store.check_ins import check_ins
from store.core.errors import DomainError
from store.core.events import EventDelivery
from store.official_accounts import chat_actions, conversation, keyword_replies
from store.tenants import registry
from tests.handlers.conftest import ShopScene
from tests.support import database, message_records
from tests.support.app_process import wait_for
from tests.support.wechat_pushes import WechatAccount, location, push_concurrently, push_xml, text

HELD_S = 3.0
IN_TIME_S = 4.0  # WeChat waits for five seconds

HoldLock = Callable[..., Signal]


@pytest.fixture
def hold_write_lock(two_tenants: Path, server_url: str | None) -> Iterator[HoldLock]:
    """Takes the right to write in acme's records from a connection of its own.

    Gives it back after `seconds`, or earlier when the event that it returns is set.
    """
    threads: list[Thread] = []

    def hold(seconds: float = HELD_S) -> Signal:
        held, release = Signal(), Signal()
        arguments = (two_tenants, server_url, held, release, seconds)
        threads.append(Thread(target=_hold_lock, args=arguments))
        threads[-1].start()
        assert held.wait(10)
        return release

    yield hold
    for thread in threads:
        thread.join()


def _hold_lock(
    two_tenants: Path, server_url: str | None, held: Signal, release: Signal, seconds: float
) -> None:
    with _write_transaction(two_tenants, server_url):
        held.set()
        release.wait(seconds)


@contextmanager
def _write_transaction(two_tenants: Path, server_url: str | None) -> Iterator[None]:
    if server_url is None:
        connection = sqlite3.connect(two_tenants / "tenants" / "acme.db", isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
        connection.close()
        return
    with psycopg.connect(server_url) as connection:
        connection.execute("LOCK TABLE tenant_acme.processed_message IN EXCLUSIVE MODE")
        yield


def list_later_messages() -> list[str]:
    return [said["text"] for said in message_records.list_replies()]


def test_late_answer_is_success_in_time_and_said_once_afterwards(
    wechat: WechatAccount, hold_write_lock: HoldLock
):
    push = push_xml("o1", **text("签到"))
    hold_write_lock()
    began = time.monotonic()
    assert wechat.push(push).body == "success"
    assert time.monotonic() - began <= IN_TIME_S
    wait_for(list_later_messages, "the answer")
    assert wechat.push(push).text.startswith("签到成功")
    assert [words[:4] for words in list_later_messages()] == ["签到成功"]
    assert (check_ins.CheckIn.select().count(), EventDelivery.select().count()) == (
        1,
        1 + count_menu_deliveries(),
    )


def test_late_answer_of_two_parts_says_each_once(wechat: WechatAccount, hold_write_lock: HoldLock):
    hold_write_lock()
    assert wechat.send("o1", **text("两条")).body == "success"
    wait_for(lambda: len(list_later_messages()) >= 2, "both parts")
    time.sleep(0.2)
    assert sorted(list_later_messages()) == ["第一条", "第二条"]


def test_late_card_is_said_once(wechat: WechatAccount, hold_write_lock: HoldLock):
    hold_write_lock()
    assert wechat.send("o1", **text("商城")).body == "success"
    wait_for(message_records.list_replies, "the card")
    time.sleep(0.2)
    assert [said["title"] for said in message_records.list_replies()] == ["商城"]


def test_late_answer_to_a_location_keeps_no_place(
    account: Callable[[str], WechatAccount], shop_qr_code: ShopScene, hold_write_lock: HoldLock
):
    plain = account("plain")
    hold_write_lock()
    assert plain.send("o1", **location("39.912345", "116.412345")).body == "success"
    wait_for(message_records.list_replies, "the card")
    (card,) = message_records.list_replies()
    assert card["title"] == f"离您最近：{shop_qr_code.shop.name}"
    assert card["url"] == "/m/nearby?a=acme-plain"
    assert "米" not in card["title"] + card["description"], "three distances would tell the place, too"
    kept = str(database.dump_rows())
    assert "116.412" not in kept
    assert "39.912" not in kept


def test_many_late_answers_all_come_in_time(wechat: WechatAccount, hold_write_lock: HoldLock):
    """More messages than threads: those that wait for a thread are answered in time, too."""

    def ask(number: int) -> float:
        began = time.monotonic()
        assert wechat.send(f"o{number}", **text("签到")).status == 200
        return time.monotonic() - began

    hold_write_lock()
    times = push_concurrently(24, ask)
    assert max(times) <= IN_TIME_S
    wait_for(lambda: check_ins.CheckIn.select().count() == 24, "every check-in")
    wait_for(lambda: len(list_later_messages()) == 24, "every answer")


def test_neighbour_of_a_tenant_that_is_stuck_is_answered(
    wechat: WechatAccount, hold_write_lock: HoldLock, monkeypatch: pytest.MonkeyPatch
):
    """More messages wait than there are threads; what comes after them is answered `success` at once."""
    monkeypatch.setattr(handler, "_thread_pool", TenantThreadPool(4))
    with registry.use_tenant("rival"):
        keyword_replies.save_rule(
            name="你好", match="exact", keywords=["你好"], replies=[{"type": "text", "text": "您好"}]
        )
    rival = WechatAccount(wechat.web, "rival-mp", "wxrivalmp", "rival-token", "compatible")
    release = hold_write_lock(8)
    asked = [Thread(target=wechat.send, args=(f"o{n}",), kwargs=text("签到")) for n in range(8)]
    for thread in asked:
        thread.start()
    time.sleep(0.5)
    began = time.monotonic()
    assert rival.send("o1", **text("你好")).text == "您好"
    assert time.monotonic() - began < handler.REPLY_TIMEOUT_S * 0.9
    for thread in asked:
        thread.join()
    time.sleep(0.5)  # the two that run have done so for longer than an answer may take
    began = time.monotonic()
    assert wechat.send("late", **text("签到")).body == "success"
    assert time.monotonic() - began < handler.REPLY_TIMEOUT_S * 0.9
    release.set()
    wait_for(lambda: check_ins.CheckIn.select().count() == 9, "every check-in")


class _LateByAMoment(Future):
    """A future that is done just after its caller has stopped waiting for it."""

    def result(self, timeout: float | None = None) -> Any:
        if timeout is not None:
            super().result()
            raise TimeoutError
        return super().result()


def test_reply_that_is_ready_just_after_the_wait_is_sent_by_another_thread(
    wechat: WechatAccount, monkeypatch: pytest.MonkeyPatch
):
    """The callback of a future that is done runs at once in the thread of the request, which must not send."""
    senders, real = [], conversation.send_late_reply
    monkeypatch.setattr(tenant_thread_pool, "Future", _LateByAMoment)
    monkeypatch.setattr(
        conversation, "send_late_reply", lambda *given: (senders.append(get_ident()), real(*given))
    )
    assert wechat.send("o1", **text("签到")).body == "success"
    wait_for(list_later_messages, "the answer")
    time.sleep(0.1)
    assert [words[:4] for words in list_later_messages()] == ["签到成功"]
    assert len(senders) == 1
    assert senders[0] != get_ident()


def test_bug_in_a_verb_is_an_apology(wechat: WechatAccount, monkeypatch: pytest.MonkeyPatch):
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setitem(chat_actions.ACTIONS, "check_in", broken)
    answer = wechat.send("o1", **text("签到"))
    assert (answer.status, answer.text) == (200, "小二便利正忙，请稍后再试一次。")


def test_rejection_of_a_verb_is_an_apology_and_undoes_everything(
    wechat: WechatAccount, monkeypatch: pytest.MonkeyPatch
):
    real = chat_actions.ACTIONS["check_in"]

    def rejecting(*args: object) -> None:
        real(*args)
        raise DomainError("busy", "忙", 503)

    push = push_xml("o1", **text("签到"))
    monkeypatch.setitem(chat_actions.ACTIONS, "check_in", rejecting)
    assert wechat.push(push).text == "小二便利正忙，请稍后再试一次。"
    monkeypatch.undo()
    assert check_ins.CheckIn.select().count() == 0
    assert wechat.push(push).text.startswith("签到成功")


def count_menu_deliveries() -> int:
    return EventDelivery.select().where(EventDelivery.subscriber == "menus.publish").count()
