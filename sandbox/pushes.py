"""Pushes: deliveries of messages and events to the webhook of an account, with retries and timeouts."""

import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

import requests

from sandbox import crypto, message_xml, reply_parser
from sandbox.accounts import Account
from sandbox.clock import Clock
from sandbox.faults import Fault, Faults
from sandbox.reply_parser import InvalidReplyError, Reply

MAX_ATTEMPTS = 3
TIMEOUT_S = 5.0
MAX_REPLY_BYTES = 64 * 1024
SERVICE_UNAVAILABLE = "该公众号提供的服务出现故障，请稍后再试"
# Replies to messages have at most one article, replies to events up to eight.
SINGLE_ARTICLE_TYPES = {"text", "image", "voice", "video", "shortvideo", "location", "link"}


@dataclass
class Attempt:
    url: str
    request_body: str
    sent_at: float
    duration_ms: int = 0
    status: int | None = None
    response_body: str | None = None
    error: str = ""

    @property
    def is_answered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300 and not self.error


@dataclass
class Push:
    """A message with its delivery attempts and its outcome."""

    xml: str
    attempts: list[Attempt] = field(default_factory=list)
    outcome: str = "waiting"  # waiting, silent, replied, service_unavailable, no_callback
    reason: str = ""
    reply: Reply | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Pushes:
    def __init__(self, *, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._next_delivered = threading.Condition()
        self._delivered_count = 0
        self.timeout_s = TIMEOUT_S

    def deliver(self, push: Push, *, account: Account, openid: str, msg_type: str) -> Push:
        """Deliver a message and parse the reply. It takes at most three timeouts and raises nothing."""
        if account.callback is None:
            push.outcome = "no_callback"
            return push
        fault = self._faults.consume("push")
        if fault and fault.kind == "reorder":
            self._wait_for_next_delivery(fault)
        last = self._deliver_with_retries(push, account=account, openid=openid, fault=fault)
        self._count_delivery()
        if not last.is_answered:
            push.outcome, push.reason = "service_unavailable", last.error or f"HTTP {last.status}"
            return push
        return _evaluate_reply(
            push, last.response_body or "", account=account, openid=openid, msg_type=msg_type
        )

    def verify_callback(self, account: Account) -> dict[str, Any]:
        """Send the echostr handshake to the webhook and return the attempt with `passed`."""
        echo = str(secrets.randbelow(10**18))
        query = {**self._signed_query(account), "echostr": echo}
        attempt = self._send_request(account.callback or "", query=query, body=None)
        return {**asdict(attempt), "passed": attempt.is_answered and attempt.response_body == echo}

    def post_form(self, url: str, body: bytes) -> Attempt:
        """Post a form once, as Alipay does, and return the attempt. It raises nothing."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Mozilla/4.0"}
        return self._attempt(
            requests.Request("POST", url, data=body, headers=headers).prepare(), body.decode()
        )

    def reset(self) -> None:
        self.timeout_s = TIMEOUT_S

    def _deliver_with_retries(
        self, push: Push, *, account: Account, openid: str, fault: Fault | None
    ) -> Attempt:
        if fault and fault.kind in {"duplicate", "parallel"}:
            return self._deliver_twice(
                push, account=account, openid=openid, in_parallel=fault.kind == "parallel"
            )
        for number in range(MAX_ATTEMPTS):
            attempt = self._deliver_once(push, account=account, openid=openid)
            if number == 0 and fault and fault.kind == "drop_reply":
                attempt.error = "回复在路上丢了（故障）"
            if attempt.is_answered:
                break
        return attempt

    def _deliver_twice(self, push: Push, *, account: Account, openid: str, in_parallel: bool) -> Attempt:
        """Deliver two copies and return the attempt of the first one."""
        with ThreadPoolExecutor(max_workers=2 if in_parallel else 1) as pool:
            copies = [pool.submit(self._deliver_once, push, account=account, openid=openid) for _ in range(2)]
        return copies[0].result()

    def _deliver_once(self, push: Push, *, account: Account, openid: str) -> Attempt:
        query = {**self._signed_query(account), "openid": openid}
        body = push.xml
        if account.mode != "plain":
            body = _encrypt_body(push.xml, account=account, query=query)
        attempt = self._send_request(account.callback or "", query=query, body=body)
        push.attempts.append(attempt)
        return attempt

    def _signed_query(self, account: Account) -> dict[str, str]:
        # Every attempt has a new signature. Otherwise receivers could reject the repeated nonce.
        timestamp, nonce = str(self._clock.wall_time()), str(secrets.randbelow(10**10))
        return {
            "signature": crypto.compute_signature(account.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
        }

    def _send_request(self, url: str, *, query: dict[str, str], body: str | None) -> Attempt:
        request = requests.Request(
            "GET" if body is None else "POST",
            url,
            params=query,
            data=None if body is None else body.encode(),
            headers={"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0", "Pragma": "no-cache"},
        ).prepare()
        return self._attempt(request, body or "")

    def _attempt(self, request: requests.PreparedRequest, body: str) -> Attempt:
        attempt = Attempt(url=request.url or "", request_body=body, sent_at=self._clock.wall_time())
        started = time.monotonic()
        try:
            attempt.status, attempt.response_body = _send(request, deadline=started + self.timeout_s)
        except requests.RequestException as error:
            # A stalled body raises ConnectionError, but for the platform it is a timeout.
            is_timeout = isinstance(error, requests.Timeout) or time.monotonic() >= started + self.timeout_s
            attempt.error = (
                f"{self.timeout_s:g} 秒内没有答复" if is_timeout else f"连接失败：{type(error).__name__}"
            )
        attempt.duration_ms = round((time.monotonic() - started) * 1000)
        return attempt

    def _wait_for_next_delivery(self, fault: Fault) -> None:
        """Wait until the next push is delivered, at most for the delay of the fault."""
        with self._next_delivered:
            count = self._delivered_count
            self._next_delivered.wait_for(lambda: self._delivered_count > count, timeout=fault.delay_s)

    def _count_delivery(self) -> None:
        with self._next_delivered:
            self._delivered_count += 1
            self._next_delivered.notify_all()


def _send(request: requests.PreparedRequest, *, deadline: float) -> tuple[int, str]:
    """Send a request and return status and body. The deadline is for the whole response."""
    with requests.Session() as session:
        session.trust_env = (
            False  # otherwise a proxy of the environment could be used between local processes
        )
        remaining_s = max(deadline - time.monotonic(), 0.001)
        response = session.send(request, timeout=remaining_s, stream=True, allow_redirects=False)
        body = b""
        for chunk in response.iter_content(4096):
            body += chunk
            if time.monotonic() > deadline:
                raise requests.Timeout
            if len(body) > MAX_REPLY_BYTES:
                raise requests.RequestException("reply too long")
        return response.status_code, body.decode("utf-8", errors="replace")


def _encrypt_body(xml: str, *, account: Account, query: dict[str, str]) -> str:
    """Return the encrypted body and add its signature to the query."""
    ciphertext = crypto.encrypt(xml, encoding_aes_key=account.encoding_aes_key or "", appid=account.appid)
    query["encrypt_type"] = "aes"
    query["msg_signature"] = crypto.compute_signature(
        account.token, query["timestamp"], query["nonce"], ciphertext
    )
    if account.mode == "safe":
        return message_xml.write({"ToUserName": account.original_id, "Encrypt": ciphertext})
    return xml.removesuffix("</xml>") + f"<Encrypt><![CDATA[{ciphertext}]]></Encrypt></xml>"


def _evaluate_reply(push: Push, body: str, *, account: Account, openid: str, msg_type: str) -> Push:
    max_articles = 1 if msg_type in SINGLE_ARTICLE_TYPES else 8
    try:
        push.reply = reply_parser.parse(body, account=account, openid=openid, max_articles=max_articles)
    except InvalidReplyError as error:
        push.outcome, push.reason = "service_unavailable", str(error)
        return push
    push.outcome = "replied" if push.reply else "silent"
    return push
