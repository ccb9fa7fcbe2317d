"""Mini-program codes: each works once, for five minutes, at its own account."""

import pytest

from tests.support.sandbox_client import PERSON, PROGRAM, SHOP, Sandbox


def make(sandbox: Sandbox, kind: str, appid: str = PROGRAM["appid"]) -> str:
    answer = sandbox.client.post(f"/sandbox/people/{PERSON}/{kind}-codes", json={"appid": appid})
    return answer.json.get("code") or answer.json["error"]


def login(sandbox: Sandbox, code: str, **changes: str) -> dict:
    asked = {"appid": PROGRAM["appid"], "secret": PROGRAM["secret"], "grant_type": "authorization_code"}
    return sandbox.get("/sns/jscode2session", **{**asked, "js_code": code, **changes})


def phone(sandbox: Sandbox, code: object) -> dict:
    return sandbox.post("/wxa/business/getuserphonenumber", {"code": code}, PROGRAM)


def test_login_code_tells_who_it_is(sandbox: Sandbox) -> None:
    session = login(sandbox, make(sandbox, "login"))
    assert session["openid"] == sandbox.chat(appid=PROGRAM["appid"])["openid"]
    assert session["unionid"] == sandbox.chat()["unionid"]
    assert len(session["session_key"]) == 24


def test_login_code_works_once(sandbox: Sandbox) -> None:
    code = make(sandbox, "login")
    login(sandbox, code)
    assert login(sandbox, code)["errcode"] == 40163


def test_login_code_dies_after_five_minutes(sandbox: Sandbox) -> None:
    code = make(sandbox, "login")
    sandbox.clock.advance(seconds=300)
    assert login(sandbox, code)["errcode"] == 40029


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"js_code": "made-up"}, 40029),
        ({"js_code": ""}, 41008),
        ({"secret": "wrong"}, 40125),
        ({"appid": "wx0000000000000000"}, 40013),
        ({"appid": SHOP["appid"], "secret": SHOP["secret"]}, 40029),
        ({"grant_type": "client_credential"}, 40002),
    ],
)
def test_wrong_login_is_refused_and_leaves_the_code_unspent(
    sandbox: Sandbox, changes: dict, errcode: int
) -> None:
    code = make(sandbox, "login")
    assert login(sandbox, code, **changes)["errcode"] == errcode
    assert "openid" in login(sandbox, code)


def test_phone_code_tells_the_number_once(sandbox: Sandbox) -> None:
    code = make(sandbox, "phone")
    result = phone(sandbox, code)
    number = sandbox.get(f"/sandbox/people/{PERSON}")["phone"]
    assert result["errcode"] == 0
    assert result["phone_info"]["phoneNumber"] == result["phone_info"]["purePhoneNumber"] == number
    assert result["phone_info"]["countryCode"] == "86"
    assert result["phone_info"]["watermark"]["appid"] == PROGRAM["appid"]
    assert phone(sandbox, code)["errcode"] == 40029


def test_phone_code_dies_and_is_no_login_code(sandbox: Sandbox) -> None:
    assert phone(sandbox, make(sandbox, "login"))["errcode"] == 40029
    assert phone(sandbox, "made-up")["errcode"] == 40029
    assert phone(sandbox, None)["errcode"] == 41008
    code = make(sandbox, "phone")
    sandbox.clock.advance(seconds=300)
    assert phone(sandbox, code)["errcode"] == 40029


def test_official_accounts_have_no_such_codes(sandbox: Sandbox) -> None:
    assert make(sandbox, "login", SHOP["appid"]) == "not_a_mini_program"
    assert sandbox.do_action("follow", appid=PROGRAM["appid"])["error"] == "not_official"
