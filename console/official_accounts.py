"""What the pages of official accounts share: which accounts a staff account sees, and the check of replies."""

from typing import Any

from console.auth import StaffCaller
from store.core.errors import DomainError, invalid, not_found
from store.official_accounts import chat_rewards, message_content
from store.tenants import channels
from store.tenants.channels import Channel


def get_account(caller: StaffCaller, key: str) -> Channel:
    """Return an official account that the caller sees. Raises DomainError(not_found)."""
    channel = channels.get_by_key(key)
    caller.ensure_shop(channel.shop_id, subject="该公众号")
    if channel.kind != "wechat_official":
        raise not_found("该公众号")
    return channel


def get_chat_account(caller: StaffCaller, key: str) -> Channel:
    """Return an account with a conversation that the caller sees. Raises DomainError(not_found)."""
    channel = channels.get_by_key(key)
    caller.ensure_shop(channel.shop_id, subject="该账号")
    if channel.kind not in channels.CHAT_KINDS:
        raise not_found("该账号")
    return channel


def find_channel_ids(caller: StaffCaller) -> frozenset[int] | None:
    """Return the row ids of the official accounts that the caller sees, None for all."""
    if caller.shop_ids is None:
        return None
    return frozenset(channel.id for channel in channels.list_chat_accounts(caller.shop_ids))


def ensure_all_shops(caller: StaffCaller) -> None:
    """Raise DomainError(forbidden) for a staff account of some shops only."""
    if caller.shop_ids is not None:
        raise DomainError("forbidden", "您的账号只能管理指定门店的公众号", 403)


def check_replies(values: list[dict[str, Any]], *, field: str = "answers") -> list[dict[str, Any]]:
    """Return replies as they are stored. Raises DomainError(invalid) that says which one is wrong."""
    kept = []
    for number, value in enumerate(values, 1):
        try:
            parsed = message_content.parse([value])
            chat_rewards.ensure_targets(parsed)
            kept += message_content.serialize(parsed)
        except DomainError as error:
            raise invalid(
                field, f"第 {number} 条回复：{error.details.get('reason', error.message)}"
            ) from None
    return kept
