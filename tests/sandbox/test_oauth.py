"""Web sign-in: from a page inside WeChat to openid and unionid."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.sandbox_client import OTHER_SHOP, PERSON, SHOP, Sandbox

BACK = "http://127.0.0.1:8000/m/back?next=%2Fme"


def authorize(sandbox: Sandbox, person: str | None = PERSON, **changes: str) -> tuple[int, dict[str, str]]:
    """Status and what the page gets back in its address."""
    sandbox.client.delete_cookie("sandbox_person")
    if person:
        sandbox.client.get("/open", query_string={"person": person, "url": "http://127.0.0.1:8000/m"})
    asked = {
        "appid": SHOP["appid"],
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "snsapi_userinfo",
    }
    answer = sandbox.client.get("/connect/oauth2/authorize", query_string={**asked, "state": "s1", **changes})
    return answer.status_code, dict(parse_qsl(urlsplit(answer.headers.get("Location", "")).query))


def exchange_code(sandbox: Sandbox, code: str, **changes: str) -> dict:
    asked = {"appid": SHOP["appid"], "secret": SHOP["secret"], "grant_type": "authorization_code"}
    return sandbox.get("/sns/oauth2/access_token", **{**asked, "code": code, **changes})


def sign_in(sandbox: Sandbox, **changes: str) -> dict:
    return exchange_code(sandbox, authorize(sandbox, **changes)[1]["code"])


def test_page_learns_who_opened_it(sandbox: Sandbox) -> None:
    status, back = authorize(sandbox)
    assert (status, back["next"], back["state"]) == (302, "/me", "s1")
    result = exchange_code(sandbox, back["code"])
    assert (result["openid"], result["unionid"]) == (sandbox.openid(), sandbox.chat()["unionid"])
    assert "is_snapshotuser" not in result
    profile = sandbox.get("/sns/userinfo", access_token=result["access_token"], openid=result["openid"])
    assert profile["unionid"] == result["unionid"]
    assert (
        sandbox.get("/sns/auth", access_token=result["access_token"], openid=result["openid"])["errcode"] == 0
    )


def test_base_scope_gives_the_openid_only(sandbox: Sandbox) -> None:
    result = sign_in(sandbox, scope="snsapi_base")
    assert result["openid"] == sandbox.openid()
    assert "unionid" not in result
    profile = sandbox.get("/sns/userinfo", access_token=result["access_token"], openid=result["openid"])
    assert profile["errcode"] == 48001


def test_each_person_signs_in_as_themselves(sandbox: Sandbox) -> None:
    assert sign_in(sandbox, person="lili")["openid"] == sandbox.openid("lili") != sandbox.openid(PERSON)


def test_code_works_once_for_five_minutes_at_its_account(sandbox: Sandbox) -> None:
    code = authorize(sandbox)[1]["code"]
    stranger = {"appid": OTHER_SHOP["appid"], "secret": OTHER_SHOP["secret"]}
    assert exchange_code(sandbox, code, **stranger)["errcode"] == 40029
    assert exchange_code(sandbox, code, secret="wrong")["errcode"] == 40125
    assert "openid" in exchange_code(sandbox, code)
    assert exchange_code(sandbox, code)["errcode"] == 40163
    late = authorize(sandbox)[1]["code"]
    sandbox.clock.advance(seconds=300)
    assert exchange_code(sandbox, late)["errcode"] == 40029
    assert exchange_code(sandbox, "")["errcode"] == 41008


def test_snapshot_person_is_a_virtual_one(sandbox: Sandbox) -> None:
    sandbox.client.put(f"/sandbox/people/{PERSON}", json={"snapshot": True})
    result = sign_in(sandbox)
    assert result["is_snapshotuser"] == 1
    assert result["openid"] != sandbox.openid()
    assert result["unionid"] != sandbox.chat()["unionid"]
    sandbox.client.put(f"/sandbox/people/{PERSON}", json={"snapshot": False})
    assert sign_in(sandbox)["openid"] == sandbox.openid()


@pytest.mark.parametrize(
    "changes",
    [
        {"person": None},
        {"appid": "wx0000000000000000"},
        {"scope": "snsapi_all"},
        {"response_type": "token"},
        {"redirect_uri": "javascript:alert(1)"},
        {"state": "s" * 129},
    ],
)
def test_wrong_links_end_on_a_page_without_a_code(sandbox: Sandbox, changes: dict) -> None:
    assert authorize(sandbox, **changes) == (200, {})


def test_page_token_ends_and_can_be_renewed(sandbox: Sandbox) -> None:
    result = sign_in(sandbox)

    def profile(token: str) -> dict:
        return sandbox.get("/sns/userinfo", access_token=token, openid=result["openid"])

    assert profile("made-up")["errcode"] == 40001
    assert sandbox.get("/sns/userinfo", access_token=result["access_token"], openid="o1")["errcode"] == 40003
    sandbox.clock.advance(seconds=7200)
    assert profile(result["access_token"])["errcode"] == 42001
    asked = {"appid": SHOP["appid"], "grant_type": "refresh_token", "refresh_token": result["refresh_token"]}
    renewed = sandbox.get("/sns/oauth2/refresh_token", **asked)
    assert profile(renewed["access_token"])["openid"] == result["openid"]
    assert sandbox.get("/sns/oauth2/refresh_token", **{**asked, "refresh_token": "x"})["errcode"] == 40030
    sandbox.clock.advance(seconds=30 * 86400)
    assert sandbox.get("/sns/oauth2/refresh_token", **asked)["errcode"] == 40030


@pytest.mark.parametrize("url", ["javascript:alert(1)", "/etc/passwd", "http://", ""])
def test_phone_opens_web_addresses_only(sandbox: Sandbox, url: str) -> None:
    assert sandbox.client.get("/open", query_string={"person": PERSON, "url": url}).status_code == 400
    assert sandbox.client.get("/open", query_string={"person": "unknown", "url": url}).status_code == 404


def test_another_phone_holds_nothing_of_the_first_one(shop: Sandbox) -> None:
    shop.client.get("/open", query_string={"person": PERSON, "url": "http://127.0.0.1/m/me"})
    shop.client.set_cookie("session_of_a_page", "hers")
    shop.client.get("/open", query_string={"person": PERSON, "url": "http://127.0.0.1/m/me"})
    assert shop.client.get_cookie("session_of_a_page") is not None
    shop.client.get("/open", query_string={"person": "laowang", "url": "http://127.0.0.1/m/me"})
    assert shop.client.get_cookie("session_of_a_page") is None
    assert shop.client.get_cookie("sandbox_person").value == "laowang"
