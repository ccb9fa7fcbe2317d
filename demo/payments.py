"""The merchants of the demo tenants at WeChat Pay and Alipay, whose keys the sandbox issues into its own files.

The seed runs before the sandbox starts. Therefore it uses the classes behind the control routes, on the same files.
"""

import config
from sandbox.alipay_apps import App, Apps
from sandbox.json_file import JsonFile
from sandbox.wechat_pay_merchants import Merchant, Merchants
from store.payments import merchants
from store.red_packets import accounts
from store.tenants import channels


def seed_merchants(settings: config.Config, *, key: str) -> None:
    """Add a merchant of each platform to the current tenant. Idempotent.

    A merchant that is stored already is not changed, also if a user has retired it or replaced its keys.
    """
    folder = settings.var / "sandbox"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    channel = channels.get_by_key(key)
    app_ids = [row.appid for row in channels.list_channels() if row.kind.startswith("wechat_")]
    official_first = sorted(app_ids, key=lambda app_id: app_id != channel.appid)
    pay = _ensure_wechat_pay(
        Merchants(JsonFile(folder / "wechat_pay_merchants.json")), official_first, channel.name
    )
    secrets = pay.credentials()
    _ensure_stored(
        f"{key}-wechat-pay", "wechat_pay", pay.name, secrets.pop("merchant_id"), channel.appid, secrets
    )
    _ensure_account(f"{key}-wechat-pay", channel.name)
    app = _ensure_alipay(Apps(JsonFile(folder / "alipay_apps.json")), channel.name)
    secrets = app.credentials()
    _ensure_stored(f"{key}-alipay", "alipay", app.name, app.seller_id, secrets.pop("app_id"), secrets)


def _ensure_account(key: str, name: str) -> None:
    """Let the merchant give red packets, unless a user has chosen otherwise."""
    if key in {row.key for row in merchants.list_merchants()} and not accounts.list_accounts():
        accounts.save(key, way="red_packet", send_name=name[:32])


def _ensure_wechat_pay(issued: Merchants, app_ids: list[str], name: str) -> Merchant:
    """Return the merchant of the official account, bound to all applications of the tenant."""
    found = next((each for each in issued.list_all() if app_ids[0] in each.app_ids), None)
    if found is None:
        return issued.create({"app_ids": app_ids, "name": name})
    missing = [app_id for app_id in app_ids if app_id not in found.app_ids]
    return issued.change(found.merchant_id, {"app_ids": found.app_ids + missing}) if missing else found


def _ensure_alipay(issued: Apps, name: str) -> App:
    """Return the app that is stored for the tenant, or a new one."""
    stored = {row.app_id for row in merchants.list_merchants() if row.platform == "alipay"}
    found = next((each for each in issued.list_all() if each.app_id in stored), None)
    return found or issued.create({"name": name})


def _ensure_stored(
    key: str, platform: str, name: str, merchant_id: str, app_id: str, credentials: dict[str, object]
) -> None:
    rows = merchants.list_merchants()
    if (platform, merchant_id) in {(row.platform, row.merchant_id) for row in rows}:
        return
    # After a loss of the sandbox's files the key belongs to the merchant that the sandbox no longer knows.
    free_key = None if key in {row.key for row in rows} else key
    merchants.add(
        platform=platform, name=name, merchant_id=merchant_id, app_id=app_id, credentials=credentials,
        key=free_key,
    )  # fmt: skip
