import json
import threading
from datetime import timedelta
from threading import Thread

import pytest

from commands import menus as command
from store.core import clock, outbox
from store.core.errors import DomainError
from store.core.events import Event, EventDelivery
from store.official_accounts import menus
from store.tenants import channels, registry
from tasks import relay
from tests.commands.fake_wechat import MENU_PATH, PUBLISH_PATH

MENU_FILE = {
    "button": [
        {"type": "click", "name": "签到", "key": "in", "answers": [{"type": "check_in"}]},
        {"name": "门店", "sub_button": [{"type": "view", "name": "附近", "url": "/m/nearby"}]},
    ]
}
LIVE_MENU = [
    {"type": "click", "name": "签到", "key": "in"},
    {
        "name": "门店",
        "sub_button": [{"type": "view", "name": "附近", "url": "https://shop.example/m/nearby"}],
    },
]


def test_what_is_saved_is_shown(run_command, saved):
    shown = json.loads(run_command("menus", "show", "acme-mp").stdout)
    assert [button["name"] for button in shown["button"]] == ["签到", "门店"]


def test_f21_a_menu_file_in_gbk_is_read(run_command, tmp_path):
    file = tmp_path / "menu.json"
    file.write_bytes(json.dumps(MENU_FILE, ensure_ascii=False).encode("gbk"))
    assert run_command("menus", "save", "acme-mp", str(file)).exit_code == 0
    assert "签到" in run_command("menus", "show", "acme-mp").stdout


def test_what_wechat_would_reject_is_refused_with_the_reason(run_command, tmp_path):
    file = tmp_path / "menu.json"
    file.write_text(json.dumps({"button": [{"type": "click", "name": "名字实在太长了", "key": "k"}]}))
    result = run_command("menus", "save", "acme-mp", str(file))
    assert result.exit_code == 1
    assert "一级菜单名称最多 4 个汉字" in result.output


@pytest.mark.parametrize("depth", [900, 100_000])
def test_a_file_that_is_nested_too_deeply_is_refused(run_command, tmp_path, depth):
    file = tmp_path / "deep.json"
    file.write_text('{"a":' * depth + "1" + "}" * depth)
    result = run_command("menus", "save", "acme-mp", str(file))
    assert result.exit_code == 1
    assert len(result.output.strip().splitlines()) == 1


def test_a_file_that_is_no_json_is_refused(run_command, tmp_path):
    file = tmp_path / "menu.json"
    file.write_text("{")
    assert "不是有效的 JSON 文件" in run_command("menus", "save", "acme-mp", str(file)).output


def test_publish_waits_for_the_platform_s_word(run_command, saved, platform, worker):
    result = run_command("menus", "publish", "acme-mp")
    assert (result.exit_code, "菜单已发布" in result.output) == (0, True)
    assert platform.bodies(PUBLISH_PATH) == [{"button": LIVE_MENU}]


def test_publish_tells_why_the_platform_refused(run_command, saved, platform, worker):
    platform.answers[PUBLISH_PATH] = {"errcode": 40018, "errmsg": "invalid button name size"}
    result = run_command("menus", "publish", "acme-mp")
    assert result.exit_code == 1
    assert "发布失败：40018" in result.output


def test_a_menu_that_failed_for_a_moment_does_not_come_back_over_a_newer_one(run_command, platform):
    account = channels.get_by_key("acme-mp")
    platform.answers[PUBLISH_PATH] = {"errcode": -1, "errmsg": "system error"}
    for name in ("旧", "新"):
        menus.save_draft(account, {"button": [{"type": "click", "name": name, "key": name}]})
        menus.request_publication(account)
        relay.run("acme")
        platform.answers[PUBLISH_PATH] = {"errcode": 0, "errmsg": "ok"}
    EventDelivery.update(due_at=clock.now()).where(EventDelivery.state == "pending").execute()
    relay.run("acme")
    assert [body["button"][0]["name"] for body in platform.bodies(PUBLISH_PATH)] == ["旧", "新"]
    rows = menus.MenuPublication.select().order_by(menus.MenuPublication.id)
    assert [(row.state, row.reason) for row in rows] == [("failed", "已被更新的菜单取代"), ("live", "")]


