"""The WeChat client: the client of wechatpy with our access tokens, session and errors."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import requests
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from platforms.http import PlatformSession, parse_json_object, unknown_outcome
from platforms.wechat.access_token import AccessTokens
from platforms.wechat.errors import (
    DAILY_QUOTA_EXCEEDED,
    MESSAGES,
    PLATFORM,
    STALE_TOKEN_CODES,
    raise_for_error,
)

SHANGHAI = timezone(timedelta(hours=8))  # quotas of WeChat are per day of this zone, which has no summer time


class Client(WeChatClient):
    """A client with all sub-APIs of wechatpy (`.menu`, `.message`, …) and one retry after a stale token.

    The retry of wechatpy is not used: it repeats without limit while WeChat returns 40001, and its token has
    no lock.
    """

    def __init__(self, tokens: AccessTokens, http: PlatformSession) -> None:
        super().__init__(tokens.appid, secret="", auto_retry=False)
        self._http = http
        self._tokens = tokens

    @property
    def access_token(self) -> str:
        return self._tokens.get()

    def _request(self, method: str, url_or_endpoint: str, **options: Any) -> Any:
        token = self._tokens.get()
        try:
            return self._request_once(method, url_or_endpoint, token=token, **options)
        except PlatformRejectedError as rejection:
            if rejection.code not in STALE_TOKEN_CODES:
                raise
        token = self._tokens.refresh_after_40001(token)
        try:
            return self._request_once(method, url_or_endpoint, token=token, **options)
        except PlatformRejectedError as rejection:
            if rejection.code not in STALE_TOKEN_CODES:
                raise
        raise self._tokens.open_circuit_after_40001()

    def _request_once(self, method: str, url_or_endpoint: str, *, token: str, **options: Any) -> Any:
        options["params"] = {**(options.get("params") or {}), "access_token": token}
        try:
            return super()._request(method, url_or_endpoint, **options)
        except requests.RequestException as error:
            failure = unknown_outcome(PLATFORM, error)
        except WeChatClientException:  # only HTTP errors, because _handle_result reads the responses
            failure = OutcomeUnknownError(PLATFORM, "http", "微信应答异常")
        # Raised outside the except blocks: otherwise the traceback would contain the URL with the token.
        raise failure

    def _handle_result(
        self,
        res: requests.Response,
        method: Any = None,
        url: Any = None,
        result_processor: Any = None,
        **_: Any,
    ) -> Any:
        # wechatpy would treat a response without JSON as a success.
        response = parse_json_object(res, platform=PLATFORM)
        try:
            raise_for_error(response)
        except PlatformRejectedError as rejection:
            if rejection.code == DAILY_QUOTA_EXCEEDED:
                raise self._open_circuit_until_tomorrow() from None
            raise
        return result_processor(response) if result_processor else response

    def _open_circuit_until_tomorrow(self) -> Exception:
        today = self._tokens.now().astimezone(SHANGHAI)
        midnight = datetime(today.year, today.month, today.day, tzinfo=SHANGHAI) + timedelta(days=1)
        until = midnight.astimezone(UTC)
        return self._tokens.open_circuit(
            until, code=DAILY_QUOTA_EXCEEDED, reason=MESSAGES[DAILY_QUOTA_EXCEEDED]
        )


def exchange_code(http: PlatformSession, url: str, params: Mapping[str, str]) -> dict[str, Any]:
    """Exchange an OAuth or login code at WeChat and return the response.

    Needs the app secret and no access token.
    """
    params = {**params, "grant_type": "authorization_code"}
    response = http.request_json("GET", url, platform=PLATFORM, params=params)
    raise_for_error(response)
    return response


def require_text(response: Mapping[str, Any], name: str) -> str:
    """Return a required text field of a response.

    Raises OutcomeUnknownError if it is missing.
    """
    value = response.get(name)
    if not isinstance(value, str) or not value:
        raise OutcomeUnknownError(PLATFORM, "unreadable", f"微信应答里没有 {name}")
    return value
