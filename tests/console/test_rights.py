"""Every route below `/console/api` declares a right, and each ready-made role reaches exactly what it may.

The tests walk the URL map: a new page is tried without a change here.
"""

import pytest

from console import auth
from console.auth import OWN_CHECK, StaffCaller
from store.staff import rights, roles
from tests.console.conftest import Browser
from tests.console.routes import UNDECLARED, Route, list_routes

OWN_ACCOUNT = ("/console/api/me", "/console/api/sessions/current")
SIGN_IN = ("/console/api/sessions", "/console/api/captchas", "/console/api/sign-in-links")
OWN_ROWS = (
    "/console/api/exports", "/console/api/approvals", "/console/api/loyalty-options", "/console/api/pictures",
    "/console/api/options/official-accounts",
)  # fmt: skip
# Writes that a right to read allows, because they change nothing or only what is the caller's own.
READING_WRITES = ("/previews", "/sale-previews", "/checks", "/withdrawal")
BUILTIN = ("admin", "marketing", "service", "shop_manager", "approver", "cashier", "analyst", "user")


def declared(web) -> list[Route]:
    """The routes that declare a right of the menu."""
    return [route for route in list_routes(web) if route.right in rights.RIGHTS]


def read_caller(browser: Browser) -> StaffCaller:
    return auth._authenticate(browser.client.get_cookie(auth.COOKIE, path=auth.COOKIE_PATH).value)


def keep_caller(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> StaffCaller:
    """Read the caller of a browser once, so that hundreds of its requests take a second."""
    caller = read_caller(browser)
    monkeypatch.setattr(auth, "_authenticate", lambda token: caller)
    return caller


def test_every_route_declares_a_right(web):
    for route in list_routes(web):
        assert route.right is not UNDECLARED, f"{route}: put @staff_required(…) below the route"
        if route.right is None:
            assert route.rule.startswith(OWN_ACCOUNT), f"{route} is not about the own account"
        elif route.right == "":
            assert route.rule.startswith(SIGN_IN), f"{route} is no part of the sign-in"
        elif route.right != OWN_CHECK:
            assert route.right in rights.RIGHTS, f"{route}: {route.right} is no right of the menu"


def test_a_write_needs_more_than_the_right_to_read(web):
    writes = [route for route in declared(web) if route.is_write and not route.rule.endswith(READING_WRITES)]
    assert [str(route) for route in writes if route.right.endswith(".read")] == []


def test_an_account_without_rights_reaches_no_route(web, browser, new_browser, add_staff, monkeypatch):
    """It sees its own exports, of which there are none."""
    browser.post("roles", {"key": "nothing", "name": "无", "rights": []})
    powerless = new_browser().take_session(add_staff("tester", "nothing"))
    keep_caller(powerless, monkeypatch)
    for route in list_routes(web):
        if route.right:
            is_own = route.right == OWN_CHECK and route.rule.startswith(OWN_ROWS)
            answer = powerless.request(route.method, route.fill(), json=route.body)
            assert answer.status_code in ((200, 403, 404) if is_own else (403,)), (
                f"{route} → {answer.text[:200]}"
            )
    job = powerless.post("exports", {"kind": "members"})
    assert (job.status_code, job.json["code"]) == (403, "forbidden")


@pytest.mark.parametrize("role", BUILTIN)
def test_a_ready_made_role_reaches_what_it_may(web, new_browser, add_staff, monkeypatch, role):
    """403 where the right is missing; elsewhere another answer, or the further right that the view asks for.

    All routes are tried with all rights, and one route of each right with the other roles.
    """
    browser = new_browser().take_session(add_staff("tester", role))
    held = rights.expand(roles.get_by_key(role).rights)
    assert keep_caller(browser, monkeypatch).rights == held
    routes = declared(web)
    for route in routes if role == "admin" else {route.right: route for route in reversed(routes)}.values():
        if route.right in held and route.is_write and role != "admin":
            continue
        answer = browser.request(route.method, route.fill(), json=route.body)
        said = f"{role}: {route} → {answer.status_code} {answer.data[:200].decode(errors='replace')}"
        assert answer.status_code < 500, said
        assert answer.status_code not in (401, 405), said
        if route.right not in held:
            assert (answer.status_code, answer.json["code"]) == (403, "forbidden"), said
        elif answer.status_code == 403 and answer.json["code"] == "forbidden":
            assert answer.json["data"].get("right") not in held, said


def test_nothing_is_reached_without_a_session_or_its_token(web, new_browser, admin, monkeypatch):
    visitor, browser = new_browser(), new_browser().take_session(admin)
    browser.csrf_token = None
    caller = read_caller(browser)
    for route in list_routes(web):
        if route.right == "":
            continue
        answer = visitor.request(route.method, route.fill(), json=route.body)
        assert (answer.status_code, answer.json["code"]) == (401, "unauthorized"), route
        if route.is_write:
            with monkeypatch.context() as patch:
                patch.setattr(auth, "_authenticate", lambda token: caller)
                answer = browser.request(route.method, route.fill(), json=route.body)
            assert (answer.status_code, answer.json["code"]) == (403, "csrf_failed"), route
