"""Every call ends in time, stays small, goes where it should and tells no secrets."""

import gzip
import inspect
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import requests

from platforms.errors import CircuitOpenError, OutcomeUnknownError
from platforms.http import MAX_RESPONSE_BYTES, PlatformSession
from platforms.sms.factory import create_sender
from platforms.sms.sandbox import SandboxSms
from platforms.wechat.access_token import AccessTokens, InMemoryTokenStore
from platforms.wechat.mini_program import MiniProgram
from platforms.wechat.official_account import OfficialAccount
from platforms.wechat.reply import Article
from platforms.wechat.shipping import ShippingInfo
from tests.platforms.conftest import PreparedResponse, run_raw_server
from tests.platforms.wechat.token_samples import APPID, SECRET, make_access_tokens

LOCAL = {"oauth_url"}  # makes an address, sends no request


SHIPMENT = ShippingInfo(
    "1900000001", "P1", "o1", "西湖龙井", is_pickup=True, at=datetime(2026, 11, 28, tzinfo=UTC)
)


def outbound_calls(base_url: str, http: PlatformSession, clock) -> dict[str, object]:
    """Every way out of platforms/, by name. Tokens are at hand, so that the calls themselves are reached."""
    book = InMemoryTokenStore(clock)
    book.write("70KEN", clock().replace(year=2030))
    official = OfficialAccount(APPID, make_access_tokens(http, clock, book), http)
    mini = MiniProgram(APPID, SECRET, make_access_tokens(http, clock, book), http)
    alibaba, tencent = (
        create_sender(
            provider=name, sign_name="小二", key_id="k", key_secret="s", app_id="1", base_url=base_url
        )
        for name in ("alibaba", "tencent")
    )
    message = ("+8613800138000", "SMS_1", {"code": "1"}, "r1")
    return {
        "AccessTokens.get": lambda: make_access_tokens(http, clock).get(),
        "AccessTokens.refresh_after_40001": lambda: make_access_tokens(http, clock).refresh_after_40001(
            "old"
        ),
        "AccessTokens.check_credentials": lambda: make_access_tokens(http, clock).check_credentials(),
        "OfficialAccount.create_menu": lambda: official.create_menu([]),
        "OfficialAccount.find_menu": official.find_menu,
        "OfficialAccount.delete_menu": official.delete_menu,
        "OfficialAccount.send_text": lambda: official.send_text("o", "t"),
        "OfficialAccount.send_articles": lambda: official.send_articles("o", [Article("t", "d", "p", "u")]),
        "OfficialAccount.send_image": lambda: official.send_image("o", "m"),
        "OfficialAccount.send_mini_program_card": lambda: official.send_mini_program_card(
            "o", appid="wx", page="p", title="t", thumb_media_id="m"
        ),
        "OfficialAccount.create_qr_code": lambda: official.create_qr_code("s", permanent=True),
        "OfficialAccount.get_follower": lambda: official.get_follower("o"),
        "OfficialAccount.exchange_oauth_code": lambda: official.exchange_oauth_code("c"),
        "OfficialAccount.check_credentials": lambda: raise_fault(official.check_credentials()),
        "MiniProgram.login": lambda: mini.login("c"),
        "MiniProgram.get_phone_number": lambda: mini.get_phone_number("c"),
        "OfficialAccount.send_template": lambda: official.send_template(
            "o1", template_id="t", data={"thing1": "x"}
        ),
        "OfficialAccount.list_templates": lambda: official.list_templates(),
        "MiniProgram.send_subscribe_message": lambda: mini.send_subscribe_message(
            "o1", template_id="t", data={"thing1": "x"}
        ),
        "MiniProgram.list_subscribe_templates": lambda: mini.list_subscribe_templates(),
        "MiniProgram.upload_shipping": lambda: mini.upload_shipping(SHIPMENT),
        "MiniProgram.list_couriers": lambda: mini.list_couriers(),
        "MiniProgram.check_credentials": lambda: raise_fault(mini.check_credentials()),
        "SandboxSms.send": lambda: SandboxSms(base_url, "k", sign_name="小二", http=http).send(*message),
        "AlibabaSms.send": lambda: alibaba.send(*message),
        "TencentSms.send": lambda: tencent.send(*message),
    }


