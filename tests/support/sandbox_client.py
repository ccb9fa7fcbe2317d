"""The small state of the tests here: a shop with a webhook, a stranger, a mini-program, a clock to turn."""

import json
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import fromstring

from flask.testing import FlaskClient

from sandbox import app as sandbox_app
from sandbox.clock import Clock
from sandbox.config import Config
from sandbox.state import SandboxState

SHOP = {
    "kind": "wechat_official",
    "name": "小二便利",
    "appid": "wx00000000000000a1",
    "secret": "shop-secret",
    "token": "shoptoken",
    "encoding_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "mode": "plain",
    "callback": None,
    "open_group": "g1",
}
OTHER_SHOP = {
    **SHOP,
    "name": "隔壁超市",
    "appid": "wx00000000000000b2",
    "secret": "other-secret",
    "open_group": "g2",
}
PROGRAM = {
    "kind": "wechat_miniprogram",
    "name": "小二商城",
    "appid": "wx00000000000000c3",
    "secret": "program-secret",
    "open_group": "g1",
}
PERSON = "xiaomei"


class AdjustableClock(Clock):
    """Is still until a test moves it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_at = 1_800_000_000.0

    def now(self) -> float:
        return self.is_at + self.offset_s

    def wall_time(self) -> int:
        return int(self.is_at)


@dataclass
class Webhook:
    """The shop's server: remembers what came and answers what the test says."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], tuple[int, str]] = lambda request: (200, "success")

    def set_answer(self, body: str, status: int = 200) -> None:
        self.answer = lambda request: (status, body)


@dataclass
class Sandbox:
    """The stand-in as a test meets it."""

    client: FlaskClient
    clock: AdjustableClock
    state: SandboxState
    folder: Any

    def token(self, account: dict = SHOP) -> str:
        asked = {"grant_type": "client_credential", "appid": account["appid"], "secret": account["secret"]}
        return self.client.post("/cgi-bin/stable_token", json=asked).json["access_token"]

    def get(self, path: str, **query: Any) -> dict:
        return self.client.get(path, query_string=query).json

    def post(self, path: str, body: Any, account: dict = SHOP) -> dict:
        """A platform call in an account's name."""
        return self.client.post(path, query_string={"access_token": self.token(account)}, json=body).json

    def do_action(self, do: str, person: str = PERSON, appid: str = SHOP["appid"], **parameters: Any) -> dict:
        return self.client.post(
            f"/sandbox/people/{person}/chats/{appid}/actions", json={"action": do, **parameters}
        ).json

    def chat(self, person: str = PERSON, appid: str = SHOP["appid"]) -> dict:
        return self.client.get(f"/sandbox/people/{person}/chats/{appid}").json

    def list_messages(self, side: str = "in") -> list[dict]:
        return [line for line in self.chat()["messages"] if line["side"] == side]

    def openid(self, person: str = PERSON, appid: str = SHOP["appid"]) -> str:
        return self.chat(person, appid)["openid"]


def write_accounts(folder: Any, *accounts: dict) -> None:
    (folder / "accounts.json").write_text(json.dumps(accounts), encoding="utf-8")


def start(folder: Any) -> Sandbox:
    """Start a sandbox with a state of its own. It shares the routes of the application that the import makes."""
    clock = AdjustableClock()
    state = SandboxState(Config(accounts_file=folder / "accounts.json", sms_key="test-key"), clock=clock)
    app = copy(sandbox_app.app)
    app.extensions = {"state": state}
    app.config = copy(app.config)
    app.testing = True
    return Sandbox(app.test_client(), clock, state, folder)


def reply_xml(request: dict[str, Any], inner: str, *, to: str | None = None, frm: str | None = None) -> str:
    """A reply to a plain push, its letter head taken from the push."""
    push = fromstring(request["body"])
    to = to or push.findtext("FromUserName")
    frm = frm or push.findtext("ToUserName")
    return (
        f"<xml><ToUserName>{to}</ToUserName><FromUserName>{frm}</FromUserName>"
        f"<CreateTime>1800000000</CreateTime>{inner}</xml>"
    )
