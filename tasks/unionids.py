"""Learning a follower's unionid, by which the accounts of one person join."""

import structlog

import accounts
from platforms.errors import Refused
from store.company import channels
from store.kernel.events import Event
from store.people import fans, identities
from store.people.customers import Customer, survivor

log = structlog.get_logger("unionids")


def learn(event: Event) -> None:
    """Reaction to `fans.followed`: ask the platform, then let `fans.known` join what belongs together."""
    channel = channels.of_id(event.channel_id)
    openid = identities.openid_of(survivor(Customer.get_by_id(event.customer_id)), channel.appid)
    if not channel.open_group or openid is None:
        return
    try:
        follower = accounts.official(channel).user_info(openid)
    except Refused as refused:  # an account without this right never gets it by asking again
        log.warning("unionid_refused", account=channel.key, code=refused.code)
        return
    if follower.unionid:
        fans.known(channel=channel, openid=openid, source="wechat_official", unionid=follower.unionid)
