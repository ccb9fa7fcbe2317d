"""A menu is refused where WeChat would reject it, published once, and compared with what is live."""

import pytest

from store.core.database import db
from store.core.errors import DomainError
from store.core.events import Event
from store.official_accounts import menus
from store.official_accounts.menus import MenuPublication
from tests.support import database
from tests.support.races import with_barrier

CLICK = {"type": "click", "name": "签到", "key": "IN", "answers": [{"type": "check_in"}]}
VIEW = {"type": "view", "name": "商城", "url": "/m/shop"}


def menu(*buttons: dict) -> dict:
    return {"button": list(buttons)}


def group(*children: dict, name: str = "更多") -> dict:
    return {"name": name, "sub_button": list(children)}


@pytest.mark.parametrize(
    "right",
    [
        menu(CLICK),
        menu(CLICK, VIEW, group(*[VIEW] * 5)),
        menu({**CLICK, "name": "四个汉字"}),
        menu({**CLICK, "name": "eightabc"}),
        menu(group({**CLICK, "name": "二级八个汉字正好"})),
        menu(
            {"type": "miniprogram", "name": "小程序", "url": "https://a.cn", "appid": "wx1", "pagepath": "p"}
        ),
        menu({"type": "location_select", "name": "位置", "key": "L"}),
        menu({**VIEW, "url": "https://a.cn/" + "x" * 1010}),
    ],
)
def test_what_the_platform_takes_is_kept(account, right):
    assert menus.save_draft(account, right).menu["button"]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (menu(), "不能少于 1 项"),
        (menu(*[CLICK] * 4), "不能超过 3 项"),
        (menu(group()), "不能少于 1 项"),
        (menu(group(*[VIEW] * 6)), "不能超过 5 项"),
        (menu(group(group(VIEW))), "缺少必填项"),
        (menu({**CLICK, "name": "五个汉字了"}), "一级菜单名称最多 4 个汉字"),
        (menu({**CLICK, "name": "ninechars"}), "一级菜单名称最多 4 个汉字"),
        (menu(group(VIEW, name="五个汉字了")), "一级菜单名称最多 4 个汉字"),
        (menu({**CLICK, "name": "😀😀😀😀😀"}), "一级菜单名称最多 4 个汉字"),
        (menu(group({**CLICK, "name": "二级的九个汉字超长"})), "二级菜单名称最多 8 个汉字"),
        (menu({**CLICK, "name": "  "}), "不能少于 1 个字"),
        (menu({"type": "click", "name": "签到"}), "请填写按钮的 key"),
        (menu({**CLICK, "key": "键" * 43}), "key 不能超过 128 字节"),
        (menu({"type": "view", "name": "商城"}), "请填写网址"),
        (menu({**VIEW, "url": "javascript:alert(1)"}), "网址应以 http:// 或 https:// 开头"),
        (menu({**VIEW, "url": "https://a.cn/" + "x" * 1012}), "网址不能超过 1024 字节"),
        (menu({"type": "miniprogram", "name": "小程序", "url": "/m"}), "请填写小程序的 AppID 和页面路径"),
        (menu({**CLICK, "type": "dance"}), None),
        (menu({**CLICK, "color": "red"}), "不认识的字段"),
        (menu({**CLICK, "answers": [{"type": "text", "text": ""}]}), "不能少于 1 个字"),
        (
            menu({**CLICK, "answers": [{"type": "article", "title": "t", "url": "javascript:x"}]}),
            "格式不正确",
        ),
        ({"button": "none"}, "应为列表"),
        ({}, "缺少必填项"),
    ],
)
def test_what_the_platform_would_reject_is_refused_with_its_reason(account, wrong, reason):
    with pytest.raises(DomainError) as refused:
        menus.save_draft(account, wrong)
    assert refused.value.status == 422
    assert reason is None or refused.value.details["reason"] == reason
    assert menus.find_draft(account) is None


def test_without_a_draft_nothing_is_published(account):
    with pytest.raises(DomainError) as refused:
        menus.request_publication(account)
    assert refused.value.code == "no_menu"


def test_asked_by_many_at_once_it_is_one_publication(account, verify_afterwards):
    menus.save_draft(account, menu(CLICK))
    assert (
        len(
            {
                row.id
                for row in database.run_concurrently(8, lambda number: menus.request_publication(account))
            }
        )
        == 1
    )
    assert Event.select().where(Event.kind == "menus.publication_requested").count() == 1


def test_without_the_lock_it_is_published_twice(account, monkeypatch):
    if not db.is_postgresql():
        pytest.skip("SQLite's writer is alone")
    menus.save_draft(account, menu(CLICK))
    draft = menus.find_draft(account)
    monkeypatch.setattr(menus, "_lock_draft", lambda channel: draft)
    monkeypatch.setattr(menus.audit, "record", lambda *args, **kwargs: None)
    create = MenuPublication.create
    monkeypatch.setattr(MenuPublication, "create", with_barrier(create))
    database.run_concurrently(2, lambda number: menus.request_publication(account))
    assert MenuPublication.select().count() == 2


def test_a_changed_draft_is_another_publication(account):
    menus.save_draft(account, menu(CLICK))
    first = menus.request_publication(account)
    menus.save_draft(account, menu(VIEW))
    assert menus.request_publication(account).id != first.id


def test_settled_twice_it_stays_as_it_was(account, verify_afterwards):
    menus.save_draft(account, menu(CLICK))
    row = menus.request_publication(account)
    assert menus.finish_publication(row.id).state == "live"
    assert menus.finish_publication(row.id, reason="45157 invalid name").state == "live"
    assert menus.find_published(account).id == row.id
    menus.save_draft(account, menu(VIEW))
    failed = menus.finish_publication(menus.request_publication(account).id, reason="长" * 400)
    assert (failed.state, len(failed.reason)) == ("failed", 300)
    assert menus.find_published(account).id == row.id


def test_a_click_is_answered_by_the_live_menu_and_not_by_the_draft(account):
    menus.save_draft(account, menu(CLICK))
    assert menus.answers_by_key(account.id) == {}
    menus.finish_publication(menus.request_publication(account).id)
    assert [answer.type for answer in menus.answers_by_key(account.id)["IN"]] == ["check_in"]


def test_the_platform_gets_whole_addresses_and_no_answers_of_ours(account):
    form = menus.to_wechat_json(menus.save_draft(account, menu(CLICK, group(VIEW))).menu, "https://x.cn")
    assert "answers" not in form[0]
    assert form[1]["sub_button"][0]["url"] == "https://x.cn/m/shop"


def test_differences_are_reported_and_equals_tell_none(account):
    ours = menus.to_wechat_json(menus.save_draft(account, menu(CLICK, group(VIEW))).menu, "https://x.cn")
    assert menus.diff(ours, ours) == []
    assert menus.diff(ours, None) == ["公众号上没有菜单"]
    theirs = menus.to_wechat_json(menus.save_draft(account, menu(CLICK)).menu, "https://x.cn")
    assert len(menus.diff(ours, theirs)) == 1
    assert menus.diff(theirs, ours)[0].startswith("公众号上多出：2.1 更多 商城")


@pytest.mark.parametrize("grouped", [False, True])
def test_f21_two_buttons_with_one_key_are_refused(account, grouped):
    one, other = ({"type": "click", "name": name, "key": "K"} for name in ("甲", "乙"))
    if grouped:
        other = {"name": "组", "sub_button": [other]}
    with pytest.raises(DomainError, match="key 相同：K"):
        menus.save_draft(account, {"button": [one, other]})
    assert menus.find_draft(account) is None
