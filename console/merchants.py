"""Merchants (商户号): list, add, keys, test, retire. Secrets are written only; a key is named by its fingerprint."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import StringConstraints

import platform_clients
from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import respond_once
from platforms.errors import PlatformError
from store.core.errors import invalid
from store.payments import merchants
from store.payments.merchants import Merchant
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint("console_merchants", __name__, url_prefix="/console/api/merchants", enable_openapi=False)

NOTICE_PATHS = {"wechat_pay": "/notify/wechat-pay/{key}", "alipay": "/notify/alipay/{key}"}

Line = Annotated[OneLine, StringConstraints(max_length=100)]
Secret = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000, pattern=r"^[^\x00]*$")
]


class MerchantCreation(RequestModel):
    """A new merchant with its keys in PEM. `shop` is a code; at most one of shop and brand is given."""

    platform: Literal["wechat_pay", "alipay"]
    name: Line
    merchant_id: Line
    app_id: Line
    brand: Line | None = None
    shop: Line | None = None
    private_key: Secret
    public_key: Secret
    certificate_serial: Line = ""
    public_key_id: Line = ""
    api_v3_key: Secret | None = None


class KeyAddition(RequestModel):
    """One more key. `serial` is the id of a public key or the serial of a certificate of WeChat Pay."""

    name: Literal["api_v3_keys", "public_keys"]
    value: Secret
    serial: Line = ""


class KeyRetirement(RequestModel):
    """The key that goes, by its serial or fingerprint."""

    name: Literal["api_v3_keys", "public_keys"]
    identifier: Line


class PrivateKeyChange(RequestModel):
    """The key with which requests are signed from now on."""

    private_key: Secret
    certificate_serial: Line = ""


@bp.get("")
@staff_required("merchants.read")
def list_merchants(caller: StaffCaller) -> Response:
    """Return all merchants, to an account of some shops those that are bound to them."""
    seen = [
        row for row in merchants.list_merchants() if caller.shop_ids is None or row.shop_id in caller.shop_ids
    ]
    names = shop_scope.read_names(row.shop_id for row in seen)
    return json_response({"list": [_to_row(row, names) for row in seen]})


@bp.post("")
@staff_required("merchants.create")
@bp.input(MerchantCreation)
def add_merchant(caller: StaffCaller, json_data: MerchantCreation) -> Response:
    shop_scope.ensure_named(caller, json_data.shop)
    shop = shop_scope.get_shop(caller, json_data.shop) if json_data.shop else None
    facts = json_data.model_dump(include={"platform", "name", "merchant_id", "app_id", "brand"})
    credentials = _to_credentials(json_data)

    def work() -> dict[str, Any]:
        return _to_own_row(merchants.add(**facts, shop_id=shop.id if shop else None, credentials=credentials))

    return respond_once(caller, json_data, work, status=201)


@bp.post("/<key>/tests")
@staff_required("merchants.edit")
def test_merchant(key: str, caller: StaffCaller) -> Response:
    """Check the keys by a harmless call of the platform. `problem` is what is wrong, None if nothing is."""
    return json_response({"problem": _find_problem(_get_seen(caller, key))})


@bp.post("/<key>/keys")
@staff_required("merchants.edit")
@bp.input(KeyAddition)
def add_key(key: str, caller: StaffCaller, json_data: KeyAddition) -> Response:
    _get_seen(caller, key)
    values = json_data.model_dump()
    return respond_once(
        caller, json_data, lambda: _to_own_row(merchants.add_key(key=key, **values)), status=201
    )


@bp.delete("/<key>/keys")
@staff_required("merchants.edit")
@bp.input(KeyRetirement)
def retire_key(key: str, caller: StaffCaller, json_data: KeyRetirement) -> Response:
    _get_seen(caller, key)
    values = json_data.model_dump()
    return respond_once(caller, json_data, lambda: _to_own_row(merchants.retire_key(key=key, **values)))


@bp.put("/<key>/private-key")
@staff_required("merchants.edit")
@bp.input(PrivateKeyChange)
def replace_private_key(key: str, caller: StaffCaller, json_data: PrivateKeyChange) -> Response:
    _get_seen(caller, key)

    def work() -> dict[str, Any]:
        row = merchants.replace_private_key(
            key=key, private_key_pem=json_data.private_key, certificate_serial=json_data.certificate_serial
        )
        return _to_own_row(row)

    return respond_once(caller, json_data, work)


@bp.post("/<key>/retirement")
@staff_required("merchants.edit")
def retire_merchant(key: str, caller: StaffCaller) -> Response:
    """Take a merchant out of service. Its notices and refunds are still processed."""
    _get_seen(caller, key)
    return respond_once(caller, None, lambda: _to_own_row(merchants.retire(key=key)))


def _get_seen(caller: StaffCaller, key: str) -> Merchant:
    row = merchants.get_by_key(key)
    caller.ensure_shop(row.shop_id, subject="该商户")
    return row


def _find_problem(row: Merchant) -> str | None:
    try:
        return platform_clients.find_merchant_problem(row)
    except PlatformError as error:
        return error.message or "支付平台没有答复，请稍后再试"


def _to_credentials(asked: MerchantCreation) -> dict[str, Any]:
    if asked.platform == "alipay":
        return {
            "private_key_pem": asked.private_key, "public_keys": [asked.public_key], "seller_id": asked.merchant_id,
        }  # fmt: skip
    for name, value in (("public_key_id", asked.public_key_id), ("api_v3_key", asked.api_v3_key)):
        if not value:
            raise invalid(
                name, "请填写公钥 ID 或证书序列号" if name == "public_key_id" else "请填写 APIv3 密钥"
            )
    return {
        "private_key_pem": asked.private_key, "certificate_serial": asked.certificate_serial,
        "api_v3_keys": [asked.api_v3_key], "public_keys": {asked.public_key_id: asked.public_key},
    }  # fmt: skip


def _to_own_row(row: Merchant) -> dict[str, Any]:
    return _to_row(row, shop_scope.read_names([row.shop_id]))


def _to_row(row: Merchant, names: dict[int | None, str]) -> dict[str, Any]:
    columns = ("key", "platform", "name", "merchant_id", "app_id", "brand", "state")
    return {name: getattr(row, name) for name in columns} | {
        "shop": names.get(row.shop_id), "created_at": row.created_at.isoformat(),
        "keys": [{"name": name, "identifier": identifier} for name, identifier in merchants.list_keys(row)],
        "notice_url": platform_clients.to_absolute_url(NOTICE_PATHS[row.platform].format(key=row.key)),
    }  # fmt: skip
