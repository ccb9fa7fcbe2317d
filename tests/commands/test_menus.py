import json
import threading
from datetime import timedelta
from threading import Thread

import pytest

from commands import menus as command
from store.activities import menus
from store.company import channels, tenants
from store.kernel import clock, deliveries
from store.kernel.events import Delivery, Event
from store.kernel.refusals import Refused
from tasks import relay
from tests.commands.platform import MENU, PUBLISH

MENU_FILE = {
    "button": [
        {"type": "click", "name": "签到", "key": "in", "answers": [{"type": "check_in"}]},
        {"name": "门店", "sub_button": [{"type": "view", "name": "附近", "url": "/m/nearby"}]},
    ]
}
SHOWN = [
    {"type": "click", "name": "签到", "key": "in"},
    {
        "name": "门店",
        "sub_button": [{"type": "view", "name": "附近", "url": "https://shop.example/m/nearby"}],
    },
]


def test_what_is_saved_is_shown(shell, saved):
    shown = json.loads(shell("menus", "show", "acme-mp").stdout)
    assert [button["name"] for button in shown["button"]] == ["签到", "门店"]


def test_what_wechat_would_refuse_is_refused_with_the_reason(shell, tmp_path):
    file = tmp_path / "menu.json"
    file.write_text(json.dumps({"button": [{"type": "click", "name": "名字实在太长了", "key": "k"}]}))
    result = shell("menus", "save", "acme-mp", str(file))
    assert result.exit_code == 1
    assert "一级菜单名称最多 4 个汉字" in result.output


@pytest.mark.parametrize("depth", [900, 100_000])
def test_a_file_that_is_nested_too_deeply_is_refused(shell, tmp_path, depth):
    file = tmp_path / "deep.json"
    file.write_text('{"a":' * depth + "1" + "}" * depth)
    result = shell("menus", "save", "acme-mp", str(file))
    assert result.exit_code == 1
    assert len(result.output.strip().splitlines()) == 1


def test_a_file_that_is_no_json_is_refused(shell, tmp_path):
    file = tmp_path / "menu.json"
    file.write_text("{")
    assert "不是有效的 JSON 文件" in shell("menus", "save", "acme-mp", str(file)).output


def test_publish_waits_for_the_platform_s_word(shell, saved, platform, worker):
    result = shell("menus", "publish", "acme-mp")
    assert (result.exit_code, "菜单已发布" in result.output) == (0, True)
    assert platform.bodies(PUBLISH) == [{"button": SHOWN}]


def test_publish_tells_why_the_platform_refused(shell, saved, platform, worker):
    platform.answers[PUBLISH] = {"errcode": 40018, "errmsg": "invalid button name size"}
    result = shell("menus", "publish", "acme-mp")
    assert result.exit_code == 1
    assert "发布失败：40018" in result.output


def test_a_menu_that_failed_for_a_moment_does_not_come_back_over_a_newer_one(shell, platform):
    account = channels.of_key("acme-mp")
    platform.answers[PUBLISH] = {"errcode": -1, "errmsg": "system error"}
    for name in ("旧", "新"):
        menus.save(account, {"button": [{"type": "click", "name": name, "key": name}]})
        menus.ask_publish(account)
        relay.run("acme")
        platform.answers[PUBLISH] = {"errcode": 0, "errmsg": "ok"}
    Delivery.update(due_at=clock.now()).where(Delivery.state == "pending").execute()
    relay.run("acme")
    assert [body["button"][0]["name"] for body in platform.bodies(PUBLISH)] == ["旧", "新"]
    rows = menus.MenuPublication.select().order_by(menus.MenuPublication.id)
    assert [(row.state, row.reason) for row in rows] == [("failed", "已被更新的菜单取代"), ("live", "")]


def test_a_menu_waits_for_an_older_one_that_is_being_published(acme):
    account, events = channels.of_key("acme-mp"), []

    def begin(number):
        event = events[number]
        return menus.begin(event.properties["publication_id"], event_id=event.id)

    for name in ("旧", "新"):
        menus.save(account, {"button": [{"type": "click", "name": name, "key": name}]})
        menus.ask_publish(account)
        events.append(Event.select().order_by(Event.id.desc()).first())
        if name == "旧":
            assert len(deliveries.claim()) == 1, "a worker is at it"
            assert begin(0).state == "asked"
    with pytest.raises(Refused):
        begin(1)
    Delivery.update(lease_until=clock.now() - timedelta(seconds=1)).execute()
    assert begin(1).state == "asked"


def test_publish_without_a_worker_says_so_when_the_time_is_up(shell, saved, monkeypatch):
    monkeypatch.setattr(command, "WAIT_S", 0.3)
    assert "请确认 worker 正在运行" in shell("menus", "publish", "acme-mp").output


def test_publish_need_not_wait(shell, saved):
    assert shell("menus", "publish", "acme-mp", "--no-wait").output == "已提交发布\n"
    assert menus.publication(1).state == "asked"


def test_publish_without_a_draft_is_refused(shell):
    assert "请先编辑并保存菜单" in shell("menus", "publish", "acme-mp").output


def test_live_reads_what_the_platform_shows(shell, platform):
    assert "公众号上没有菜单" in shell("menus", "live", "acme-mp").output
    platform.answers[MENU] = {"menu": {"button": SHOWN}}
    assert json.loads(shell("menus", "live", "acme-mp").stdout) == {"button": SHOWN}


def test_compare_finds_nothing_where_all_agree(shell, published, platform):
    platform.answers[MENU] = {"menu": {"button": SHOWN}}
    result = shell("menus", "compare", "acme-mp")
    assert (result.exit_code, result.output) == (0, "草稿、已发布的菜单和公众号上的菜单一致\n")


def test_compare_tells_what_differs_and_where(shell, published, platform, tmp_path):
    platform.answers[MENU] = {"menu": {"button": SHOWN[:1]}}
    _save(shell, tmp_path, {"button": MENU_FILE["button"][1:]})
    result = shell("menus", "compare", "acme-mp")
    assert result.exit_code == 1
    assert "已发布的菜单多出：1 签到" in result.output
    assert "公众号上缺少：2.1 门店 附近" in result.output


def test_compare_before_any_publication_says_so(shell, saved):
    result = shell("menus", "compare", "acme-mp")
    assert (result.exit_code, "菜单尚未发布" in result.output) == (1, True)


@pytest.fixture
def saved(shell, tmp_path):
    _save(shell, tmp_path, MENU_FILE)


@pytest.fixture
def published(saved):
    menus.settle(menus.ask_publish(channels.of_key("acme-mp")).id)


@pytest.fixture
def worker(acme):
    """A worker that works off what becomes due in the next moments."""
    stop = threading.Event()

    def work() -> None:
        with tenants.using("acme"):
            for _ in range(100):
                if relay.run("acme") or _settled():
                    return
                stop.wait(0.05)

    thread = Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()


def _settled() -> bool:
    return menus.MenuPublication.select().where(menus.MenuPublication.state != "asked").exists()


def _save(shell, folder, menu):
    file = folder / "menu.json"
    file.write_text(json.dumps(menu, ensure_ascii=False))
    assert shell("menus", "save", "acme-mp", str(file)).exit_code == 0
