"""Access tokens: who gets one, how long it lives, and what a war over it looks like."""

import pytest

from tests.support.sandbox_client import PROGRAM, SHOP, Sandbox

ASKED = {"grant_type": "client_credential", "appid": SHOP["appid"], "secret": SHOP["secret"]}


def stable(sandbox: Sandbox, **changes: object) -> dict:
    return sandbox.client.post("/cgi-bin/stable_token", json={**ASKED, **changes}).json


def call_with_token(sandbox: Sandbox, token: str) -> int:
    return sandbox.get("/cgi-bin/user/get", access_token=token).get("errcode", 0)


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"secret": "wrong"}, 40125),
        ({"appid": "wx0000000000000000"}, 40013),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"grant_type": "password"}, 40002),
    ],
)
def test_who_asks_wrongly_gets_no_token(sandbox: Sandbox, changes: dict, errcode: int) -> None:
    assert stable(sandbox, **changes)["errcode"] == errcode
    answer = sandbox.client.get("/cgi-bin/token", query_string={**ASKED, **changes})
    assert answer.status_code == 200
    assert answer.json["errcode"] == errcode


def test_stable_token_is_asked_for_by_post_with_json(sandbox: Sandbox) -> None:
    assert sandbox.get("/cgi-bin/stable_token")["errcode"] == 43002
    assert sandbox.client.post("/cgi-bin/stable_token").json["errcode"] == 44002
    assert sandbox.client.post("/cgi-bin/stable_token", data=b"{").json["errcode"] == 47001


def test_stable_token_stays_the_same_until_five_minutes_before_its_end(sandbox: Sandbox) -> None:
    first = stable(sandbox)
    assert len(first["access_token"]) >= 200
    assert first["expires_in"] == 7200
    sandbox.clock.advance(seconds=6800)
    assert stable(sandbox) == {"access_token": first["access_token"], "expires_in": 400}
    sandbox.clock.advance(seconds=101)
    assert stable(sandbox)["access_token"] != first["access_token"]
    assert call_with_token(sandbox, first["access_token"]) == 0


def test_token_ends_with_its_lifetime(sandbox: Sandbox) -> None:
    sandbox.client.put("/sandbox/tokens", json={"lifetime_s": 600})
    token = stable(sandbox)["access_token"]
    sandbox.clock.advance(seconds=599)
    assert call_with_token(sandbox, token) == 0
    sandbox.clock.advance(seconds=1)
    assert call_with_token(sandbox, token) == 42001


def test_missing_and_made_up_tokens_are_distinguished(sandbox: Sandbox) -> None:
    assert sandbox.get("/cgi-bin/user/get")["errcode"] == 41001
    assert call_with_token(sandbox, "made-up") == 40001


def test_forced_refresh_voids_the_token_before(sandbox: Sandbox) -> None:
    before = stable(sandbox)["access_token"]
    after = stable(sandbox, force_refresh=True)["access_token"]
    assert (call_with_token(sandbox, before), call_with_token(sandbox, after)) == (40001, 0)


def test_forced_refresh_is_rationed(sandbox: Sandbox) -> None:
    for _ in range(20):
        assert "access_token" in stable(sandbox, force_refresh=True)
        sandbox.clock.advance(seconds=29)
        assert stable(sandbox, force_refresh=True)["errcode"] == 45011
        sandbox.clock.advance(seconds=1)
    assert stable(sandbox, force_refresh=True)["errcode"] == 45009
    sandbox.clock.advance(seconds=86400)
    assert "access_token" in stable(sandbox, force_refresh=True)


def test_plain_tokens_replace_each_other_after_five_minutes(sandbox: Sandbox) -> None:
    apart = stable(sandbox)["access_token"]
    first = sandbox.get("/cgi-bin/token", **ASKED)["access_token"]
    second = sandbox.get("/cgi-bin/token", **ASKED)["access_token"]
    sandbox.clock.advance(seconds=299)
    assert call_with_token(sandbox, first) == 0
    sandbox.clock.advance(seconds=1)
    assert [call_with_token(sandbox, each) for each in (first, second, apart)] == [40001, 0, 0]


def test_a_token_war_shows_in_the_counts(sandbox: Sandbox) -> None:
    for _ in range(3):
        sandbox.get("/cgi-bin/token", **ASKED)
        stable(sandbox)
    counts = sandbox.get("/sandbox/tokens")
    assert counts["requested"] == {SHOP["appid"]: 6}
    assert counts["issued"] == {SHOP["appid"]: 4}


def test_voided_tokens_are_invalid_at_once(sandbox: Sandbox) -> None:
    token = stable(sandbox)["access_token"]
    sandbox.client.delete(f"/sandbox/tokens/{SHOP['appid']}")
    assert call_with_token(sandbox, token) == 40001
    assert call_with_token(sandbox, stable(sandbox)["access_token"]) == 0


def test_a_mini_program_may_not_use_the_routes_of_official_accounts(sandbox: Sandbox) -> None:
    assert call_with_token(sandbox, sandbox.token(PROGRAM)) == 48001
    assert sandbox.post("/wxa/business/getuserphonenumber", {"code": "x"}, SHOP)["errcode"] == 48001


def test_unknown_addresses_are_reported_as_the_platform_reports_them(sandbox: Sandbox) -> None:
    assert sandbox.get("/cgi-bin/no/such/thing")["errcode"] == 40066
