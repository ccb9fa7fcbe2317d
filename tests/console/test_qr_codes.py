"""QR codes in the console: created for shops, named, given a logo, exported and deleted."""

import io
import zipfile

import pytest

from store.official_accounts import qr_codes
from store.shops import shops
from store.shops.coordinates import Coordinates
from tasks import relay
from tests.console.test_pictures import make_picture, upload


@pytest.fixture
def code(browser, shop, official_account):
    body = {"account": "acme-mp", "targets": [shop.public_id]}
    answer = browser.post("qr-codes", body)
    assert answer.status_code == 201, answer.text
    relay.run("acme")
    return answer.json["data"]["list"][0]


def test_codes_of_several_shops_are_created_once(browser, shop):
    other = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.4, 31.2))
    body = {"account": "acme-mp", "targets": [shop.public_id, other.public_id], "name": "收银台"}
    first = browser.post("qr-codes", body, Idempotency_Key="k1").json["data"]["list"]
    assert [row["name"] for row in first] == ["西站店 收银台", "东站店 收银台"]
    assert [row["target_name"] for row in first] == ["西站店", "东站店"]
    browser.post("qr-codes", body, Idempotency_Key="k1")
    browser.post("qr-codes", body)
    assert browser.get("qr-codes", search="收银台", account="acme-mp").json["data"]["total"] == 2
    every = {"account": "acme-mp", "every_shop": True, "permanent": False, "lifetime_s": 3600}
    assert len(browser.post("qr-codes", every).json["data"]["list"]) == 2


def test_a_code_gets_a_logo_and_is_exported(browser, code):
    logo = upload(browser, make_picture()).json["data"]["url"]
    for _ in range(2):
        answer = browser.patch(f"qr-codes/{code['id']}", {"name": "门口", "logo_url": logo})
        assert answer.status_code == 200, answer.text
    assert answer.json["data"]["logo_url"] == logo
    assert (
        browser.patch(
            f"qr-codes/{code['id']}", {"name": "门口", "logo_url": "https://a.example/x.png"}
        ).status_code
        == 422
    )
    shown = browser.get(f"qr-codes/{code['id']}/image", form="svg")
    assert shown.headers["Content-Type"].startswith("image/svg+xml")
    assert b"data:image/png" in shown.data
    packed = browser.get("qr-codes/images", ids=code["id"], form="png", size=200)
    with zipfile.ZipFile(io.BytesIO(packed.data)) as archive:
        assert archive.namelist() == [f"门口-{code['id']}.png"]


def test_a_code_waits_for_the_platform_and_is_renewed(browser, shop, official_account):
    made = browser.post("qr-codes", {"account": "acme-mp", "targets": [shop.public_id]}).json["data"]["list"][
        0
    ]
    assert made["state"] == "waiting"
    assert browser.get(f"qr-codes/{made['id']}/image").json["code"] == "no_ticket"
    for _ in range(2):
        assert browser.post(f"qr-codes/{made['id']}/tickets").status_code == 202
    relay.run("acme")
    assert browser.get(f"qr-codes/{made['id']}").json["data"]["state"] == "ready"


def test_a_deleted_code_is_gone(browser, code):
    assert [browser.delete(f"qr-codes/{code['id']}").status_code for _ in range(2)] == [200, 404]
    qr_codes.delete(qr_codes.QrCode(id=int(code["id"])))


@pytest.mark.parametrize(
    "change",
    [
        {"targets": []},
        {"account": "nowhere"},
        {"targets": ["sho_nowhere"]},
        {"permanent": False},
        {"logo_url": "x"},
    ],
)
def test_what_is_wrong_about_a_code_is_refused(browser, shop, change):
    answer = browser.post("qr-codes", {"account": "acme-mp", "targets": [shop.public_id]} | change)
    assert answer.status_code in (404, 422), answer.text
    assert browser.get("qr-codes").json["data"]["total"] == 0


def test_staff_of_a_shop_see_its_codes_only(new_browser, add_staff, code):
    other = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.4, 31.2))
    clerk = new_browser().take_session(add_staff("clerk", shops=(other,)))
    assert clerk.get("qr-codes").json["data"]["total"] == 0
    assert clerk.get(f"qr-codes/{code['id']}").status_code == 404
    assert clerk.get("qr-codes/images", ids=code["id"]).status_code == 404
    assert clerk.delete(f"qr-codes/{code['id']}").status_code == 404
