"""The one way out: a session whose calls end in time, stay small and tell no secrets."""

import json
import logging
import time
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from platforms.errors import OutcomeUnknownError

CHUNK_BYTES = 64 * 1024
POOL_SIZE = 32  # kept open to one host; more threads than that open and close their own
MAX_RESPONSE_BYTES = 1024 * 1024


def silence_debug_log(logger_name: str) -> None:
    """Keeps a library's debug records from every log: they hold what must not be written down."""
    logging.getLogger(logger_name).addFilter(_is_above_debug)


def _is_above_debug(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG


silence_debug_log(
    "urllib3.connectionpool"
)  # writes every URL, and WeChat wants secrets and tokens in the URL


class PlatformSession(requests.Session):
    """A session for the platforms. Make one a process and share it: it keeps connections and no cookies.

    With a `base_url` every call goes there whatever host it names: that is how the sandbox plays all
    platforms. Media need a session of their own with a higher `answer_limit_bytes`.
    """

    def __init__(
        self,
        *,
        base_url: str | None = None,
        connect_timeout_s: float = 2.0,
        read_timeout_s: float = 5.0,
        total_timeout_s: float = 5.0,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
    ) -> None:
        super().__init__()
        if base_url is not None and urlsplit(base_url).scheme not in ("http", "https"):
            raise ValueError("base_url is not an http address")
        self.base_url = base_url.rstrip("/") if base_url else None
        self.trust_env = False  # neither proxies nor .netrc of the host's environment
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _LimitedAdapter(
            self, (connect_timeout_s, read_timeout_s), total_timeout_s, max_response_bytes
        )
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def request_json(
        self,
        method: str,
        url: str,
        *,
        platform: str,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The JSON object in the answer; raises Unknown when there is none."""
        # WeChat shows escaped characters to shoppers as they stand, so JSON goes out unescaped.
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        kind = {} if body is None else {"Content-Type": "application/json"}
        try:
            response = self.request(
                method, url, params=params, data=data, headers={**kind, **(headers or {})}
            )
        except requests.RequestException as lost:
            failure = unknown_outcome(platform, lost)
        else:
            return parse_json_object(response, platform=platform)
        # Not inside the except block: requests puts the whole URL into its errors, secrets included.
        raise failure

    def rewrite_url(self, url: str) -> str:
        """Where a call to this URL really goes."""
        if self.base_url is None:
            return url
        parts = urlsplit(url)
        return self.base_url + parts.path + (f"?{parts.query}" if parts.query else "")

    def get_redirect_target(self, resp: requests.Response) -> None:
        """No platform's API redirects, and another host must not see our secrets."""


class _LimitedAdapter(HTTPAdapter):
    """Sends with our timeouts, whatever the caller (or a library that forgot them) asks for."""

    def __init__(
        self,
        session: PlatformSession,
        timeouts: tuple[float, float],
        total_timeout_s: float,
        max_response_bytes: int,
    ) -> None:
        super().__init__(pool_maxsize=POOL_SIZE)
        self._session = session
        self._timeouts = timeouts
        self._total_timeout_s = total_timeout_s
        self._max_response_bytes = max_response_bytes

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        deadline = time.monotonic() + self._total_timeout_s
        request.url = self._session.rewrite_url(request.url or "")
        options |= {"stream": True, "timeout": self._timeouts}
        response = super().send(request, *args, **options)
        try:
            response._content = self._read_body(response, deadline=deadline)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as broken:
            response.close()
            raise requests.ConnectionError("the answer is too long, too slow or cut") from broken
        response._content_consumed = True  # type: ignore[attr-defined]
        return response

    def _read_body(self, response: requests.Response, *, deadline: float) -> bytes:
        # read1 returns what is there. A plain read would wait for a whole chunk from a server that drips.
        content = bytearray()
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            content += chunk
            if len(content) > self._max_response_bytes:
                raise requests.ConnectionError("the answer is too long")
            if time.monotonic() > deadline:
                raise requests.Timeout("the answer is too slow")
        response.raw.release_conn()
        return bytes(content)


def unknown_outcome(platform: str, error: Exception) -> OutcomeUnknownError:
    """What is left to say about a call that got no answer, without its URL."""
    slow = isinstance(error, requests.Timeout)
    return OutcomeUnknownError(
        platform, "timeout" if slow else "connection", "平台没有及时应答" if slow else "连接平台失败"
    )


def parse_json_object(response: requests.Response, *, platform: str) -> dict[str, Any]:
    """The JSON object of an answer; Unknown when it is anything else."""
    if response.status_code // 100 != 2:
        raise OutcomeUnknownError(platform, f"http-{response.status_code}", "平台应答异常")
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):  # a megabyte of brackets exhausts the stack
        answer = None
    if not isinstance(answer, dict):
        raise OutcomeUnknownError(platform, "unreadable", "平台应答无法识别")
    return answer
