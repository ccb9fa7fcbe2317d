"""Apps of Alipay with their keys, stored in a JSON file because the service stores them too."""

import secrets
import threading
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from sandbox import alipay_crypto as crypto
from sandbox.errors import SandboxError
from sandbox.json_file import JsonFile

Identity = Literal["user_id", "open_id"]


class App(BaseModel):
    """An app and its seller. The private keys of both sides are here, since the sandbox issues all of them.

    `identity` says which id of a person the app gets: newer apps get only the open_id.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    app_id: str = Field(pattern=r"^\d{16}$")
    name: str = Field(default="小二便利", min_length=1, max_length=60)
    seller_id: str = Field(pattern=r"^2088\d{12}$")
    private_key_pem: str
    platform_private_key_pem: str
    identity: Identity = "user_id"
    balance_fen: int = 0

    def credentials(self) -> dict[str, Any]:
        """Return what the service needs to act for this app."""
        return {
            "app_id": self.app_id,
            "private_key_pem": self.private_key_pem,
            "public_keys": [crypto.to_public_key(self.platform_private_key_pem)],
            "seller_id": self.seller_id,
        }

    def to_json(self) -> dict[str, Any]:
        """Return the settings without keys."""
        return self.model_dump(include={"app_id", "name", "seller_id", "identity", "balance_fen"})


_LIST = TypeAdapter(list[App])


class AppRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    app_id: str | None = Field(default=None, pattern=r"^\d{16}$")
    name: str = Field(default="小二便利", min_length=1, max_length=60)
    identity: Identity = "user_id"


class AppChange(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    identity: Identity | None = None
    balance_fen: int | None = None


class Apps:
    def __init__(self, file: JsonFile) -> None:
        self._file = file
        self._lock = threading.RLock()
        self._by_id = {app.app_id: app for app in _LIST.validate_python(file.read() or [])}

    def create(self, payload: dict[str, Any]) -> App:
        """Create an app with new keys. Raises SandboxError."""
        request = _validate(AppRequest, payload)
        app = App(
            app_id=request.app_id or f"2021{secrets.randbelow(10**12):012d}",
            name=request.name,
            seller_id=f"2088{secrets.randbelow(10**12):012d}",
            private_key_pem=crypto.generate_private_key(),
            platform_private_key_pem=crypto.generate_private_key(),
            identity=request.identity,
        )
        with self._lock:
            if app.app_id in self._by_id:
                raise SandboxError("app_exists", "已经有这个 AppID", 409)
            self._by_id[app.app_id] = app
            self._save()
        return app

    def change(self, app_id: str, payload: dict[str, Any]) -> App:
        """Change settings of an app. Raises SandboxError."""
        change = _validate(AppChange, payload).model_dump(exclude_none=True)
        with self._lock:
            app = self.get(app_id)
            for name, value in change.items():
                setattr(app, name, value)
            self._save()
        return app

    def add_balance(self, app_id: str, amount_fen: int) -> bool:
        """Add to the balance of the seller, or return False where a negative amount exceeds it."""
        with self._lock:
            app = self.get(app_id)
            if amount_fen < 0 and app.balance_fen + amount_fen < 0:
                return False
            app.balance_fen += amount_fen
            return True

    def find(self, app_id: str) -> App | None:
        """Find an app by its id."""
        return self._by_id.get(app_id)

    def get(self, app_id: str) -> App:
        """Return an app. Raises SandboxError with status 404."""
        app = self.find(app_id)
        if app is None:
            raise SandboxError("no_such_app", "沙箱里没有这个支付宝应用", 404)
        return app

    def list_all(self) -> list[App]:
        """List the apps."""
        return list(self._by_id.values())

    def reset(self) -> None:
        """Set balances back. The keys stay, because the service has stored them."""
        with self._lock:
            for app in self._by_id.values():
                app.balance_fen = 0
            if self._by_id:
                self._save()

    def _save(self) -> None:
        self._file.write([app.model_dump() for app in self._by_id.values()])


def _validate(model: type[Any], payload: dict[str, Any]) -> Any:
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise SandboxError("bad_app", f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
