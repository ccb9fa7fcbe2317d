"""No clear phone number anywhere: planted through every route and every mishap, then searched for in all files."""

import base64
import itertools
import json
import shutil
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.end_to_end.raw_records import Records
from tests.end_to_end.running_app import RunningApp
from tests.end_to_end.shoppers import InteractionLog
from tests.support import plaintext_search
from tests.support.app_process import wait_for

BUILT_IN = {"terms": 1, "privacy": 1}
_last_digits = itertools.count(4_700_137, 7_919)


def new_number() -> str:
    """A number that is nowhere yet."""
    return f"139{next(_last_digits):08}"


class Phone:
    """A person with a number of their own, signed in at the demo tenant's mini-program."""

    def __init__(self, running_app: RunningApp, number: str) -> None:
        self.running_app, self.number = running_app, number
        self.id = self._sandbox("/sandbox/people", {"name": "路人", "phone": number})["id"]
        code = self._issue_code("login-codes")
        status, answer = self.request("/api/sessions", {"account": "demo-mini", "code": code})
        assert status == 201, answer
        self.token = answer["data"]["token"]

    def request(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        headers = {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        if hasattr(self, "token"):
            headers["Authorization"] = f"Bearer {self.token}"
        url = f"http://127.0.0.1:{self.running_app.web_port}{path}"
        request = urllib.request.Request(url, data=json.dumps(body).encode(), headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as rejection:
            with rejection:
                return rejection.code, json.load(rejection)

    def ask_for_code(self, typed: str | None = None) -> tuple[int, dict[str, Any]]:
        return self.request("/api/sms-codes", {"phone": typed or self.number, "purpose": "register"})

    def register(self, code: str, typed: str | None = None) -> tuple[int, dict[str, Any]]:
        return self.request(
            "/api/me/registration", {"phone": typed or self.number, "code": code, "accepted": BUILT_IN}
        )

    def press_button(self) -> tuple[int, dict[str, Any]]:
        return self.request("/api/me/phone", {"code": self._issue_code("phone-codes"), "accepted": BUILT_IN})

    def code_received(self) -> str:
        return self._sandbox(f"/sandbox/people/{self.id}/sms")["messages"][0]["params"]["code"]

    def _issue_code(self, kind: str) -> str:
        appid = next(
            row["appid"]
            for row in self._sandbox("/sandbox/accounts")["accounts"]
            if row["kind"] == "wechat_miniprogram"
            and (row["open_group"] == self.running_app.account()["open_group"])
        )
        return self._sandbox(f"/sandbox/people/{self.id}/{kind}", {"appid": appid})["code"]

    def _sandbox(self, path: str, body: Any = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{self.running_app.sandbox_url}{path}", data=data, timeout=10) as answer:
            return json.load(answer)


@pytest.fixture
def data_folders(running_app: RunningApp, server_url: str | None) -> list[Path]:
    """The folders that hold everything that the application keeps: its own, and what PostgreSQL keeps of it."""
    if server_url is None:
        return [running_app.var]
    with psycopg.connect(running_app.environ["DATABASE_URL"]) as connection:
        folder = Path(connection.execute("SHOW data_directory").fetchone()[0])
        (oid,) = connection.execute(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    return [running_app.var, folder / "base" / str(oid), folder / "pg_wal"]


def search(running_app: RunningApp, number: str, folders: list[Path]) -> list[str]:
    """Everywhere, with all that is in memory written down first."""
    wait_for(Records(running_app).is_drained, "the deliveries")
    with running_app.redis() as client:
        client.config_set("rdbcompression", "no")
        client.save()
    if running_app.environ.get("DATABASE_URL"):
        Records(running_app).execute("CHECKPOINT")
    assert {"dump.rdb", "appendonly.aof"} <= {
        path.name for path in plaintext_search.list_files(running_app.var)
    }
    return plaintext_search.find_occurrences(number, *folders)


def test_sms_registration_leaves_no_number(running_app: RunningApp, data_folders: list[Path]):
    phone = Phone(running_app, new_number())
    spaced = f"+86 {phone.number[:3]}-{phone.number[3:7]} {phone.number[7:]}"
    assert phone.ask_for_code(spaced)[0] == 201
    assert phone.register("000000")[0] == 422
    assert phone.register(phone.code_received(), spaced)[0] == 200
    assert search(running_app, phone.number, data_folders) == []


def test_phone_button_leaves_no_number(running_app: RunningApp, data_folders: list[Path]):
    phone = Phone(running_app, new_number())
    assert phone.press_button()[0] == 200
    assert search(running_app, phone.number, data_folders) == []


def test_clerk_at_the_desk_leaves_no_number(running_app: RunningApp, data_folders: list[Path]):
    number = new_number()
    shell = ("flask", "--app", "app", "members")
    running_app.run(*shell, "register", f"{number[:3]} {number[3:7]} {number[7:]}", "--tenant", "demo")
    shown = running_app.run(*shell, "show", number, "--unmask", "--tenant", "demo")
    assert number in shown.stdout
    assert search(running_app, number, data_folders) == []


def test_words_in_a_chat_leave_no_number(running_app: RunningApp, data_folders: list[Path]):
    interactions, number = InteractionLog(running_app), new_number()
    (shopper,) = interactions.arrive(1)
    interactions.act(shopper, "follow")
    for words in (f"我的电话是{number}", f"+86 {number[:3]} {number[3:7]} {number[7:]}", f"签到 {number}"):
        assert interactions.act(shopper, "text", content=words).is_answered
    interactions.act(shopper, "click", key=number)
    interactions.act(shopper, "view", url=f"http://127.0.0.1:{running_app.web_port}/m/me?phone={number}")
    assert search(running_app, number, data_folders) == []


def test_location_in_a_chat_leaves_no_place(running_app: RunningApp, data_folders: list[Path]):
    interactions = InteractionLog(running_app)
    (shopper,) = interactions.arrive(1)
    interactions.act(shopper, "follow")
    assert interactions.act(shopper, "location", lng=121.412345, lat=31.212345).is_answered
    assert search(running_app, "121.4123", data_folders) == []
    assert search(running_app, "31.2123", data_folders) == []


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("http_500", marks=pytest.mark.deep),
        "garbage",
        pytest.param("timeout", marks=pytest.mark.deep),
    ],
)
def test_provider_in_trouble_leaves_no_number(running_app: RunningApp, data_folders: list[Path], kind: str):
    phone, interactions = Phone(running_app, new_number()), InteractionLog(running_app)
    for path in ("/sms/messages", "/wxa/business/getuserphonenumber"):
        interactions.inject_fault(path, kind, delay_s=12)
    phone.ask_for_code()
    phone.press_button()
    interactions.clear_faults()
    assert search(running_app, phone.number, data_folders) == []


@pytest.mark.parametrize("table", ["sms_code", "identity"])
def test_bug_with_a_number_in_hand_leaves_no_number(
    running_app: RunningApp, data_folders: list[Path], table: str
):
    phone, records = Phone(running_app, new_number()), Records(running_app)
    records.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
    try:
        answers = [phone.ask_for_code(), phone.register("123456"), phone.press_button()]
        answers.append(phone.ask_for_code(f" {phone.number[:3]} {phone.number[3:7]} {phone.number[7:]}"))
    finally:
        records.execute(f"ALTER TABLE elsewhere RENAME TO {table}")
    assert 500 in [status for status, _ in answers]
    assert search(running_app, phone.number, data_folders) == []


def test_number_that_is_none_leaves_no_trace(running_app: RunningApp, data_folders: list[Path]):
    phone = Phone(running_app, new_number())
    for typed in (f"{phone.number}9", f"{phone.number}\n", f"0086{phone.number}x", phone.number + "\0"):
        phone.ask_for_code(typed)
        phone.register("123456", typed)
    phone.request("/api/me/registration", {"phone": [phone.number], "code": {phone.number: 1}})
    phone.request(f"/api/stores/{phone.number}", {"phone": phone.number})
    phone.request(f"/api/nowhere?phone=%20{phone.number}", {})
    assert search(running_app, phone.number, data_folders) == []


@pytest.mark.parametrize(
    "wrap",
    [
        "{n}",
        "x{b}",
        *(pytest.param(wrap, marks=pytest.mark.deep) for wrap in ("+86{n}", "yy{b}", "{s}", "%2B86{n}")),
    ],
)
def test_search_finds_what_is_there(running_app: RunningApp, data_folders: list[Path], wrap: str):
    """The control: a number that is in a file, in Redis or in a record is found."""
    numbers = [new_number() for _ in range(3)]
    texts = [
        wrap.format(n=n, b=base64.b64encode(f"1{n}".encode()).decode(), s=f"{n[:3]} {n[3:7]} {n[7:]}")
        for n in numbers
    ]
    scratch = running_app.var / "scratch"
    scratch.mkdir()
    (scratch / "note.txt").write_text(texts[0])
    with running_app.redis() as client:
        client.set("note", texts[1])
    records, first = Records(running_app), "WHERE id = (SELECT min(id) FROM customer)"
    records.execute(f"UPDATE customer SET city = '{texts[2]}' {first}")
    try:
        for number, part in zip(numbers, ("note.txt", "appendonly.aof", ""), strict=True):
            assert any(part in place for place in search(running_app, number, data_folders)), number
    finally:
        records.execute(f"UPDATE customer SET city = NULL {first}")
        shutil.rmtree(scratch)
