"""Notifications of payer claims: who paid a member's top-up hears the question and where to answer it."""

from store.core.events import Event
from store.customers import customers
from store.membership import payer_claims
from store.membership.payer_claims import PayerClaim
from store.messages import announcements

DESCRIPTION = "您刚为该会员充值。如果是您本人，点开即可绑定，积分和订单合并到一处；不是请选“不是我”。"


def ask_payer(event: Event) -> None:
    """Queue the question of a `payer_claims.opened` event while the claim is open."""
    claim = PayerClaim.find(id=event.properties["claim_id"])
    if claim is not None and payer_claims.is_open(claim):
        announcements.queue_article(
            customers.survivor(claim.customer), title=payer_claims.question(claim), description=DESCRIPTION,
            path="/m/payer-claims", number=f"announcement:{event.id}",
        )  # fmt: skip