def test_a_menu_waits_for_an_older_one_that_is_being_published(acme):
    account, events = channels.get_by_key("acme-mp"), []

    def begin(number):
        event = events[number]
        return menus.start_publication(event.properties["publication_id"], event_id=event.id)

    for name in ("旧", "新"):
        menus.save_draft(account, {"button": [{"type": "click", "name": name, "key": name}]})
        menus.request_publication(account)
        events.append(Event.select().order_by(Event.id.desc()).first())
        if name == "旧":
            assert len(outbox.claim()) == 1, "a worker is at it"
            assert begin(0).state == "requested"
    with pytest.raises(DomainError):
        begin(1)
    EventDelivery.update(lease_until=clock.now() - timedelta(seconds=1)).execute()
    assert begin(1).state == "requested"


def test_publish_without_a_worker_says_so_when_the_time_is_up(run_command, saved, monkeypatch):
    monkeypatch.setattr(command, "PUBLISH_TIMEOUT_S", 0.3)
    assert "请确认 worker 正在运行" in run_command("menus", "publish", "acme-mp").output


def test_publish_need_not_wait(run_command, saved):
    assert run_command("menus", "publish", "acme-mp", "--no-wait").output == "已提交发布\n"
    assert menus.get_publication(1).state == "requested"


def test_publish_without_a_draft_is_refused(run_command):
    assert "请先编辑并保存菜单" in run_command("menus", "publish", "acme-mp").output


def test_live_reads_what_the_platform_shows(run_command, platform):
    assert "公众号上没有菜单" in run_command("menus", "show-live", "acme-mp").output
    platform.answers[MENU_PATH] = {"menu": {"button": LIVE_MENU}}
    assert json.loads(run_command("menus", "show-live", "acme-mp").stdout) == {"button": LIVE_MENU}


# As WeChat answers: `sub_button` at every button, empty fields, the menu's number and menus for groups of followers.
LIVE_ANSWER = {
    "menu": {
        "button": [
            {**LIVE_MENU[0], "sub_button": []},
            {
                "name": "门店",
                "sub_button": [
                    {**LIVE_MENU[1]["sub_button"][0], "key": "", "sub_button": []},
                    {"type": "view_limited", "name": "图文", "media_id": "M1", "sub_button": []},
                    {"type": "article_id", "name": "文章", "article_id": "A1", "sub_button": []},
                ],
            },
        ],
        "menuid": 208396938,
    },
    "conditionalmenu": [{"button": [{"type": "click", "name": "女", "key": "f"}], "matchrule": {"sex": 2}}],
}


def test_f11_the_live_menu_is_saved_as_it_was_printed(run_command, saved, platform, worker, tmp_path):
    platform.answers[MENU_PATH] = LIVE_ANSWER
    file = tmp_path / "live.json"
    file.write_text(run_command("menus", "show-live", "acme-mp").stdout)
    result = run_command("menus", "save", "acme-mp", str(file))
    assert result.exit_code == 0, result.output
    assert run_command("menus", "publish", "acme-mp").exit_code == 0
    assert run_command("menus", "compare", "acme-mp").exit_code == 0
    first, group = platform.bodies(PUBLISH_PATH)[0]["button"]
    assert first == LIVE_MENU[0]
    assert [child["name"] for child in group["sub_button"]] == ["附近", "图文", "文章"]


