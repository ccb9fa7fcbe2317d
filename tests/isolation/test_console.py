"""What an account of the console does not list it cannot reach by its name either: of another shop, of another tenant.

The tests walk the URL map of `/console/api`: what one browser lists and the other does not is asked for by the other.
"""

import functools
import re
from collections.abc import Iterator
from typing import Any

import pytest

from console import auth
from store.shops import shops
from store.staff import account_changes
from store.tenants import registry
from tests.console.conftest import Browser
from tests.console.routes import list_routes
from tests.isolation.other_tenant import rows_of_other_tenant

NAMES = (
    "id",
    "number",
    "code",
    "key",
    "card_number",
    "name",
)  # of a row, as the paths of its routes take them
MAX_ROWS = 1  # that are tried of a list
REFUSED = (403, 404, 422)


def sign_in(web, tenant: str, login: str, *shop_codes: str) -> Browser:
    with registry.use_tenant(tenant):
        chosen = [shops.get_by_code(code) for code in shop_codes]
        return Browser(web).take_session(account_changes.add(login=login, role_keys=["admin"], shops=chosen))


def read_lists(web, browser: Browser) -> dict[str, list[dict[str, Any]]]:
    """The rows of all lists, by the rule of the list."""
    found = {}
    for route in list_routes(web):
        if route.method == "GET" and not route.parameters and route.right is not None:
            answer = browser.get(route.path, page_size="30")
            if answer.status_code == 422:  # a list without pages
                answer = browser.get(route.path)
            data = answer.json["data"] if answer.status_code == 200 and answer.is_json else None
            rows = data.get("list") if isinstance(data, dict) else None
            found[route.rule] = [row for row in rows or () if isinstance(row, dict)]
    return found


def list_hidden(web, browser: Browser, other: Browser) -> Iterator[tuple[str, str]]:
    """Yield the rule of a list and a key of what `browser` lists and `other` does not.

    The key is what opens a row for `browser`; of rows that have no page it is the first that the list shows.
    """
    seen = read_lists(web, other)
    details = {route.rule: route for route in list_routes(web) if route.method == "GET"}
    for rule, rows in read_lists(web, browser).items():
        detail = next((details[one] for one in details if re.fullmatch(rf"{rule}/<[^/]+>", one)), None)
        for name in NAMES:
            known = {str(row.get(name)) for row in seen.get(rule, ())}
            keys = [str(row[name]) for row in rows if row.get(name) is not None]
            hidden = [key for key in keys if key not in known][:MAX_ROWS]
            if detail is not None:
                hidden = [key for key in hidden if browser.get(detail.fill(key)).status_code == 200]
            if hidden:
                yield from ((rule, key) for key in hidden)
                break


def try_all(web, other: Browser, hidden: list[tuple[str, str]]) -> int:
    """Ask for each hidden row by every route below its list. A body that is refused first tells nothing of the row."""
    tried, given = 0, []
    for rule, key in hidden:
        for route in list_routes(web):
            if not route.rule.startswith(f"{rule}/<"):
                continue
            options = {"query_string": route.query} if route.query else {}
            answer = other.request(route.method, route.fill(key), json=route.body, **options)
            tried += 1
            if answer.status_code not in (REFUSED if route.is_write or route.query else (404,)):
                given.append(f"{route} {key} → {answer.status_code} {answer.text[:200]}")
    assert given == []
    return tried


def test_an_account_of_a_shop_reaches_nothing_of_another(web, rival):
    everywhere, bound = sign_in(web, "rival", "boss"), sign_in(web, "rival", "leader", "R0")
    hidden = list(list_hidden(web, everywhere, bound))
    assert {rule for rule, _ in hidden} >= {"/console/api/staff"}, "nothing of other shops was found"
    before = rows_of_other_tenant()
    assert try_all(web, bound, hidden) > 3
    assert changed_tables(before) <= {"staff_session"}


def test_an_account_of_a_tenant_reaches_nothing_of_the_other(web, rival):
    theirs, ours = sign_in(web, "rival", "boss"), sign_in(web, "acme", "chief")
    hidden = list(list_hidden(web, theirs, ours))
    before = rows_of_other_tenant()
    assert try_all(web, ours, hidden) > 3
    assert changed_tables(before) == set()


def changed_tables(before: dict[str, list[tuple]]) -> set[str]:
    return {table for table, rows in rows_of_other_tenant().items() if rows != before[table]}


@pytest.fixture(autouse=True)
def _callers_are_read_once(acme, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of requests of two callers then take a second."""
    monkeypatch.setattr(auth, "_authenticate", functools.cache(auth._authenticate))
