"""The sign-in of staff: sessions, cookies, CSRF, wrong passwords, links."""

from datetime import timedelta

import pytest

from store.core import clock
from store.staff import account_changes, attempts, sessions, sign_in_links
from store.staff.attempts import StaffAttempt
from tests.console.conftest import PASSWORD


def test_a_sign_in_opens_a_session_with_menu_and_rights(new_browser, admin):
    browser = new_browser()
    answer = browser.sign_in("Boss ")
    assert answer.status_code == 201, answer.text
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("xiaoer_staff=acme.")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/console" in cookie
    me = browser.get("me").json["data"]
    assert me["login"] == "boss"
    assert me["shops"] is None
    assert me["csrf_token"] == browser.csrf_token
    assert "staff.create" in me["rights"]
    assert me["menu"][0]["key"] == "home"
    assert browser.delete("sessions/current").status_code == 200
    assert browser.get("me").status_code == 401


def test_each_sign_in_gets_a_new_token(new_browser, admin):
    browser = new_browser()
    browser.client.set_cookie("xiaoer_staff", "acme.chosen-by-a-stranger", path="/console")
    first = browser.sign_in("boss").headers["Set-Cookie"].partition(";")[0]
    second = browser.sign_in("boss").headers["Set-Cookie"].partition(";")[0]
    assert len({first, second, "xiaoer_staff=acme.chosen-by-a-stranger"}) == 3


@pytest.mark.parametrize("token", [None, "", "wrong"])
def test_a_write_without_the_csrf_token_is_refused(browser, token):
    browser.csrf_token = token
    answer = browser.delete("sessions/current")
    assert (answer.status_code, answer.json["code"]) == (403, "csrf_failed")
    assert browser.get("me").status_code == 200


def test_a_request_of_another_site_is_refused(browser, new_browser, admin):
    answer = browser.patch(
        "me/password", {"old": PASSWORD, "new": "another horse 8"}, Sec_Fetch_Site="same-site"
    )
    assert (answer.status_code, answer.json["code"]) == (403, "cross_site")
    body = {"tenant": "acme", "login": "boss", "password": PASSWORD}
    assert new_browser().post("sessions", body, Sec_Fetch_Site="cross-site").status_code == 403


@pytest.mark.parametrize("login", ["boss", "stranger", "gone", "'; --", "空"])
def test_a_failed_sign_in_says_the_same_for_every_login(new_browser, admin, add_staff, login):
    add_staff("other")
    account_changes.disable(add_staff("gone"))
    password = "wrong horse 7" if login == "boss" else PASSWORD
    answer = new_browser().sign_in(login, password)
    assert (answer.status_code, answer.json["code"]) == (401, "sign_in_failed")
    assert answer.json["data"] == {"captcha_required": False}
    assert "Set-Cookie" not in answer.headers


def test_an_unknown_merchant_is_not_found(new_browser):
    body = {"tenant": "nowhere", "login": "boss", "password": PASSWORD}
    assert new_browser().post("sessions", body).status_code == 404


@pytest.mark.parametrize("login", ["boss", "stranger"])
def test_wrong_passwords_ask_for_a_captcha_and_then_lock(new_browser, admin, login, monkeypatch):
    browser = new_browser()
    for _ in range(attempts.CAPTCHA_FROM):
        answer = browser.sign_in(login, "wrong horse 7")
    assert answer.json["data"] == {"captcha_required": True}
    assert browser.sign_in(login).json["code"] == "captcha_required"
    assert browser.sign_in(login, captcha={"captcha_id": "x", "answer": "y"}).json["code"] == "captcha_wrong"
    monkeypatch.setattr("store.customers.captchas.verify", lambda **answer: None)
    known = {"captcha_id": "x", "answer": "y"}
    for _ in range(attempts.MAX_FAILURES - attempts.CAPTCHA_FROM):
        assert browser.sign_in(login, "wrong horse 7", captcha=known).json["code"] == "sign_in_failed"
    answer = browser.sign_in(login, captcha=known)
    assert (answer.status_code, answer.json["code"]) == (429, "staff_locked")
    StaffAttempt.update(locked_until=clock.now() - timedelta(seconds=1)).execute()
    assert browser.sign_in(login).json["code"] == "captcha_required"
    assert browser.sign_in(login, captcha=known).status_code == (201 if login == "boss" else 401)
    if login == "boss":
        assert StaffAttempt.select().count() == 0