def test_f11_the_answers_of_a_key_stay_when_the_live_menu_is_saved(run_command, saved, platform, tmp_path):
    platform.answers[MENU_PATH] = LIVE_ANSWER
    file = tmp_path / "live.json"
    for content in (run_command("menus", "show-live", "acme-mp").stdout, json.dumps(LIVE_ANSWER)):
        file.write_text(content)
        assert run_command("menus", "save", "acme-mp", str(file)).exit_code == 0
        draft = json.loads(run_command("menus", "show", "acme-mp").stdout)
        assert draft["button"][0]["answers"] == [{"type": "check_in"}]
    file.write_text(json.dumps({"button": [{**MENU_FILE["button"][0], "answers": []}]}))
    assert run_command("menus", "save", "acme-mp", str(file)).exit_code == 0
    assert json.loads(run_command("menus", "show", "acme-mp").stdout)["button"][0]["answers"] == []


@pytest.mark.parametrize(
    ("button", "reason"),
    [
        ({"name": "组", "sub_button": []}, "不能少于 1 项"),
        ({"type": "media_id", "name": "图", "sub_button": []}, "请填写素材的 media_id"),
        ({"type": "article_id", "name": "文", "article_id": ""}, "请填写文章的 article_id"),
        ({"type": "click", "name": "签到", "key": "in", "unknown": 1}, "不认识的字段"),
    ],
)
def test_f11_what_is_incomplete_is_still_rejected(run_command, tmp_path, button, reason):
    file = tmp_path / "menu.json"
    file.write_text(json.dumps({"button": [button]}))
    result = run_command("menus", "save", "acme-mp", str(file))
    assert (result.exit_code, reason in result.output) == (1, True), result.output


def test_compare_finds_nothing_where_all_agree(run_command, published, platform):
    platform.answers[MENU_PATH] = {"menu": {"button": LIVE_MENU}}
    result = run_command("menus", "compare", "acme-mp")
    assert (result.exit_code, result.output) == (0, "草稿、已发布的菜单和公众号上的菜单一致\n")


def test_compare_tells_what_differs_and_where(run_command, published, platform, tmp_path):
    platform.answers[MENU_PATH] = {"menu": {"button": LIVE_MENU[:1]}}
    _save(run_command, tmp_path, {"button": MENU_FILE["button"][1:]})
    result = run_command("menus", "compare", "acme-mp")
    assert result.exit_code == 1
    assert "已发布的菜单多出：1 签到" in result.output
    assert "公众号上缺少：2.1 门店 附近" in result.output


def test_compare_before_any_publication_says_so(run_command, saved):
    result = run_command("menus", "compare", "acme-mp")
    assert (result.exit_code, "菜单尚未发布" in result.output) == (1, True)


@pytest.fixture
def saved(run_command, tmp_path):
    _save(run_command, tmp_path, MENU_FILE)


@pytest.fixture
def published(saved):
    menus.finish_publication(menus.request_publication(channels.get_by_key("acme-mp")).id)


@pytest.fixture
def worker(acme):
    """A worker that works off what becomes due in the next moments."""
    stop = threading.Event()

    def work() -> None:
        with registry.use_tenant("acme"):
            for _ in range(100):
                if relay.run("acme") or _published_menu():
                    return
                stop.wait(0.05)

    thread = Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()


def _published_menu() -> bool:
    return menus.MenuPublication.select().where(menus.MenuPublication.state != "requested").exists()


def _save(run_command, folder, menu):
    file = folder / "menu.json"
    file.write_text(json.dumps(menu, ensure_ascii=False))
    assert run_command("menus", "save", "acme-mp", str(file)).exit_code == 0


def test_a_withdrawn_menu_is_deleted_at_the_platform(run_command, saved, platform):
    account = channels.get_by_key("acme-mp")
    assert run_command("menus", "withdraw", "acme-mp").exit_code == 1
    menus.request_publication(account)
    relay.run("acme")
    platform.answers["/cgi-bin/menu/delete"] = {"errcode": 0, "errmsg": "ok"}
    for _ in range(2):
        assert run_command("menus", "withdraw", "acme-mp").exit_code == 0
    relay.run("acme")
    assert [path for path, _ in platform.asked].count("/cgi-bin/menu/delete") == 1
    assert menus.find_published(account) is None
    assert menus.find_draft(account) is not None
