"""Single-use codes for mini-program login, phone numbers and OAuth."""

import secrets
import threading
from dataclasses import dataclass, field

from sandbox.clock import Clock
from sandbox.errors import WeChatError

LIFETIME_S = 300


@dataclass
class LoginCode:
    kind: str
    appid: str
    person_id: str
    expires_at: float
    details: dict = field(default_factory=dict)
    is_used: bool = False


class LoginCodes:
    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._by_text: dict[str, LoginCode] = {}

    def issue(self, kind: str, *, appid: str, person_id: str, **details: str) -> str:
        text = "0" + secrets.token_hex(16)[:31]
        self._by_text[text] = LoginCode(kind, appid, person_id, self._clock.now() + LIFETIME_S, details)
        return text

    def redeem(self, kind: str, text: str | None, *, appid: str, used_errcode: int = 40163) -> LoginCode:
        """Redeem a code. A code of another kind or account is treated as unknown.

        Raises WeChatError.
        """
        if not text:
            raise WeChatError(41008)
        with self._lock:
            code = self._by_text.get(text)
            if code is None or (code.kind, code.appid) != (kind, appid):
                raise WeChatError(40029)
            if code.is_used:
                raise WeChatError(used_errcode)
            if self._clock.now() >= code.expires_at:
                raise WeChatError(40029)
            code.is_used = True
        return code

    def reset(self) -> None:
        self._by_text = {}
