"""Accounts: the official accounts, mini-programs and life accounts of the sandbox, stored in a JSON file.

The keys of a life account are those of the Alipay application with the same id.
"""

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

from sandbox import openids
from sandbox.errors import SandboxError, WeChatError
from sandbox.json_file import JsonFile

LOOPBACK_HOSTS = {"127.0.0.1", "localhost", "::1"}


class Account(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["wechat_official", "wechat_miniprogram", "alipay"]
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
    def validate_callback(cls, value: str | None) -> str | None:
        # Without this check webhook messages could be sent to other machines.
        if value is not None and (
            urlsplit(value).scheme not in {"http", "https"} or urlsplit(value).hostname not in LOOPBACK_HOSTS
        ):
            raise ValueError("callback must be an http address on the loopback interface")
        return value

    @model_validator(mode="after")
    def validate_encryption_key(self) -> "Account":
        if self.mode != "plain" and self.encoding_aes_key is None:
            raise ValueError(f"mode {self.mode} needs encoding_aes_key")
        return self

    @property
    def original_id(self) -> str:
        return openids.derive_original_id(appid=self.appid)

    @property
    def is_official(self) -> bool:
        return self.kind == "wechat_official"

    def to_json(self, *, include_secrets: bool) -> dict:
        hidden = None if include_secrets else {"secret", "token", "encoding_aes_key"}
        return {**self.model_dump(exclude=hidden), "original_id": self.original_id}


ACCOUNT_LIST = TypeAdapter(list[Account])


class Accounts:
    """The accounts of a file, which is read again when it changes. If it is invalid, the last valid accounts stay."""

    def __init__(self, file: JsonFile) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._loaded_mtime_ns = -1
        self._by_appid: dict[str, Account] = {}
        self.load_error: str | None = None

    def list_all(self) -> list[Account]:
        with self._lock:
            self._reload_if_changed()
            return list(self._by_appid.values())

    def get(self, appid: str) -> Account:
        """Return an account for the control routes.

        Raises SandboxError with status 404.
        """
        for account in self.list_all():
            if account.appid == appid:
                return account
        raise SandboxError("no_such_account", "沙箱里没有这个账号", 404)

    def get_for_platform(self, appid: str) -> Account:
        """Return an account for the routes of the platform.

        Raises WeChatError.
        """
        if not appid:
            raise WeChatError(41002)
        for account in self.list_all():
            if account.appid == appid and account.kind != "alipay":
                return account
        raise WeChatError(40013)

    def authenticate(self, *, appid: str, secret: str) -> Account:
        account = self.get_for_platform(appid)
        if not secret:
            raise WeChatError(41004)
        if not hmac.compare_digest(account.secret.encode(), secret.encode()):
            raise WeChatError(40125)
        return account

    def save(self, account: Account) -> None:
        """Add or replace an account in the file."""
        with self._lock:
            self._reload_if_changed()
            self._by_appid[account.appid] = account
            self._file.write([account.model_dump() for account in self._by_appid.values()])
            self._loaded_mtime_ns = self._file.mtime_ns()

    def _reload_if_changed(self) -> None:
        mtime_ns = self._file.mtime_ns()
        if mtime_ns == self._loaded_mtime_ns:
            return
        self._loaded_mtime_ns = mtime_ns
        try:
            self._by_appid = {
                account.appid: account for account in ACCOUNT_LIST.validate_python(self._file.read() or [])
            }
            self.load_error = None
        except (ValidationError, ValueError) as error:
            self.load_error = f"账号簿读不懂，仍用上一份：{_first_error_message(error)}"


def _first_error_message(error: ValueError) -> str:
    # The message does not contain the values, because they may be secrets.
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)
