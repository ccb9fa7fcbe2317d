"""Customers of many mini-programs without a shared open platform: nothing tells whether they are one person."""

from store.customers import followers
from store.customers.customers import Customer
from store.tenants import channels


def create_app_customer(number: int) -> Customer:
    """Make the customer of a mini-program of its own."""
    channel = channels.add(
        kind="wechat_miniprogram",
        key=f"app-{number}",
        name="小二便利",
        appid=f"wxapp{number}",
        secret="m" * 32,
    )
    return followers.get_or_create_customer(channel=channel, openid=f"o{number}", source="wechat_miniprogram")
