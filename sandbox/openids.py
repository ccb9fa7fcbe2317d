"""Ids and phone numbers, derived by a hash so that they are the same after a restart."""

import base64
import hashlib


def derive_openid(*, person_id: str, appid: str) -> str:
    """Return the openid of a person at an account: 28 characters that begin with `o`."""
    return "o" + _to_base64("openid", person_id, appid)[:27]


def derive_unionid(*, person_id: str, open_group: str | None) -> str | None:
    """Return the unionid, the same at all accounts of an open-platform group, or None without a group."""
    return "o" + _to_base64("unionid", person_id, open_group)[:27] if open_group else None


def derive_original_id(*, appid: str) -> str:
    """Return the `gh_` id of an account, which messages contain instead of its appid."""
    return "gh_" + _digest("original", appid).hex()[:12]


def derive_alipay_user_id(*, person_id: str) -> str:
    """Return the user id of a person at Alipay: 16 digits that begin with 2088, the same for all apps."""
    return f"2088{int.from_bytes(_digest('alipay', person_id)[:6]) % 10**12:012d}"


def derive_alipay_open_id(*, person_id: str, app_id: str) -> str:
    """Return the open_id of a person at an app of Alipay."""
    return _to_base64("alipay", person_id, app_id).rstrip("=")


def derive_template_id(*, appid: str, title: str) -> str:
    """Return the id of a template of an account: 43 characters."""
    return _to_base64("template", appid, title)[:43]


def derive_phone(*, person_id: str) -> str:
    """Return the phone number of a person. It is derived, so that no file contains phone numbers."""
    return f"138{int.from_bytes(_digest('phone', person_id)[:6]) % 10**8:08d}"


def _to_base64(*parts: str) -> str:
    return base64.urlsafe_b64encode(_digest(*parts)).decode()


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\n".join(parts).encode()).digest()
