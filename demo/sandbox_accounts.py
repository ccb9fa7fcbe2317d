"""The sandbox's account book: the accounts that it plays the platform for, with secrets and addresses."""

import json
import os
from typing import Any

import config
from store.tenants import channels, registry
from store.tenants.channels import Channel


def write_accounts(settings: config.Config) -> bool:
    """Write the accounts of every tenant, for its owner only; returns whether the book says something new.

    It does on the first start and when a start on other ports has other addresses.
    """
    rows = []
    for slug in registry.list_slugs():
        with registry.use_tenant(slug):
            talking_first = sorted(
                channels.list_channels(), key=lambda channel: channel.kind != "wechat_official"
            )
            rows += [_to_account_entry(channel, settings.public_url) for channel in talking_first]
    path = settings.var / "sandbox" / "accounts.json"
    if path.exists() and json.loads(path.read_text()) == rows:
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(rows, ensure_ascii=False, indent=2))
    draft.replace(path)
    return True


def _to_account_entry(channel: Channel, public_url: str) -> dict[str, Any]:
    official = channel.kind == "wechat_official"
    return {
        "kind": channel.kind,
        "name": channel.name,
        "appid": channel.appid,
        "secret": channel.secret,
        "token": channel.token or "",
        "encoding_aes_key": channel.encoding_aes_key,
        "mode": channel.mode if official else "plain",
        "callback": f"{public_url}/wechat/{channel.key}" if official else None,
        "open_group": channel.open_group,
        "h5_home": f"{public_url}/m/me?a={channel.key}" if official else None,
    }
