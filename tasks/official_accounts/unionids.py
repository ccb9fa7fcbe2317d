"""Fetch the unionid of a follower, by which the accounts of one person are merged."""

import structlog

import platform_clients
from platforms.errors import PlatformRejectedError
from store.core.events import Event
from store.customers import followers, identities
from store.customers.customers import Customer, survivor
from store.tenants import channels

log = structlog.get_logger("unionids")


def fetch(event: Event) -> None:
    """Fetch a follower's unionid and merge the customers that share it."""
    channel = channels.get_by_id(event.channel_id)
    if channel.kind != "wechat_official":
        return
    openid = identities.find_openid(survivor(Customer.get_by_id(event.customer_id)), channel.appid)
    if not channel.open_group or openid is None:
        return
    try:
        follower = platform_clients.official_account_client(channel).get_follower(openid)
    except PlatformRejectedError as refused:  # an account without this right never gets it by asking again
        log.warning("unionid_refused", account=channel.key, code=refused.code)
        return
    if follower.unionid:
        followers.get_or_create_customer(
            channel=channel, openid=openid, source="wechat_official", unionid=follower.unionid
        )
