"""The HTTP session of all platform calls: with time limits, a size limit and no secrets in errors."""

import json
import logging
import ssl
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
POOL_SIZE = 32  # connections kept open to a host; further threads open and close their own
MAX_RESPONSE_BYTES = 1024 * 1024


def silence_debug_log(logger_name: str) -> None:
    """Drop the debug records of a library, because they contain secrets and personal data."""
    logging.getLogger(logger_name).addFilter(_is_above_debug)


def _is_above_debug(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG


# It logs every URL, and the URLs of WeChat contain secrets and tokens.
silence_debug_log("urllib3.connectionpool")


class PlatformSession(requests.Session):
    """A session for the platforms, shared by a process. It keeps connections and no cookies.

    With a `base_url` all calls go to that host, for example to the sandbox. Media need another session with a
    higher `max_response_bytes`. `ssl_context` carries a client certificate.
    """

    def __init__(
        self,
        *,
        base_url: str | None = None,
        connect_timeout_s: float = 2.0,
        read_timeout_s: float = 5.0,
        total_timeout_s: float = 5.0,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__()
        if base_url is not None and urlsplit(base_url).scheme not in ("http", "https"):
            raise ValueError("base_url is not an http address")
        self.base_url = base_url.rstrip("/") if base_url else None
        self.trust_env = False  # neither proxies nor .netrc of the host's environment
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _LimitedAdapter(
            self, (connect_timeout_s, read_timeout_s), total_timeout_s, max_response_bytes, ssl_context
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
        """Send a request and return the JSON object of the response.

        Raises OutcomeUnknownError if there is none.
        """
        # WeChat would show escaped characters to shoppers, so the JSON is not escaped.
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        content_type = {} if body is None else {"Content-Type": "application/json"}
        try:
            response = self.request(
                method, url, params=params, data=data, headers={**content_type, **(headers or {})}
            )
        except requests.RequestException as error:
            failure = unknown_outcome(platform, error)
        else:
            return parse_json_object(response, platform=platform)
        # Raised outside the except block: otherwise the traceback would contain the URL with its secrets.
        raise failure

    def rewrite_url(self, url: str) -> str:
        """Return the URL to which a call of this URL is sent."""
        if self.base_url is None:
            return url
        parts = urlsplit(url)
        return self.base_url + parts.path + (f"?{parts.query}" if parts.query else "")

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None, because a redirect could send secrets to another host. No platform redirects API calls."""


class _LimitedAdapter(HTTPAdapter):
    """An adapter that always uses the timeouts of the session, also for libraries that set none."""

    def __init__(
        self,
        session: PlatformSession,
        timeouts: tuple[float, float],
        total_timeout_s: float,
        max_response_bytes: int,
        ssl_context: ssl.SSLContext | None,
    ) -> None:
        self._ssl_context = ssl_context
        super().__init__(pool_maxsize=POOL_SIZE)
        self._session = session
        self._timeouts = timeouts
        self._total_timeout_s = total_timeout_s
        self._max_response_bytes = max_response_bytes

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the connections with the client certificate of the context, if there is one."""
        if self._ssl_context is not None:
            options["ssl_context"] = self._ssl_context
        super().init_poolmanager(*args, **options)

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        deadline = time.monotonic() + self._total_timeout_s
        request.url = self._session.rewrite_url(request.url or "")
        options |= {"stream": True, "timeout": self._timeouts}
        response = super().send(request, *args, **options)
        try:
            response._content = self._read_body(response, deadline=deadline)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            response.close()
            raise requests.ConnectionError("the response is too long, too slow or incomplete") from error
        response._content_consumed = True  # type: ignore[attr-defined]
        return response

    def _read_body(self, response: requests.Response, *, deadline: float) -> bytes:
        # read1 returns the bytes that have arrived. A plain read of a slow response would wait for a whole chunk.
        content = bytearray()
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            content += chunk
            if len(content) > self._max_response_bytes:
                raise requests.ConnectionError("the response is too long")
            if time.monotonic() > deadline:
                raise requests.Timeout("the response is too slow")
        response.raw.release_conn()
        return bytes(content)


def unknown_outcome(platform: str, error: Exception) -> OutcomeUnknownError:
    """Return the error for a call without a response, without its URL."""
    is_timeout = isinstance(error, requests.Timeout)
    return OutcomeUnknownError(
        platform,
        "timeout" if is_timeout else "connection",
        "平台没有及时应答" if is_timeout else "连接平台失败",
        perhaps_sent=not _is_connect_failure(error),
    )


def _is_connect_failure(error: BaseException) -> bool:
    """Return whether no connection was made, so that nothing of the request was written."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    return isinstance(
        getattr(reason, "reason", None),
        urllib3.exceptions.NewConnectionError | urllib3.exceptions.NameResolutionError,
    )


def parse_json_object(response: requests.Response, *, platform: str) -> dict[str, Any]:
    """Return the JSON object of a response.

    Raises OutcomeUnknownError if it is not a JSON object.
    """
    if response.status_code // 100 != 2:
        raise OutcomeUnknownError(platform, f"http-{response.status_code}", "平台应答异常")
    try:
        value = json.loads(response.content)
    except (ValueError, RecursionError):  # deeply nested brackets exceed the recursion limit
        value = None
    if not isinstance(value, dict):
        raise OutcomeUnknownError(platform, "unreadable", "平台应答无法识别")
    return value
