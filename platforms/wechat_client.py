"""wechatpy's client with our token, our session and our errors."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import requests
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from .errors import Refused, Unknown
from .http import Http, doubt, read_object
from .wechat_codes import MEANINGS, PLATFORM, QUOTA_OF_THE_DAY, STALE_TOKEN, refuse_errors
from .wechat_token import Tokens

SHANGHAI = timezone(timedelta(hours=8))  # WeChat counts its days there; China has no summer time


class Client(WeChatClient):
    """All of wechatpy's sub-APIs (`.menu`, `.message`, …), with one retry after a stale token, never more.

    wechatpy's own retry recurses for as long as WeChat says 40001, and its token has no lock.
    """

    def __init__(self, tokens: Tokens, http: Http) -> None:
        super().__init__(tokens.appid, secret="", auto_retry=False)
        self._http = http
        self._tokens = tokens

    @property
    def access_token(self) -> str:
        return self._tokens.get()

    def _request(self, method: str, url_or_endpoint: str, **options: Any) -> Any:
        token = self._tokens.get()
        try:
            return self._attempt(method, url_or_endpoint, token=token, **options)
        except Refused as refusal:
            if refusal.code not in STALE_TOKEN:
                raise
        token = self._tokens.refresh_after_40001(token)
        try:
            return self._attempt(method, url_or_endpoint, token=token, **options)
        except Refused as refusal:
            if refusal.code not in STALE_TOKEN:
                raise
        raise self._tokens.pause_after_40001()

    def _attempt(self, method: str, url_or_endpoint: str, *, token: str, **options: Any) -> Any:
        options["params"] = {**(options.get("params") or {}), "access_token": token}
        try:
            return super()._request(method, url_or_endpoint, **options)
        except requests.RequestException as lost:
            failure = doubt(PLATFORM, lost)
        except WeChatClientException:  # wechatpy raises it for HTTP errors only, since we read the answers
            failure = Unknown(PLATFORM, "http", "微信应答异常")
        # Not inside the except blocks: those errors hold the URL, and the URL holds the token.
        raise failure

    def _handle_result(
        self,
        res: requests.Response,
        method: Any = None,
        url: Any = None,
        result_processor: Any = None,
        **_: Any,
    ) -> Any:
        # wechatpy's own reading takes an answer that is no JSON for a success.
        answer = read_object(res, platform=PLATFORM)
        try:
            refuse_errors(answer)
        except Refused as refusal:
            if refusal.code == QUOTA_OF_THE_DAY:
                raise self._paused_for_today() from None
            raise
        return result_processor(answer) if result_processor else answer

    def _paused_for_today(self) -> Exception:
        today = self._tokens.now().astimezone(SHANGHAI)
        midnight = datetime(today.year, today.month, today.day, tzinfo=SHANGHAI) + timedelta(days=1)
        until = midnight.astimezone(UTC)
        return self._tokens.pause_until(until, code=QUOTA_OF_THE_DAY, reason=MEANINGS[QUOTA_OF_THE_DAY])


def exchange(http: Http, url: str, wish: Mapping[str, str]) -> dict[str, Any]:
    """What WeChat gives for a sign-in code. Needs the secret but no access token, so none is fetched."""
    wish = {**wish, "grant_type": "authorization_code"}
    answer = http.ask("GET", url, platform=PLATFORM, params=wish)
    refuse_errors(answer)
    return answer


def needed(answer: Mapping[str, Any], name: str) -> str:
    """A text that a successful answer cannot be without."""
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise Unknown(PLATFORM, "unreadable", f"微信应答里没有 {name}")
    return value
