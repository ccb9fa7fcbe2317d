"""Merchants of WeChat Pay with their keys, stored in a JSON file because the service stores them too."""

import secrets
import threading
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from sandbox import wechat_pay_crypto as crypto
from sandbox.errors import SandboxError
from sandbox.json_file import JsonFile

FIRST_PAYOUT_BALANCE_FEN = 100_000_000
RefundResult = Literal["SUCCESS", "PROCESSING", "ABNORMAL", "CLOSED"]


class Merchant(BaseModel):
    """A merchant. The private keys of both sides are here, since the sandbox issues all of them."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    merchant_id: str = Field(pattern=r"^\d{8,10}$")
    name: str = Field(default="小二便利", min_length=1, max_length=60)
    app_ids: list[str] = Field(min_length=1, max_length=20)
    api_v3_key: str = Field(min_length=32, max_length=32)
    private_key_pem: str
    certificate_serial: str
    platform_private_key_pem: str
    public_key_id: str
    platform_certificate_serial: str
    platform_certificate_pem: str
    signs_notices_with: Literal["public_key", "certificate"] = "public_key"
    refund_result: RefundResult = "SUCCESS"
    balance_fen: int = 0
    payout_balance_fen: int = FIRST_PAYOUT_BALANCE_FEN
    api_v2_key: str = Field(default_factory=lambda: secrets.token_hex(16), min_length=32, max_length=32)
    client_certificate_pem: str = ""

    def credentials(self) -> dict[str, Any]:
        """Return what the service needs to act for this merchant."""
        return {
            "merchant_id": self.merchant_id,
            "private_key_pem": self.private_key_pem,
            "certificate_serial": self.certificate_serial,
            "api_v3_keys": [self.api_v3_key],
            "public_keys": {self.public_key_id: crypto.to_public_key(self.platform_private_key_pem)},
            "api_v2_key": self.api_v2_key,
            "client_certificate_pem": self.client_certificate_pem,
        }

    def certificate(self) -> dict[str, str]:
        """Return the platform certificate, for merchants in certificate mode."""
        return {self.platform_certificate_serial: self.platform_certificate_pem}

    def to_json(self) -> dict[str, Any]:
        """Return the settings without keys."""
        shown = {"merchant_id", "name", "app_ids", "signs_notices_with", "refund_result"}
        return self.model_dump(include={*shown, "balance_fen", "payout_balance_fen"})


_LIST = TypeAdapter(list[Merchant])


class MerchantRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    app_ids: list[str] = Field(min_length=1, max_length=20)
    merchant_id: str | None = Field(default=None, pattern=r"^\d{8,10}$")
    name: str = Field(default="小二便利", min_length=1, max_length=60)


class MerchantChange(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    app_ids: list[str] | None = Field(default=None, min_length=1, max_length=20)
    signs_notices_with: Literal["public_key", "certificate"] | None = None
    refund_result: RefundResult | None = None
    balance_fen: int | None = None
    payout_balance_fen: int | None = None


class Merchants:
    def __init__(self, file: JsonFile) -> None:
        self._file = file
        self._lock = threading.RLock()
        stored = _LIST.validate_python(file.read() or [])
        self._by_id = {merchant.merchant_id: merchant for merchant in stored}

    def create(self, payload: dict[str, Any]) -> Merchant:
        """Create a merchant with new keys. Raises SandboxError."""
        request = _validate(MerchantRequest, payload)
        merchant_id = request.merchant_id or f"19{secrets.randbelow(10**8):08d}"
        platform_key, serial = crypto.generate_private_key(), crypto.generate_serial()
        own_key, own_serial = crypto.generate_private_key(), crypto.generate_serial()
        merchant = Merchant(
            merchant_id=merchant_id,
            name=request.name,
            app_ids=request.app_ids,
            api_v3_key=secrets.token_hex(16),
            private_key_pem=own_key,
            certificate_serial=own_serial,
            client_certificate_pem=crypto.issue_certificate(own_key, serial=own_serial, name=merchant_id),
            platform_private_key_pem=platform_key,
            public_key_id=f"PUB_KEY_ID_{secrets.token_hex(16).upper()}",
            platform_certificate_serial=serial,
            platform_certificate_pem=crypto.issue_certificate(platform_key, serial=serial, name="Tenpay"),
        )
        with self._lock:
            if merchant_id in self._by_id:
                raise SandboxError("merchant_exists", "已经有这个商户号", 409)
            self._by_id[merchant_id] = merchant
            self._save()
        return merchant

    def change(self, merchant_id: str, payload: dict[str, Any]) -> Merchant:
        """Change settings of a merchant. Raises SandboxError."""
        change = _validate(MerchantChange, payload).model_dump(exclude_none=True)
        with self._lock:
            merchant = self.get(merchant_id)
            for name, value in change.items():
                setattr(merchant, name, value)
            self._save()
        return merchant

    def add_balance(self, merchant_id: str, amount_fen: int) -> bool:
        """Add to the balance of a merchant, or return False where a negative amount exceeds it."""
        with self._lock:
            merchant = self.get(merchant_id)
            if amount_fen < 0 and merchant.balance_fen + amount_fen < 0:
                return False
            merchant.balance_fen += amount_fen
            return True

    def add_payout_balance(self, merchant_id: str, amount_fen: int) -> bool:
        """Add to the balance for red packets, or return False where a negative amount exceeds it."""
        with self._lock:
            merchant = self.get(merchant_id)
            if amount_fen < 0 and merchant.payout_balance_fen + amount_fen < 0:
                return False
            merchant.payout_balance_fen += amount_fen
            return True

    def find(self, merchant_id: str) -> Merchant | None:
        """Find a merchant by its number."""
        return self._by_id.get(merchant_id)

    def get(self, merchant_id: str) -> Merchant:
        """Return a merchant. Raises SandboxError with status 404."""
        merchant = self.find(merchant_id)
        if merchant is None:
            raise SandboxError("no_such_merchant", "沙箱里没有这个商户号", 404)
        return merchant

    def list_all(self) -> list[Merchant]:
        """List the merchants."""
        return list(self._by_id.values())

    def reset(self) -> None:
        """Set balances and settings back. The keys stay, because the service has stored them."""
        with self._lock:
            for merchant in self._by_id.values():
                merchant.balance_fen, merchant.refund_result = 0, "SUCCESS"
                merchant.signs_notices_with = "public_key"
                merchant.payout_balance_fen = FIRST_PAYOUT_BALANCE_FEN
            if self._by_id:
                self._save()

    def _save(self) -> None:
        self._file.write([merchant.model_dump() for merchant in self._by_id.values()])


def _validate(model: type[Any], payload: dict[str, Any]) -> Any:
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise SandboxError("bad_merchant", f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
