"""The three ways into the running application: the chat of the sandbox's phone, the JSON routes, and Chromium."""

import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.parts.seed import KEY, LOGIN, PASSWORD, PIN, PROGRAM, PROGRAM_APPID, TENANT
from tests.browser.running_app import RunningApp
from tests.browser.seed_life_account import KEY as LIFE_ACCOUNT
from tests.browser.test_life_account import ALIPAY_BROWSER
from tests.browser.test_membership import address
from tests.browser.test_pages import oauth_url
from tests.browser.test_payments import BRIDGE, WECHAT, Wallet

WITHIN_S = 30  # what the worker does comes a moment later, and the suite shares the processors
PAUSE_S = 0.2
TIMEOUT_S = 30
T = TypeVar("T")


def wait_for(read: Callable[[], T], wanted: Callable[[T], bool]) -> T:
    """Read again until the value is the wanted one, and return it."""
    until = time.monotonic() + WITHIN_S
    while not wanted(found := read()):
        assert time.monotonic() < until, found
        time.sleep(PAUSE_S)
    return found


class Api:
    """Calls JSON routes under one address, and returns their `data`."""

    def __init__(self, url: str, **headers: str) -> None:
        self._url, self._http = url, requests.Session()
        self._http.trust_env = False
        self._http.headers.update(headers)

    def get(self, path: str, **query: str) -> Any:
        return self._send("GET", path, params=query)

    def post(self, path: str, body: object = None) -> Any:
        return self._send("POST", path, json=body)

    def put(self, path: str, body: object) -> Any:
        return self._send("PUT", path, json=body)

    def send_header(self, name: str, value: str) -> None:
        """Send a header with every further call."""
        self._http.headers[name] = value

    def _send(self, method: str, path: str, **more: Any) -> Any:
        answer = self._http.request(method, f"{self._url}{path}", timeout=TIMEOUT_S, **more)
        assert answer.ok, (path, answer.status_code, answer.text)
        found = answer.json()
        return found.get("data", found)


class Chat:
    """A person's phone with an official account or a life account open."""

    def __init__(self, app: RunningApp, person: str, appid: str) -> None:
        self._sandbox, self._path = Api(app.sandbox), f"/sandbox/people/{person}/chats/{appid}"

    def act(self, action: str, **more: object) -> str:
        """Do something, and return the reply, also one that comes later because the machine is busy."""
        before = len(self.list_received())
        self._send(action, **more)
        return wait_for(self.list_received, lambda rows: len(rows) > before)[before]

    def unfollow(self) -> None:
        """Stop following, which has no reply."""
        self._send("unfollow")

    def say(self, text: str) -> str:
        """Send a text, and return the reply."""
        return self.act("text", content=text)

    def wait_for(self, text: str) -> str:
        """Return the message with this text, as soon as it has arrived."""
        received = wait_for(self.list_received, lambda rows: any(text in row for row in rows))
        return next(row for row in received if text in row)

    def _send(self, action: str, **more: object) -> None:
        push = self._sandbox.post(f"{self._path}/actions", {"action": action, **more})["push"]
        assert push["outcome"] in ("replied", "silent"), push

    def list_received(self) -> list[str]:
        """Return what came into the chat, the latest last."""
        lines = self._sandbox.get(self._path)["messages"]
        return [_to_text(line["content"]) for line in lines if line["side"] == "in"]


def link_in(reply: str) -> str:
    """Return the address that a card in the chat opens, which is its last text."""
    return re.search(r"https?://\S+$", reply).group()


def _to_text(content: Any) -> str:
    """Return all texts of a message, each on a line."""
    if isinstance(content, str):
        return content
    return "\n".join(_to_text(part) for part in (content.values() if isinstance(content, dict) else content))


