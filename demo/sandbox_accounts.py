"""The account file of the sandbox: the accounts of the demo tenants with secrets and URLs."""

import json
import os
from typing import Any

import config
from store.tenants import channels, registry
from store.tenants.channels import Channel

KINDS = (*channels.PUSH_KINDS, "alipay")
NOT_USED = "-"  # the keys of an Alipay application are in a file of their own


def write_accounts(settings: config.Config) -> bool:
    """Write the accounts of all tenants into a file that only its owner can read.

    Returns whether the file has changed: at the first start, and when other ports change the URLs.
    """
    rows = []
    for slug in registry.list_slugs():
        with registry.use_tenant(slug):
            official_first = sorted(
                channels.list_channels(), key=lambda channel: channel.kind != "wechat_official"
            )
            rows += [
                to_account_entry(channel, settings.public_url)
                for channel in official_first
                if channel.kind in KINDS
            ]
    path = settings.var / "sandbox" / "accounts.json"
    if path.exists() and json.loads(path.read_text()) == rows:
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(rows, ensure_ascii=False, indent=2))
    draft.replace(path)
    return True


def to_account_entry(channel: Channel, public_url: str) -> dict[str, Any]:
    has_pages = channel.kind in channels.CHAT_KINDS
    if channel.kind == "alipay":
        return {
            "kind": channel.kind, "name": channel.name, "appid": channel.appid, "secret": NOT_USED,
            "callback": f"{public_url}/alipay/{channel.key}", "h5_home": f"{public_url}/m/me?a={channel.key}",
        }  # fmt: skip
    receives_events = channel.kind in channels.PUSH_KINDS
    return {
        "kind": channel.kind,
        "name": channel.name,
        "appid": channel.appid,
        "secret": channel.secret,
        "token": channel.token or "",
        "encoding_aes_key": channel.encoding_aes_key,
        "mode": channel.mode if receives_events else "plain",
        "callback": f"{public_url}/wechat/{channel.key}" if receives_events else None,
        "open_group": channel.open_group,
        "h5_home": f"{public_url}/m/me?a={channel.key}" if has_pages else None,
    }