def raise_fault(fault: str | None) -> None:
    assert fault is not None
    raise OutcomeUnknownError("wechat", "reported", fault)


def test_list_of_outbound_calls_is_complete(http, platform, clock):
    listed = set(outbound_calls(platform.base_url, http, clock))
    for kind in (OfficialAccount, MiniProgram):
        methods = {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if name[0] != "_"}
        assert {f"{kind.__name__}.{name}" for name in methods - LOCAL} <= listed


def test_silent_platform_frees_every_caller_within_ten_seconds(silent, clock):
    def seconds(call) -> float:
        start = time.monotonic()
        with pytest.raises((OutcomeUnknownError, CircuitOpenError)):
            call()
        return time.monotonic() - start

    with PlatformSession(base_url=silent) as http:
        calls = outbound_calls(silent, http, clock)
        with ThreadPoolExecutor(len(calls)) as threads:
            took = dict(zip(calls, threads.map(seconds, calls.values()), strict=True))
    assert max(took.values()) < 10, took
    assert min(took.values()) > 1, took  # a call that fails at once did not reach the silent server


@pytest.mark.parametrize(
    ("break_off", "perhaps_sent"),
    [("refuse", False), ("no name", False), ("silent", True), ("close", True), ("gateway", True)],
)
def test_f02_only_a_call_that_was_written_was_perhaps_sent(break_off: str, perhaps_sent: bool):
    def handle(connection):
        if break_off != "silent":
            connection.recv(65536)
        if break_off == "gateway":
            connection.sendall(b"HTTP/1.1 504 Timeout\r\nContent-Length: 0\r\n\r\n")
        if break_off in ("close", "gateway"):
            connection.shutdown(2)

    with run_raw_server(handle) as base_url:
        target = {"refuse": "http://127.0.0.1:1", "no name": "http://nowhere.invalid"}.get(
            break_off, base_url
        )
        with (
            PlatformSession(base_url=target, read_timeout_s=0.3) as http,
            pytest.raises(OutcomeUnknownError) as caught,
        ):
            http.request_json("POST", "https://api.weixin.qq.com/", platform="wechat", body={})
    assert caught.value.perhaps_sent == perhaps_sent


def test_dripping_answer_is_cut_off():
    def drip(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            connection.sendall(b" ")
            time.sleep(0.05)

    with run_raw_server(drip) as base_url, PlatformSession(base_url=base_url, total_timeout_s=0.4) as http:
        start = time.monotonic()
        with pytest.raises(OutcomeUnknownError):
            http.request_json("GET", "https://api.weixin.qq.com/", platform="wechat")
        assert time.monotonic() - start < 5


def test_cut_answer_is_unknown():
    def cut(connection):
        connection.recv(65536)
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"errcode": 0}')
        connection.shutdown(2)

    with (
        run_raw_server(cut) as base_url,
        PlatformSession(base_url=base_url) as http,
        pytest.raises(OutcomeUnknownError),
    ):
        http.request_json("GET", "https://api.weixin.qq.com/", platform="wechat")


@pytest.mark.parametrize("squeezed", [False, True])
def test_long_answer_is_not_swallowed(platform, http, squeezed):
    body = b'{"a": "' + b"x" * MAX_RESPONSE_BYTES + b'"}'
    zipped = PreparedResponse(gzip.compress(body), headers=(("Content-Encoding", "gzip"),))
    platform.prepare("/long", zipped if squeezed else PreparedResponse(body))
    with pytest.raises(OutcomeUnknownError):
        http.request_json("GET", "https://api.weixin.qq.com/long", platform="wechat")
    with PlatformSession(base_url=platform.base_url, max_response_bytes=2 * MAX_RESPONSE_BYTES) as media:
        assert media.get("https://api.weixin.qq.com/long").content == body


