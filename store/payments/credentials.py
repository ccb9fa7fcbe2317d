"""Credentials of merchants: their form per platform, and their keys, several during a rotation."""

import hashlib
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from store.core import errors
from store.core.validation import validate

MAX_SECRET_LENGTH = 20_000


class _Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class WeChatPaySecrets(_Credentials):
    """`public_keys` are PEM keys or certificates of the platform by serial or public key id."""

    private_key_pem: str = Field(min_length=1, max_length=MAX_SECRET_LENGTH, repr=False)
    certificate_serial: str = Field(min_length=1, max_length=64)
    api_v3_keys: tuple[str, ...] = Field(min_length=1, max_length=5, repr=False)
    public_keys: dict[str, str] = Field(min_length=1, max_length=10, repr=False)
    api_v2_key: str = Field(default="", max_length=64, repr=False)
    client_certificate_pem: str = Field(default="", max_length=MAX_SECRET_LENGTH, repr=False)


class AlipaySecrets(_Credentials):
    """`public_keys` are the platform's, the newest first."""

    private_key_pem: str = Field(min_length=1, max_length=MAX_SECRET_LENGTH, repr=False)
    public_keys: tuple[str, ...] = Field(min_length=1, max_length=5, repr=False)
    seller_id: str = Field(default="", max_length=64)


FORMS: dict[str, type[WeChatPaySecrets] | type[AlipaySecrets]] = {
    "wechat_pay": WeChatPaySecrets,
    "alipay": AlipaySecrets,
}
# What is kept beside its successor until it is retired; the others are replaced.
ROTATED = {"wechat_pay": ("api_v3_keys", "public_keys"), "alipay": ("public_keys",)}


def check(platform: str, values: Any) -> dict[str, Any]:
    """Return valid credentials as stored. Raises DomainError(invalid), whose message holds no secret."""
    form = validate(FORMS[platform], values)
    for key in getattr(form, "api_v3_keys", ()):
        _check_api_v3_key(key)
    return form.model_dump(mode="json")


def fingerprint(secret: str) -> str:
    """Return the first 12 characters of a secret's hash, by which it can be named without being shown."""
    return hashlib.sha256(secret.strip().encode()).hexdigest()[:12]


def list_keys(platform: str, stored: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the rotated keys as name and identifier: the serial of a named key, else its fingerprint."""
    found = []
    for name in ROTATED[platform]:
        keys = stored[name]
        identifiers = keys if isinstance(keys, dict) else map(fingerprint, keys)
        found += [(name, identifier) for identifier in identifiers]
    return found


def add_key(platform: str, stored: dict[str, Any], name: str, value: str, serial: str) -> dict[str, Any]:
    """Return the credentials with one more key, which comes first. Raises DomainError(invalid)."""
    _check_name(platform, name)
    keys = stored[name]
    if isinstance(keys, dict):
        if not serial or not isinstance(serial, str):
            raise errors.invalid("serial", "请填写公钥 ID 或证书序列号")
        return check(
            platform, {**stored, name: {serial: value, **{k: v for k, v in keys.items() if k != serial}}}
        )
    return check(platform, {**stored, name: [value, *(key for key in keys if key != value)]})


def retire_key(platform: str, stored: dict[str, Any], name: str, identifier: str) -> dict[str, Any]:
    """Return the credentials without a key. Raises DomainError(last_key) for the only one."""
    _check_name(platform, name)
    keys = stored[name]
    kept: Any
    if isinstance(keys, dict):
        kept = {serial: value for serial, value in keys.items() if serial != identifier}
    else:
        kept = [key for key in keys if fingerprint(key) != identifier]
    if not kept:
        raise errors.DomainError("last_key", "这是唯一的密钥，请先添加新密钥", 409)
    return {**stored, name: kept}


def _check_name(platform: str, name: str) -> None:
    if name not in ROTATED[platform]:
        raise errors.invalid("name", f"可轮换的密钥：{'、'.join(ROTATED[platform])}")


def _check_api_v3_key(key: str) -> None:
    if len(key.encode()) != 32:
        raise errors.invalid("api_v3_keys", "APIv3 密钥应为 32 个字符")
