"""Coming in and leaving: who is let in, once for a code, and what never leaves with the answer."""

import logging
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine

from store.core import clock
from store.core.idempotency import StoredResponse
from store.customers.customers import Customer
from store.customers.sessions import Session, SessionSettings
from store.tenants import settings
from tests.support import database


def login_request(sandbox, person="xiaomei"):
    return {"account": "acme-mini", "code": sandbox.login_code(person)}


def test_a_code_opens_a_session_of_a_follower(phone_of):
    stay = phone_of("xiaomei").sign_in()
    assert stay["token"].startswith("acme.")
    assert stay["expires_in_s"] == 30 * 24 * 3600
    assert stay["member"]["joined"] is False
    assert stay["customer"]["id"].startswith("cus_")


def test_the_same_person_comes_back_as_the_same_customer(phone_of):
    first, second = phone_of("xiaomei").sign_in(), phone_of("xiaomei").sign_in()
    assert first["customer"] == second["customer"]
    assert first["token"] != second["token"]
    assert Customer.select().count() == 1


def test_a_used_code_opens_nothing(phone_of, sandbox):
    phone, body = phone_of("xiaomei"), login_request(sandbox)
    assert phone.post("/api/sessions", body).status_code == 201
    again = phone.post("/api/sessions", body)
    assert (again.status_code, again.json["code"]) == (422, "code_invalid")
    assert Session.select().count() == 1


def test_a_repeat_under_the_same_key_gets_the_same_token(phone_of, sandbox):
    phone, body = phone_of("xiaomei"), login_request(sandbox)
    first, second = (phone.post("/api/sessions", body, key="k-1") for _ in range(2))
    assert first.json["data"] == second.json["data"]
    assert second.status_code == 201
    assert Session.select().count() == 1


def test_repeats_at_the_same_moment_all_get_the_first_answer(phone_of, sandbox):
    phone, body = phone_of("xiaomei"), login_request(sandbox)
    answers = database.run_concurrently(
        6, lambda _: phone.post("/api/sessions", body, key="k-1").json["data"]["token"]
    )
    assert len(set(answers)) == 1, answers
    assert Session.select().count() == 1


def test_a_stored_response_shows_no_token_to_who_reads_the_table(phone_of):
    token = phone_of("xiaomei").sign_in(key="k-1")["token"]
    kept = StoredResponse.select(StoredResponse.response.cast("text")).tuples().get()[0]
    assert token not in kept
    assert token.partition(".")[2] not in str(database.dump_rows()["session"])


@pytest.mark.parametrize("kind", ["http_500", "garbage"])
def test_a_platform_that_fails_is_reported_and_opens_nothing(phone_of, sandbox, kind):
    sandbox.inject_fault("/sns/jscode2session", kind)
    answer = phone_of("xiaomei").post("/api/sessions", login_request(sandbox))
    assert (answer.status_code, answer.json["code"]) == (503, "wechat_unknown")
    assert answer.headers["Retry-After"] == "2"
    assert Session.select().count() == 0


def test_a_wrong_secret_is_not_the_shopper_s_fault(phone_of, sandbox):
    sandbox.inject_fault("/sns/jscode2session", "errcode", errcode=40125)
    answer = phone_of("xiaomei").post("/api/sessions", login_request(sandbox))
    assert (answer.status_code, answer.json["code"]) == (503, "wechat_refused")
    assert "secret" not in answer.text.lower()


def test_too_many_from_one_address_are_sent_away_and_others_are_not(phone_of, sandbox):
    settings.change(SessionSettings, max_per_ip_per_minute=2)
    phone = phone_of("xiaomei")
    statuses = [
        phone.post("/api/sessions", login_request(sandbox), address="203.0.113.7").status_code
        for _ in range(3)
    ]
    assert statuses == [201, 201, 429]
    assert phone.post("/api/sessions", login_request(sandbox), address="203.0.113.8").status_code == 201


def test_an_official_account_is_no_way_in(phone_of, sandbox):
    body = login_request(sandbox) | {"account": "acme-mp"}
    assert phone_of("xiaomei").post("/api/sessions", body).json["data"]["field"] == "account"


@pytest.mark.parametrize("field", ["openid", "unionid", "customer_id", "member_id", "session_key", "id"])
def test_a_client_cannot_choose_its_identity(phone_of, sandbox, field):
    answer = phone_of("xiaomei").post("/api/sessions", login_request(sandbox) | {field: "someone"})
    assert answer.status_code == 422
    assert answer.json["data"]["field"] == field


def test_leaving_ends_the_session(xiaomei):
    assert xiaomei.request("DELETE", "/api/sessions/current").json["data"] == {"closed": True}
    assert xiaomei.get("/api/me").status_code == 401
    assert xiaomei.request("DELETE", "/api/sessions/current").status_code == 401


