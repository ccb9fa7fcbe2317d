"""Every route below `/console/api` declares a right, and each ready-made role reaches exactly what it may.

The tests walk the URL map: a new page is tried without a change here.
"""

import pytest

from console import auth
from console.auth import OWN_CHECK
from store.staff import rights, roles
from tests.console.routes import UNDECLARED, Route, list_routes

OWN_ACCOUNT = ("/console/api/me", "/console/api/sessions/current")
SIGN_IN = ("/console/api/sessions", "/console/api/captchas", "/console/api/sign-in-links")
CHECKED_BY_THE_VIEW = (
    "/console/api/exports",
    "/console/api/pictures",
    "/console/api/options/official-accounts",
)
# Writes that a right to read allows, because they change nothing or only what is the caller's own.
READING_WRITES: frozenset[str] = frozenset()
BUILTIN = ("admin", "marketing", "service", "shop_manager", "cashier", "analyst", "user")


def declared(web) -> list[Route]:
    """The routes that declare a right of the menu."""
    return [route for route in list_routes(web) if route.right in rights.RIGHTS]


def test_every_route_declares_a_right(web):
    for route in list_routes(web):
        assert route.right is not UNDECLARED, f"{route}: put @staff_required(…) below the route"
        if route.right is None:
            assert route.rule.startswith(OWN_ACCOUNT), f"{route} is not about the own account"
        elif route.right == "":
            assert route.rule.startswith(SIGN_IN), f"{route} is no part of the sign-in"
        elif route.right == OWN_CHECK:
            assert route.rule.startswith(CHECKED_BY_THE_VIEW), f"{route} shall declare its right"
        else:
            assert route.right in rights.RIGHTS, f"{route}: {route.right} is no right of the menu"


def test_a_write_needs_more_than_the_right_to_read(web):
    writes = [route for route in declared(web) if route.is_write and str(route) not in READING_WRITES]
    assert [str(route) for route in writes if route.right.endswith(".read")] == []


@pytest.mark.parametrize("role", BUILTIN)
def test_a_ready_made_role_reaches_what_it_may(web, new_browser, add_staff, monkeypatch, role):
    """403 where the right is missing; elsewhere another answer, or the further right that the view asks for.

    The caller is read once, so that hundreds of requests take a second. What a write answers with the right is tried
    with one role.
    """
    browser = new_browser().take_session(add_staff("tester", role))
    held = rights.expand(roles.get_by_key(role).rights)
    caller = auth._authenticate(browser.client.get_cookie(auth.COOKIE, path=auth.COOKIE_PATH).value)
    assert caller.rights == held
    monkeypatch.setattr(auth, "_authenticate", lambda token: caller)
    for route in declared(web):
        if route.right in held and route.is_write and role != "admin":
            continue
        answer = browser.request(route.method, route.fill(), json=route.body)
        said = f"{role}: {route} → {answer.status_code} {answer.text[:200]}"
        assert answer.status_code < 500, said
        assert answer.status_code not in (401, 405), said
        if route.right not in held:
            assert (answer.status_code, answer.json["code"]) == (403, "forbidden"), said
        elif answer.status_code == 403 and answer.json["code"] == "forbidden":
            assert answer.json["data"]["right"] not in held, said


def test_nothing_is_reached_without_a_session_or_its_token(web, new_browser, admin, monkeypatch):
    visitor, browser = new_browser(), new_browser().take_session(admin)
    browser.csrf_token = None
    caller = auth._authenticate(browser.client.get_cookie(auth.COOKIE, path=auth.COOKIE_PATH).value)
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
