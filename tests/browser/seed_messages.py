"""Two unread site messages of a member: `python -m tests.browser.seed_messages CARD`."""

import sys

import config
from bootstrap import bootstrap
from store.customers import members
from store.customers.members import Member
from store.messages import messages
from store.messages.kinds import KINDS
from store.messages.messages import NewMessage
from store.tenants import registry
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS
from tests.browser.seed import XSS_PAYLOAD

WANTED = {
    "tier_changed": {"原等级": "银卡", "等级": f"金卡{XSS_PAYLOAD}"},
    "points_expiring": {"积分": "100", "积分名称": "积分", "到期日": "5月1日", "到期日期": "2026-05-01"},
}


def seed_messages(member: Member) -> None:
    """Write a message of each kind."""
    for kind, variables in WANTED.items():
        messages.write_many(KINDS[kind], [NewMessage(member.customer_id, f"{kind}:{member.id}", variables)])


if __name__ == "__main__":
    settings = config.read()
    bootstrap(settings, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(settings.redis_url))
    with registry.use_tenant("walk"):
        seed_messages(members.get_by_card(sys.argv[1]))
    sys.stdout.write("{}\n")