def test_a_session_ends_by_itself_after_thirty_days(xiaomei):
    with time_machine.travel(clock.now() + timedelta(days=29), tick=False):
        assert xiaomei.get("/api/me").status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=30, seconds=1), tick=False):
        assert xiaomei.get("/api/me").status_code == 401


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer x", "Bearer acme.", "Bearer acme.x", "Bearer unknown.x", "Basic eDp4",
     "Bearer ../registry.x", "Bearer acme" + "x" * 5000, "Bearer acme.\xff"],
)  # fmt: skip
def test_what_is_no_token_is_answered_with_a_sentence(xiaomei, authorization):
    answer = xiaomei.request("GET", "/api/me", headers={"Authorization": authorization})
    assert (answer.status_code, answer.json["code"]) == (401, "unauthorized")
    assert answer.json["msg"] == "请先登录"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 401),
        ({"Sec-Fetch-Site": "same-site"}, 401),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 401),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "https://localhost.evil.example"}, 401),
        ({"Origin": "null"}, 401),
        ({"Referer": "http://localhost/m/me"}, 200),
        ({"Referer": "http://evil.example/http://localhost/"}, 401),
        ({}, 401),
    ],
)
def test_the_cookie_counts_only_when_our_own_page_asks(xiaomei, headers, status):
    cookie = {"Cookie": f"xiaoer_session={xiaomei.token}"}
    assert xiaomei.request("GET", "/api/me", headers=cookie | headers).status_code == status


def test_an_account_of_another_tenant_is_refused_with_a_token(xiaomei):
    answer = xiaomei.get("/api/stores", account="rival-mini")
    assert (answer.status_code, answer.json["code"]) == (403, "other_tenant")


def test_a_worn_out_cookie_leaves_a_visitor_at_public_routes(xiaomei):
    headers = {"Cookie": "xiaoer_session=acme.old", "Sec-Fetch-Site": "same-origin"}
    named = xiaomei.request("GET", "/api/stores?account=acme-mini", headers=headers)
    unnamed = xiaomei.request("GET", "/api/stores", headers=headers)
    assert (named.status_code, unnamed.status_code) == (200, 401)


def test_neither_answers_nor_logs_hold_session_keys_openids_or_phones(phone_of, sandbox):
    openid = sandbox.state.people.get("xiaomei").openid_at(sandbox.state.accounts.get("wxacmemini"))
    phone = phone_of("xiaomei")
    with captured_logs() as lines:
        bodies = [str(phone.sign_in()), phone.press_phone_button().text, phone.get("/api/me").text]
        bodies.append(
            phone.post("/api/me/registration", {"phone": phone.number, "code": phone.sms_code()}).text
        )
        sandbox.inject_fault("/sns/jscode2session", "errcode", errcode=40125)
        bodies.append(phone.post("/api/sessions", login_request(sandbox)).text)
    assert lines, "the logs were not listened to"
    for text in (*bodies, *lines):
        assert "session_key" not in text
        assert openid not in text
        assert phone.number not in text


@contextmanager
def captured_logs():
    """Every line of every log, as it is before the last gate cleans it."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logging.getLogger().addHandler(handler)
    try:
        yield lines
    finally:
        logging.getLogger().removeHandler(handler)


def ask_with_keys(phone):
    """A change and a check-in under keys that anybody might choose."""
    changed = phone.request("PATCH", "/api/me", json={"nickname": "客人"}, key="me-1").json["data"]
    checked_in = phone.post("/api/me/check-ins", key="check-in-1").json["data"]
    return changed["id"], checked_in["already_done"]


def test_a_key_of_a_session_that_ended_means_nothing_in_the_next_one(phone_of):
    xiaomei, laowang = phone_of("xiaomei"), phone_of("laowang")
    first = xiaomei.sign_in()["customer"]["id"]
    assert ask_with_keys(xiaomei) == (first, False)
    xiaomei.request("DELETE", "/api/sessions/current")
    second = laowang.sign_in()["customer"]["id"]
    assert ask_with_keys(laowang) == (second, False)
    me = laowang.get("/api/me").json["data"]
    assert (me["nickname"], me["check_in"]["today"], me["points"]["available"]) == ("客人", True, 5)


def test_phones_of_two_tenants_never_share_a_customer(phone_of):
    here, there = phone_of("xiaomei").sign_in(), phone_of("xiaomei", "rival").sign_in()
    assert here["customer"]["id"] != there["customer"]["id"]
    assert there["token"].startswith("rival.")


def test_a10_login_keys_of_two_people_do_not_meet(xiaomei, laowang):
    """Two phones whose keys are equal by chance: each gets a session of its own."""
    signed_in = [phone.sign_in(key="1") for phone in (xiaomei, laowang)]
    assert signed_in[0]["customer"]["id"] != signed_in[1]["customer"]["id"]
    assert signed_in[0]["token"] != signed_in[1]["token"]


def test_a10_repeated_sign_out_gets_the_stored_answer(xiaomei):
    first, second = (xiaomei.request("DELETE", "/api/sessions/current", key="bye") for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json["data"] == first.json["data"]
    assert xiaomei.request("DELETE", "/api/sessions/current").status_code == 401
    assert xiaomei.request("DELETE", "/api/sessions/current", key="new").status_code == 401