def test_a_captcha_is_a_picture(new_browser, acme):
    answer = new_browser().post("captchas", {"tenant": "acme"})
    assert answer.status_code == 201
    assert answer.json["data"]["image"].startswith("data:image/png;base64,")


def test_a_link_leads_to_a_password_once(new_browser, add_staff):
    account = add_staff("xiaomei", "service")
    older = new_browser().take_session(account)
    token = sign_in_links.issue(account).path.partition("#")[2]
    browser = new_browser()
    shown = browser.post("sign-in-links/checks", {"token": token}).json["data"]
    assert (shown["tenant"], shown["login"]) == ("acme", "xiaomei")
    weak = browser.post("sign-in-links", {"token": token, "password": "xiaomei123"})
    assert weak.status_code == 422
    assert browser.post("sign-in-links", {"token": token, "password": "another horse 8"}).status_code == 201
    assert browser.get("me").json["data"]["login"] == "xiaomei"
    assert older.get("me").status_code == 401
    again = browser.post("sign-in-links", {"token": token, "password": "third horse 999"})
    assert (again.status_code, again.json["code"]) == (410, "link_invalid")
    assert new_browser().sign_in("xiaomei", "another horse 8").status_code == 201


def test_a_new_link_replaces_the_one_before_and_ends_after_a_day(new_browser, add_staff, monkeypatch):
    account = add_staff("xiaomei", "service")
    first, second = (sign_in_links.issue(account).path.partition("#")[2] for _ in range(2))
    assert (
        new_browser().post("sign-in-links", {"token": first, "password": "another horse 8"}).status_code
        == 410
    )
    later = clock.now() + timedelta(seconds=sign_in_links.LIFETIME_S + 1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert (
        new_browser().post("sign-in-links", {"token": second, "password": "another horse 8"}).status_code
        == 410
    )


def test_a_changed_password_ends_the_other_sessions(new_browser, add_staff):
    account = add_staff("xiaomei", "service")
    here, elsewhere = (new_browser().take_session(account) for _ in range(2))
    assert len(here.get("me/sessions").json["data"]["list"]) == 2
    wrong = here.patch("me/password", {"old": "wrong horse 7", "new": "another horse 8"})
    assert (wrong.status_code, wrong.json["data"]["field"]) == (422, "old")
    same = here.patch("me/password", {"old": PASSWORD, "new": PASSWORD})
    assert same.json["data"]["field"] == "new"
    assert here.patch("me/password", {"old": PASSWORD, "new": "another horse 8"}).status_code == 200
    assert here.get("me").status_code == 200
    assert elsewhere.get("me").status_code == 401


def test_a_session_is_ended_from_another_one(new_browser, add_staff, admin):
    account = add_staff("xiaomei", "service")
    here, elsewhere = (new_browser().take_session(account) for _ in range(2))
    other = next(row for row in here.get("me/sessions").json["data"]["list"] if not row["is_current"])
    for _ in range(2):
        assert here.delete(f"me/sessions/{other['id']}").status_code == 200
    assert elsewhere.get("me").status_code == 401
    stranger = new_browser().take_session(admin)
    mine = here.get("me").json["data"]["session_id"]
    assert stranger.delete(f"me/sessions/{mine}").status_code == 404


@pytest.mark.parametrize("seconds", [sessions.IDLE_S, sessions.LIFETIME_S])
def test_a_session_ends_by_itself(browser, seconds, monkeypatch):
    now = clock.now()
    if seconds == sessions.LIFETIME_S:
        sessions.StaffSession.update(last_seen_at=now + timedelta(seconds=seconds - 60)).execute()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=seconds - 30))
    assert browser.get("me").status_code == 200
    sessions.StaffSession.update(last_seen_at=now + timedelta(seconds=seconds - sessions.IDLE_S)).execute()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=seconds + 1))
    assert browser.get("me").status_code == 401


def test_disabling_an_account_ends_its_sessions(new_browser, add_staff, admin):
    account = add_staff("xiaomei", "service")
    browser = new_browser().take_session(account)
    for _ in range(2):
        account_changes.disable(account)
    assert browser.get("me").status_code == 401
    account_changes.enable(account)
    assert browser.get("me").status_code == 401


def test_the_page_forbids_frames_and_unknown_json_stays_json(web):
    client = web.test_client()
    for path in ("/console", "/console/members/1"):
        answer = client.get(path)
        assert answer.status_code == 200
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "img-src 'self' data: blob: https: http:" in policy
    assert client.get("/console/api/nothing").json["code"] == "not_found"
