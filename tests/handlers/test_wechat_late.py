"""When the records are held up or a verb breaks: the shopper is answered in time all the same."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Signal
from threading import Thread

import psycopg
import pytest

from handlers import wechat as handler
from handlers.hands import Hands
from store.activities import conversation, replies
from store.company import tenants
from store.kernel.events import Delivery, Event
from store.kernel.refusals import Refused
from store.loyalty import check_ins
from tests import world
from tests.bin.running import wait_for
from tests.handlers.conftest import Scene
from tests.handlers.wechat_server import Wechat, at_once, letter, location, text

HELD_S = 3.0
IN_TIME_S = 2.6

Hold = Callable[[], None]


@pytest.fixture
def hold_records(companies: Path, server_url: str | None) -> Iterator[Hold]:
    """Takes the right to write in acme's records from a connection of its own, for three seconds."""
    threads: list[Thread] = []

    def hold() -> None:
        held = Signal()
        threads.append(Thread(target=_hold, args=(companies, server_url, held)))
        threads[-1].start()
        assert held.wait(10)

    yield hold
    for thread in threads:
        thread.join()


def _hold(companies: Path, server_url: str | None, held: Signal) -> None:
    with _writing(companies, server_url):
        held.set()
        time.sleep(HELD_S)


@contextmanager
def _writing(companies: Path, server_url: str | None) -> Iterator[None]:
    if server_url is None:
        connection = sqlite3.connect(companies / "tenants" / "acme.db", isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
        connection.close()
        return
    with psycopg.connect(server_url) as connection:
        connection.execute("LOCK TABLE tenant_acme.heard IN EXCLUSIVE MODE")
        yield


def said_later() -> list[str]:
    rows = Event.select().where(Event.kind == "conversation.to_say").order_by(Event.id)
    return [said["text"] for row in rows for said in row.properties["said"]]


def test_late_answer_is_success_in_time_and_said_once_afterwards(wechat: Wechat, hold_records: Hold):
    push = letter("o1", **text("签到"))
    hold_records()
    began = time.monotonic()
    assert wechat.push(push).body == "success"
    assert time.monotonic() - began <= IN_TIME_S
    wait_for(said_later, "the answer")
    assert wechat.push(push).text.startswith("签到成功")
    assert [words[:4] for words in said_later()] == ["签到成功"]
    assert (check_ins.CheckIn.select().count(), Delivery.select().count()) == (1, 1 + _published())


def test_late_answer_of_two_parts_says_each_once(wechat: Wechat, hold_records: Hold):
    hold_records()
    assert wechat.say("o1", **text("两条")).body == "success"
    wait_for(lambda: len(said_later()) >= 2, "both parts")
    time.sleep(0.2)
    assert sorted(said_later()) == ["第一条", "第二条"]


def test_late_card_is_said_once(wechat: Wechat, hold_records: Hold):
    hold_records()
    assert wechat.say("o1", **text("商城")).body == "success"
    rows = Event.select().where(Event.kind == "conversation.to_say")
    wait_for(rows.exists, "the card")
    time.sleep(0.2)
    assert [[said["title"] for said in row.properties["said"]] for row in rows] == [["商城"]]


def test_late_answer_to_a_location_keeps_no_place(
    account: Callable[[str], Wechat], door_code: Scene, hold_records: Hold
):
    plain = account("plain")
    hold_records()
    assert plain.say("o1", **location("39.912345", "116.412345")).body == "success"
    rows = Event.select().where(Event.kind == "conversation.to_say")
    wait_for(rows.exists, "the card")
    (card,) = rows.get().properties["said"]
    assert card["title"] == f"离您最近：{door_code.shop.name}"
    assert card["url"] == "/m/nearby?a=acme-plain"
    assert "米" not in card["title"] + card["description"], "three distances would tell the place, too"
    kept = str(world.dump())
    assert "116.412" not in kept
    assert "39.912" not in kept


def test_many_late_answers_leave_no_one_waiting(wechat: Wechat, hold_records: Hold):
    """More messages than hands: those that found no hand yet are answered in time, too."""

    def ask(number: int) -> float:
        began = time.monotonic()
        assert wechat.say(f"o{number}", **text("签到")).status == 200
        return time.monotonic() - began

    hold_records()
    times = at_once(24, ask)
    assert max(times) <= IN_TIME_S
    wait_for(lambda: check_ins.CheckIn.select().count() == 24, "every check-in")
    wait_for(lambda: len(said_later()) == 24, "every answer")


def test_neighbour_of_a_company_that_is_stuck_is_answered(
    wechat: Wechat, hold_records: Hold, monkeypatch: pytest.MonkeyPatch
):
    """More messages wait than there are hands; what comes after them is told `success` at once."""
    monkeypatch.setattr(handler, "_hands", Hands(4))
    with tenants.using("rival"):
        replies.save(name="你好", match="exact", words=["你好"], answers_=[{"type": "text", "text": "您好"}])
    rival = Wechat(wechat.web, "rival-mp", "wxrivalmp", "rival-token", "compatible")
    hold_records()
    asked = [Thread(target=wechat.say, args=(f"o{n}",), kwargs=text("签到")) for n in range(8)]
    for thread in asked:
        thread.start()
    time.sleep(0.5)
    began = time.monotonic()
    assert rival.say("o1", **text("你好")).text == "您好"
    assert time.monotonic() - began < 1
    for thread in asked:
        thread.join()
    began = time.monotonic()
    assert wechat.say("late", **text("签到")).body == "success"
    assert time.monotonic() - began < 0.5
    wait_for(lambda: check_ins.CheckIn.select().count() == 9, "every check-in")


def test_bug_in_a_verb_is_an_apology(wechat: Wechat, monkeypatch: pytest.MonkeyPatch):
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setitem(conversation._ACTIONS, "check_in", broken)
    answer = wechat.say("o1", **text("签到"))
    assert (answer.status, answer.text) == (200, "小二正忙，请稍后再试一次。")


def test_refusal_of_a_verb_is_an_apology_and_undoes_everything(
    wechat: Wechat, monkeypatch: pytest.MonkeyPatch
):
    real = conversation._ACTIONS["check_in"]

    def refusing(*args: object) -> None:
        real(*args)
        raise Refused("busy", "忙", 503)

    push = letter("o1", **text("签到"))
    monkeypatch.setitem(conversation._ACTIONS, "check_in", refusing)
    assert wechat.push(push).text == "小二正忙，请稍后再试一次。"
    monkeypatch.undo()
    assert check_ins.CheckIn.select().count() == 0
    assert wechat.push(push).text.startswith("签到成功")


def _published() -> int:
    return Delivery.select().where(Delivery.reaction == "tasks.menus.publish").count()
