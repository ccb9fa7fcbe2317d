"""Accounts: the official accounts and mini-programs that exist here, kept in a JSON book."""

import hmac
import threading
from typing import Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from sandbox import identity
from sandbox.errors import Refused, WeChatError
from sandbox.shelf import Shelf

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Account(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["wechat_official", "wechat_miniprogram"]
    name: str = Field(min_length=1, max_length=60)
    appid: str = Field(pattern=r"^[A-Za-z0-9_-]{4,64}$")
    secret: str = Field(min_length=1, max_length=128)
    token: str = Field(default="", max_length=32)
    encoding_aes_key: str | None = Field(default=None, pattern=r"^[A-Za-z0-9]{43}$")
    mode: Literal["plain", "compatible", "safe"] = "plain"
    callback: str | None = None
    open_group: str | None = None
    h5_home: str | None = None

    @field_validator("callback")
    @classmethod
    def callback_is_on_this_machine(cls, value: str | None) -> str | None:
        # Pushes leave this process; they must never reach a machine that did not ask for them.
        if value is not None and (
            urlsplit(value).scheme not in {"http", "https"} or urlsplit(value).hostname not in LOOPBACK
        ):
            raise ValueError("callback must be an http address on the loopback interface")
        return value

    @model_validator(mode="after")
    def encryption_has_a_key(self) -> "Account":
        if self.mode != "plain" and self.encoding_aes_key is None:
            raise ValueError(f"mode {self.mode} needs encoding_aes_key")
        return self

    @property
    def original_id(self) -> str:
        return identity.original_id(appid=self.appid)

    @property
    def is_official(self) -> bool:
        return self.kind == "wechat_official"

    def shown(self, *, secrets: bool) -> dict:
        hidden = None if secrets else {"secret", "token", "encoding_aes_key"}
        return {**self.model_dump(exclude=hidden), "original_id": self.original_id}


BOOK = TypeAdapter(list[Account])


class Accounts:
    """The book is read again whenever its file changes; a broken book leaves the last good one in force."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._lock = threading.Lock()
        self._seen_mtime_ns = -1
        self._by_appid: dict[str, Account] = {}
        self.problem: str | None = None

    def all(self) -> list[Account]:
        with self._lock:
            self._look_again()
            return list(self._by_appid.values())

    def find(self, appid: str) -> Account:
        """For people and tests: refuses with 404."""
        for account in self.all():
            if account.appid == appid:
                return account
        raise Refused("no_such_account", "沙箱里没有这个账号", 404)

    def called(self, appid: str) -> Account:
        """For the platform's doors: refuses with the platform's own code."""
        if not appid:
            raise WeChatError(41002)
        for account in self.all():
            if account.appid == appid:
                return account
        raise WeChatError(40013)

    def authenticated(self, *, appid: str, secret: str) -> Account:
        account = self.called(appid)
        if not secret:
            raise WeChatError(41004)
        if not hmac.compare_digest(account.secret.encode(), secret.encode()):
            raise WeChatError(40125)
        return account

    def put(self, account: Account) -> None:
        """Adds an account or replaces it, in the book itself."""
        with self._lock:
            self._look_again()
            self._by_appid[account.appid] = account
            self._shelf.write([each.model_dump() for each in self._by_appid.values()])
            self._seen_mtime_ns = self._shelf.mtime_ns()

    def _look_again(self) -> None:
        mtime_ns = self._shelf.mtime_ns()
        if mtime_ns == self._seen_mtime_ns:
            return
        self._seen_mtime_ns = mtime_ns
        try:
            self._by_appid = {each.appid: each for each in BOOK.validate_python(self._shelf.read() or [])}
            self.problem = None
        except (ValidationError, ValueError) as error:
            self.problem = f"账号簿读不懂，仍用上一份：{_first_reason(error)}"


def _first_reason(error: ValueError) -> str:
    # The values themselves are left out: they may be secrets.
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)