class Customer:
    """A new person of the sandbox: phone, wallet, and the browsers inside WeChat and Alipay."""

    def __init__(self, app: RunningApp, facts: dict[str, str], open_page: OpenPage) -> None:
        self.app, self.sandbox = app, Api(app.sandbox)
        made = self.sandbox.post("/sandbox/people", {"name": "周小姐"})
        self.id, self.number = made["id"], made["phone"]
        self.chat = Chat(app, self.id, app.facts["appid"])
        self.alipay_chat = Chat(app, self.id, facts["life_account"])
        self._open_page = open_page

    def open(self, url: str) -> Page:
        """Open a page as WeChat does, signed in, with a wallet that pays what the page asks for."""
        page = self._open_page("about:blank", **WECHAT)
        page.expose_function("confirmPayment", Wallet(self.app, self.id).confirm)
        page.add_init_script(BRIDGE)
        page.goto(oauth_url(self.app, self.id, url))
        return page

    def open_page(self, name: str) -> Page:
        """Open a page by its name, such as `me`."""
        return self.open(address(self.app, name))

    def open_in_alipay(self, name: str) -> Page:
        """Open a page of the life account as Alipay does, signed in."""
        page = self._open_page("about:blank", user_agent=ALIPAY_BROWSER)
        page.goto(oauth_url(self.app, self.id, f"{self.app.web}/m/{name}?a={LIFE_ACCOUNT}"))
        return page

    def use_pages_api(self, page: Page) -> Api:
        """Return the JSON routes with the session that the browser of a page has."""
        expect(page.locator("body[data-signed-in=yes]")).to_be_attached()
        (token,) = (
            row["value"] for row in page.context.cookies(self.app.web) if row["name"] == "xiaoer_session"
        )
        return Api(self.app.web, Cookie=f"xiaoer_session={token}", Origin=self.app.web)

    def use_program_api(self) -> Api:
        """Return the JSON routes with a new session of the mini-program."""
        code = self.sandbox.post(f"/sandbox/people/{self.id}/login-codes", {"appid": PROGRAM_APPID})["code"]
        opened = Api(self.app.web).post("/api/sessions", {"account": PROGRAM, "code": code})
        return Api(self.app.web, Authorization=f"Bearer {opened['token']}")

    def join(self, api: Api) -> None:
        """Become a member by phone and SMS code."""
        self.accept_agreements(api)
        api.post("/api/sms-codes", {"phone": self.number, "purpose": "register"})
        code = self.sandbox.get(f"/sandbox/people/{self.id}/sms")["messages"][0]["params"]["code"]
        api.post("/api/me/registration", {"phone": self.number, "code": code})

    def press_phone_button(self, api: Api) -> None:
        """Become a member by the phone button of the mini-program."""
        self.accept_agreements(api, account=PROGRAM)
        code = self.sandbox.post(f"/sandbox/people/{self.id}/phone-codes", {"appid": PROGRAM_APPID})["code"]
        api.post("/api/me/phone", {"code": code})

    def accept_agreements(self, api: Api, *, account: str = KEY) -> None:
        """Accept the current versions."""
        found = Api(self.app.web).get("/api/agreements", account=account)["list"]
        api.post("/api/me/consents", {each["kind"]: each["version"] for each in found})

    def list_buttons(self) -> Any:
        """Return the menu that the phone shows under the chat, which the worker publishes, or None before."""
        return self.sandbox.get(f"/sandbox/accounts/{self.app.facts['appid']}/menu")["button"]

    def show_pay_code(self) -> str:
        """Return the digits of the pay code of WeChat."""
        made = self.sandbox.post(f"/sandbox/people/{self.id}/pay-codes", {"platform": "wechat_pay"})
        return str(made["code"])


class Till(Api):
    """A cashier who is signed in and has an open shift."""

    def __init__(self, app: RunningApp, facts: dict[str, str]) -> None:
        super().__init__(f"{app.web}/till")
        names = ("terminal", "secret", "cashier")
        opened = self.post("/sessions", {**{name: facts[name] for name in names}, "pin": PIN})
        self.send_header("Authorization", f"Bearer {opened['token']}")
        self.post("/shifts", {"opening_fen": 20_000})

    def charge(self, amount_fen: int, pay_code: str) -> None:
        """Sell by the pay code of a customer's wallet."""
        number = self.post("/sales", {"amount_fen": amount_fen})["number"]
        assert self.post(f"/sales/{number}/charges", {"auth_code": pay_code})["state"] == "paid"

    def take_cash(self, amount_fen: int, *, member: str) -> None:
        """Sell to a member who pays in cash."""
        number = self.post("/sales", {"amount_fen": amount_fen, "member": member})["number"]
        self.post(f"/sales/{number}/cash", {"received_fen": amount_fen})


class Staff(Api):
    """An administrator who is signed in at the console's JSON routes."""

    def __init__(self, app: RunningApp) -> None:
        super().__init__(f"{app.web}/console/api")
        sign_in = {"tenant": TENANT, "login": LOGIN, "password": PASSWORD}
        self.send_header("X-CSRF-Token", self.post("/sessions", sign_in)["csrf_token"])
