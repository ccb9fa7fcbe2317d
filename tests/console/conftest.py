"""Staff in the tests: accounts with roles, and browsers that are signed in to the console."""

import json
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from apiflask import APIFlask
from peewee import fn

from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop
from store.staff import account_changes, accounts, passwords, sessions
from store.staff.accounts import StaffAccount
from store.tenants import channels
from store.tenants.audit import AuditEntry
from store.tenants.channels import Channel
from tests.support.sandbox_server import Sandbox

PASSWORD = "correct horse 7"
# Writes that need no entry, with the reason.
UNLOGGED = {
    "POST /console/api/captchas": "a new picture",
    "DELETE /console/api/message-policies/email-account": "in test_rights there is none to delete",
    "DELETE /console/api/message-templates/<int:template_id>": "in test_rights there is none to delete",
    "POST /console/api/sign-in-links/checks": "reads whose link it is",
    "POST /console/api/tier-rules/previews": "counts who would move",
    "POST /console/api/point-rules/previews": "computes what a sale would earn",
    "POST /console/api/point-rules/sale-previews": "computes what a sale earns",
    "POST /console/api/check-in-settings/previews": "computes the points of a month",
    "POST /console/api/coupon-rules/previews": "stores nothing",
    "POST /console/api/channels/<key>/checks": "a harmless call of the platform",
    "POST /console/api/qr-codes/<int:code_id>/tickets": "fetches the picture of a code that is stored",
    "POST /console/api/orders/<number>/return-previews": "only says what would go back",
    "POST /console/api/payments/<number>/queries": "the platform decides what changes",
    "POST /console/api/refunds/<number>/queries": "the platform decides what changes",
    "POST /console/api/message-templates/previews": "stores nothing",
    "POST /console/api/message-policies/email-account/checks": "signs in at the e-mail server and sends nothing",
    "POST /console/api/merchants/<key>/tests": "a harmless call of the platform",
    "POST /console/api/red-packet-accounts/<key>/tests": "a harmless call of the platform",
    "POST /console/api/red-packets/<public_id>/queries": "the platform decides what changes",
}


class Browser:
    """A browser at the console, with cookies. It sends the CSRF token with each write, as our page does."""

    is_logged: ClassVar[dict[str, bool]] = {}  # of the writes that have succeeded in this file

    def __init__(self, web: APIFlask) -> None:
        self.client = web.test_client()
        self.urls = web.url_map.bind("localhost")
        self.csrf_token: str | None = None

    def sign_in(self, login: str, password: str = PASSWORD, **extra: Any) -> Any:
        answer = self.post("sessions", {"tenant": "acme", "login": login, "password": password, **extra})
        if answer.status_code == 201:
            self.csrf_token = answer.json["data"]["csrf_token"]
        return answer

    def take_session(self, account: StaffAccount) -> "Browser":
        """Sign in without the password, whose hash would take its time."""
        opened = sessions.open_session(account)
        self.client.set_cookie("xiaoer_staff", opened.token, path="/console")
        self.csrf_token = sessions.csrf_token(opened.token)
        return self

    def get(self, path: str, **query: Any) -> Any:
        return self.request("GET", path, query_string=query)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.request("POST", path, json={} if body is None else body, headers=headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.request("PATCH", path, json=body, headers=headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.request("PUT", path, json=body, headers=headers)

    def delete(self, path: str) -> Any:
        return self.request("DELETE", path)

    def request(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any
    ) -> Any:
        given = {"X-CSRF-Token": self.csrf_token} if self.csrf_token else {}
        given |= {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        before = None if method == "GET" else find_last_entry()
        answer = self.client.open(f"/console/api/{path}", method=method, headers=given, **options)
        if method != "GET" and answer.status_code < 300:
            rule, _ = self.urls.match(f"/console/api/{path}", method, return_rule=True)
            route = f"{method} {rule.rule}"
            self.is_logged[route] = self.is_logged.get(route, False) or find_last_entry() != before
        return answer


def find_last_entry() -> int | None:
    """Return the id of the last entry of the operation log."""
    return AuditEntry.select(fn.MAX(AuditEntry.id)).scalar()


@pytest.fixture(autouse=True, scope="module")
def _writes_are_logged() -> Iterator[None]:
    """Each write that succeeds in a test file has stood in the operation log once, unless it is in `UNLOGGED`."""
    Browser.is_logged.clear()
    yield
    unlogged = {route for route, logged in Browser.is_logged.items() if not logged and "preview" not in route}
    assert unlogged <= UNLOGGED.keys()


@pytest.fixture(autouse=True)
def _cheap_hashes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            passwords, "_HASHER", passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        )
        yield


@pytest.fixture
def shop(web: APIFlask) -> Shop:
    return shops.create_shop(code="S1", name="西站店", location=Coordinates(121.47, 31.23))


@pytest.fixture
def official_account(web: APIFlask, sandbox: Sandbox) -> Channel:
    """The official account of the tenant, known to the platform."""
    channel = channels.get_by_key("acme-mp")
    known = {name: getattr(channel, name) for name in ("kind", "name", "appid", "secret", "open_group")}
    sandbox.accounts_file.write_text(json.dumps([known | {"token": channel.token, "mode": "plain"}]))
    return channel


@pytest.fixture
def add_staff(web: APIFlask) -> Callable[..., StaffAccount]:
    """Add an account with a role and the password of the tests."""

    def add(login: str, *role_keys: str, shops: tuple[Shop, ...] = ()) -> StaffAccount:
        account = account_changes.add(login=login, role_keys=role_keys or ("admin",), shops=shops)
        return accounts.set_password(account, password=PASSWORD)

    return add


@pytest.fixture
def admin(add_staff: Callable[..., StaffAccount]) -> StaffAccount:
    return add_staff("boss")


@pytest.fixture
def new_browser(web: APIFlask) -> Callable[[], Browser]:
    return lambda: Browser(web)


@pytest.fixture
def browser(new_browser: Callable[[], Browser], admin: StaffAccount) -> Browser:
    """The browser of an admin who is signed in."""
    return new_browser().take_session(admin)