def test_every_host_becomes_the_base_url(platform):
    platform.prepare("/sandbox/cgi-bin/menu/get", {"menu": {}})
    with PlatformSession(base_url=platform.base_url + "/sandbox/") as http:
        http.request_json(
            "GET", "https://api.weixin.qq.com/cgi-bin/menu/get", platform="wechat", params={"a": "1&2"}
        )
    (asked,) = platform.requests
    assert (asked.path, asked.query) == ("/sandbox/cgi-bin/menu/get", {"a": "1&2"})


@pytest.mark.parametrize("base_url", ["", "sandbox", "file:///etc"])
def test_base_url_must_be_http(base_url):
    with pytest.raises(ValueError):
        PlatformSession(base_url=base_url)


def test_redirects_are_not_followed(platform, http):
    platform.prepare("/away", PreparedResponse(b"{}", 302, (("Location", platform.base_url + "/thief"),)))
    with pytest.raises(OutcomeUnknownError):
        http.request_json(
            "GET", "https://api.weixin.qq.com/away", platform="wechat", params={"secret": SECRET}
        )
    assert not platform.requests_to("/thief")


def test_proxies_of_the_environment_are_ignored(platform, http, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    platform.prepare("/direct", {"errcode": 0})
    assert http.request_json("GET", "https://api.weixin.qq.com/direct", platform="wechat") == {"errcode": 0}


def test_cookies_are_not_kept(platform, http):
    platform.prepare("/cookie", PreparedResponse(b"{}", headers=(("Set-Cookie", "who=shopper; Path=/"),)))
    for _ in range(2):
        http.request_json("GET", platform.base_url + "/cookie", platform="wechat")
    assert all("Cookie" not in asked.headers for asked in platform.requests)


ODD_BODIES = [
    b"",
    b"<html>",
    b"[]",
    b"\xff",
    b"[" * 200_000,
    b'{"a": ' * 100_000,
    b'{"a": ' + b"9" * 5000 + b"}",
]


@pytest.mark.parametrize(
    "answer", [PreparedResponse(b"{}", 500), PreparedResponse(b"{}", 404), *map(PreparedResponse, ODD_BODIES)]
)
def test_unreadable_answer_is_unknown(platform, http, answer):
    platform.prepare("/odd", answer)
    with pytest.raises(OutcomeUnknownError):
        http.request_json("GET", "https://api.weixin.qq.com/odd", platform="wechat")


def test_connections_are_used_again():
    connections = []

    def answer_twice(connection):
        connections.append(connection)
        for _ in range(2):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with run_raw_server(answer_twice) as base_url, PlatformSession(base_url=base_url) as http:
        for _ in range(2):
            http.request_json("GET", "https://api.weixin.qq.com/", platform="wechat")
    assert len(connections) == 1


def test_failures_and_logs_hold_no_secrets(caplog, silent):
    caplog.set_level(logging.DEBUG)
    with (
        PlatformSession(base_url=silent, read_timeout_s=0.1) as http,
        pytest.raises(OutcomeUnknownError) as caught,
    ):
        http.request_json(
            "GET", "https://api.weixin.qq.com/sns", platform="wechat", params={"secret": SECRET}
        )
    error: BaseException | None = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    assert SECRET not in str(error) + caplog.text


def test_library_logs_would_hold_secrets_without_us(platform, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("urllib3.connectionpool"), "filters", [])
    caplog.set_level(logging.DEBUG, logger="urllib3")
    platform.prepare("/sns", {})
    with requests.Session() as bare:
        bare.get(platform.base_url + "/sns", params={"secret": SECRET}, timeout=5)
    assert SECRET in caplog.text


def test_tokens_never_show_their_secret(http, clock):
    assert SECRET not in repr(AccessTokens(APPID, SECRET, InMemoryTokenStore(clock), http, clock))
