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

from .errors import Unknown

CHUNK_BYTES = 64 * 1024
CONNECTIONS = 32  # kept open to one host; more threads than that open and close their own
ANSWER_LIMIT_BYTES = 1024 * 1024


def hush(library: str) -> None:
    """Keeps a library's debug records from every log: they hold what must not be written down."""
    logging.getLogger(library).addFilter(_above_debug)


def _above_debug(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG


hush("urllib3.connectionpool")  # writes every URL, and WeChat wants secrets and tokens in the URL


class Http(requests.Session):
    """A session for the platforms. Make one a process and share it: it keeps connections and no cookies.

    With a `base_url` every call goes there whatever host it names: that is how the sandbox plays all
    platforms. Media need a session of their own with a higher `answer_limit_bytes`.
    """

    def __init__(
        self,
        *,
        base_url: str | None = None,
        connect_s: float = 2.0,
        read_s: float = 5.0,
        total_s: float = 5.0,
        answer_limit_bytes: int = ANSWER_LIMIT_BYTES,
    ) -> None:
        super().__init__()
        if base_url is not None and urlsplit(base_url).scheme not in ("http", "https"):
            raise ValueError("base_url is not an http address")
        self.base_url = base_url.rstrip("/") if base_url else None
        self.trust_env = False  # neither proxies nor .netrc of the host's environment
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(self, (connect_s, read_s), total_s, answer_limit_bytes)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def ask(
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
            failure = doubt(platform, lost)
        else:
            return read_object(response, platform=platform)
        # Not inside the except block: requests puts the whole URL into its errors, secrets included.
        raise failure

    def rewritten(self, url: str) -> str:
        """Where a call to this URL really goes."""
        if self.base_url is None:
            return url
        parts = urlsplit(url)
        return self.base_url + parts.path + (f"?{parts.query}" if parts.query else "")

    def get_redirect_target(self, resp: requests.Response) -> None:
        """No platform's API redirects, and another host must not see our secrets."""


class _Adapter(HTTPAdapter):
    """Sends with our timeouts, whatever the caller (or a library that forgot them) asks for."""

    def __init__(
        self, http: Http, timeouts: tuple[float, float], total_s: float, answer_limit_bytes: int
    ) -> None:
        super().__init__(pool_maxsize=CONNECTIONS)
        self._http = http
        self._timeouts = timeouts
        self._total_s = total_s
        self._answer_limit_bytes = answer_limit_bytes

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        deadline = time.monotonic() + self._total_s
        request.url = self._http.rewritten(request.url or "")
        options |= {"stream": True, "timeout": self._timeouts}
        response = super().send(request, *args, **options)
        try:
            response._content = self._read(response, deadline=deadline)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as broken:
            response.close()
            raise requests.ConnectionError("the answer is too long, too slow or cut") from broken
        response._content_consumed = True  # type: ignore[attr-defined]
        return response

    def _read(self, response: requests.Response, *, deadline: float) -> bytes:
        # read1 returns what is there. A plain read would wait for a whole chunk from a server that drips.
        content = bytearray()
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            content += chunk
            if len(content) > self._answer_limit_bytes:
                raise requests.ConnectionError("the answer is too long")
            if time.monotonic() > deadline:
                raise requests.Timeout("the answer is too slow")
        response.raw.release_conn()
        return bytes(content)


def doubt(platform: str, lost: Exception) -> Unknown:
    """What is left to say about a call that got no answer, without its URL."""
    slow = isinstance(lost, requests.Timeout)
    return Unknown(
        platform, "timeout" if slow else "connection", "平台没有及时应答" if slow else "连接平台失败"
    )


def read_object(response: requests.Response, *, platform: str) -> dict[str, Any]:
    """The JSON object of an answer; Unknown when it is anything else."""
    if response.status_code // 100 != 2:
        raise Unknown(platform, f"http-{response.status_code}", "平台应答异常")
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):  # a megabyte of brackets exhausts the stack
        answer = None
    if not isinstance(answer, dict):
        raise Unknown(platform, "unreadable", "平台应答无法识别")
    return answer
