"""Shops in the console: a list by scope, details with hours and place, states, import and export."""

import io

import pytest

from store.exports import kinds
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants import audit

NEW = {
    "code": "S9", "name": "人民广场店", "lng": 121.4737, "lat": 31.2304, "city": "上海", "phone": "021-12345678",
    "hours": {"mon": [["08:00", "12:00"], ["14:00", "22:00"]]},
}  # fmt: skip


def send_file(browser, text, **fields):
    data = {"file": (io.BytesIO(text.encode("gb18030")), "shops.csv"), **fields}
    return browser.request("POST", "shops/import", data=data, content_type="multipart/form-data")


def test_a_shop_is_opened_once_and_found(browser):
    first = browser.post("shops", NEW, Idempotency_Key="k1")
    assert first.status_code == 201, first.text
    assert browser.post("shops", NEW, Idempotency_Key="k1").json["data"] == first.json["data"]
    assert browser.post("shops", NEW).json["data"]["id"] == first.json["data"]["id"]
    row = first.json["data"]
    assert row["week_text"] == "周一 08:00-12:00,14:00-22:00"
    found = browser.get("shops", search="人民", city="上海", sort="-name").json["data"]
    assert [shop["id"] for shop in found["list"]] == [row["id"]]
    assert browser.get("shops/choices").json["data"]["city"] == ["上海"]


def test_a_change_keeps_what_was_left_out(browser, shop):
    body = {
        "hours": {"sat": [["20:00", "02:00"]]},
        "lng": 121.5,
        "lat": 31.2,
        "pictures": ["https://a.example/1.jpg"],
    }
    for _ in range(2):
        answer = browser.patch(f"shops/{shop.public_id}", body)
        assert answer.status_code == 200, answer.text
    assert answer.json["data"]["differences"] == []
    browser.patch(f"shops/{shop.public_id}", {"brand": "蓝"})
    detail = browser.get(f"shops/{shop.public_id}").json["data"]
    assert (detail["brand"], detail["lng"], detail["pictures"]) == ("蓝", 121.5, ["https://a.example/1.jpg"])
    assert detail["week_text"] == "周六 20:00-02:00"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "门店"}, "code"),
        ({"lat": None}, "location"),
        ({"lng": 181}, "lng"),
        ({"hours": {"mon": [["8", "9"]]}}, "hours.mon.0.0"),
        ({"hours": {"mon": [["08:00", "12:00"], ["11:00", "13:00"]]}}, "hours.mon"),
        ({"phone": "电话"}, "phone"),
        ({"advertisements": [{"picture": "javascript:1"}]}, "advertisements.0.picture"),
    ],
)
def test_what_is_wrong_about_a_shop_is_named(browser, change, field):
    answer = browser.post("shops", NEW | change)
    assert answer.status_code == 422, answer.text
    assert answer.json["data"]["field"] == field


def test_a_closed_shop_stays_closed(browser, shop):
    for path in ("pause", "pause", "resume", "closure", "closure"):
        assert browser.post(f"shops/{shop.public_id}/{path}").status_code == 200
    assert browser.post(f"shops/{shop.public_id}/resume").json["code"] == "shop_closed"
    assert audit.list_entries()[0].action == "shops.closed"


def test_an_import_does_what_its_dry_run_showed(browser, shop):
    text = f"门店编码,门店名称,经度,纬度,城市\nS2,新店,121.4,31.2,上海\n{shop.code},,,,上海\n"
    plan = send_file(browser, text, dry_run="true").json["data"]
    assert (plan["rows"], plan["created"], plan["updated"], plan["errors"]) == (2, 1, 1, [])
    assert shops.list_shops()[1] == 1
    assert send_file(browser, text, version="other").json["code"] == "import_outdated"
    done = send_file(browser, text, version=plan["version"]).json["data"]
    assert (done["created"], done["updated"]) == (1, 1)
    assert shops.get_by_code(shop.code).city == "上海"
    wrong = send_file(browser, "编码\nS3\n", dry_run="true")
    assert wrong.status_code == 422
    broken = send_file(browser, "code,name,lng,lat\nS3,三店,x,1\n", dry_run="true").json["data"]
    assert broken["errors"] == [{"line": 2, "message": "经度：应为数字"}]


def test_an_export_can_be_imported_again(browser, shop):
    kind = kinds.get_kind("shops")
    rows = list(kind.rows(kind.filters(), None))
    lines = [",".join(title for title, _ in kind.columns), ",".join(map(str, rows[0]))]
    plan = send_file(browser, "\n".join(lines), dry_run="true").json["data"]
    assert (plan["errors"], plan["created"], plan["updated"]) == ([], 0, 0)
    assert browser.get("shops/import/template").status_code == 200


def test_staff_of_a_shop_see_only_it(browser, new_browser, add_staff, shop):
    other = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.4, 31.2))
    clerk = new_browser().take_session(add_staff("clerk", shops=(shop,)))
    assert clerk.get("shops").json["data"]["total"] == 1
    assert clerk.get(f"shops/{other.public_id}").status_code == 404
    assert clerk.patch(f"shops/{other.public_id}", {"brand": "x"}).status_code == 404
    assert clerk.post(f"shops/{other.public_id}/closure").status_code == 404
    assert clerk.post("shops", NEW).status_code == 403
    assert send_file(clerk, "code\nS1\n").status_code == 403
    reader = new_browser().take_session(add_staff("reader", "user"))
    assert reader.get("shops").json["data"]["total"] == 2
    assert reader.patch(f"shops/{shop.public_id}", {"brand": "x"}).status_code == 403
