"""Which subscribers handle which kind of event: the one table of what follows an event."""

from collections.abc import Mapping, Sequence

from store.core.events import Subscriber
from store.coupons import bulk_issue as coupon_bulk_issue
from store.draws import chance_sources as draw_chance_sources
from store.draws import claims as draw_claims
from store.draws import shares as activity_shares
from store.membership import follow_rewards, top_up_payers
from store.messages import notifications
from store.orders import payers as order_payers
from store.points import order_events as point_order_events
from store.shop_orders import late_payments
from store.stored_value import top_up_refunds
from store.tills import order_news, payment_news
from tasks import exports
from tasks.card_packs import pushing as card_pushing
from tasks.card_packs import reconciliation as card_reconciliation
from tasks.card_packs import templates as card_template_submission
from tasks.messages import sending as message_sending
from tasks.official_accounts import menus as official_account_menus
from tasks.official_accounts import qr_codes as official_account_qr_codes
from tasks.official_accounts import unionids as official_account_unionids
from tasks.orders import shipping_uploads
from tasks.payments import follow_up as payment_follow_up
from tasks.payments import red_packets as red_packet_follow_up

TELL_TILL = Subscriber("till_news.notify", payment_news.notify)
TELL_TILL_OF_ORDER = Subscriber("till_news.notify_of_order", order_news.notify)
UPLOAD_SHIPPING = Subscriber("shipping_uploads.upload", shipping_uploads.upload, uses_network=True)
CONTINUE_BATCH = Subscriber("coupon_batches.continue", coupon_bulk_issue.continue_batch)

_OPERATIONS: Mapping[str, Sequence[Subscriber]] = {
    "messages.due": (Subscriber("messages.send_due", message_sending.send_due, uses_network=True),),
    "coupon_batches.created": (CONTINUE_BATCH,),
    "coupon_batches.continued": (CONTINUE_BATCH,),
    "exports.requested": (Subscriber("exports.begin", exports.begin, uses_network=True),),
    "followers.followed": (
        Subscriber("follow_rewards.grant", follow_rewards.grant),
        Subscriber("unionids.fetch", official_account_unionids.fetch, uses_network=True),
        Subscriber("draw_chances.grant_for_follow", draw_chance_sources.grant_for_follow),
        Subscriber("activity_shares.record_follow", activity_shares.record_follow),
    ),
    "menus.publication_requested": (
        Subscriber("menus.publish", official_account_menus.publish, uses_network=True),
    ),
    "payments.due": (
        Subscriber("payments.follow_attempt", payment_follow_up.follow_attempt, uses_network=True),
    ),
    "refunds.due": (
        Subscriber("payments.follow_refund", payment_follow_up.follow_refund, uses_network=True),
    ),
    "red_packets.due": (Subscriber("red_packets.follow", red_packet_follow_up.follow, uses_network=True),),
    "orders.paid": (
        Subscriber("points.post_order", point_order_events.post_order, point_order_events.post_orders),
        Subscriber(
            "draw_chances.grant_for_purchase",
            draw_chance_sources.grant_for_purchase,
            draw_chance_sources.grant_for_purchases,
        ),
    ),
    "orders.completed": (Subscriber("points.post_completed_order", point_order_events.post_order),),
    "orders.member_attached": (Subscriber("points.post_attached_order", point_order_events.post_order),),
    "orders.returned": (Subscriber("points.post_return", point_order_events.post_return),),
    "top_ups.refund_requested": (Subscriber("top_up_refunds.ask_platform", top_up_refunds.ask_platform),),
    "refunds.succeeded": (Subscriber("top_up_refunds.confirm_paid", top_up_refunds.confirm_paid),),
    "payments.succeeded": (
        Subscriber("top_up_payers.claim", top_up_payers.claim),
        Subscriber("order_payers.attach_payer", order_payers.attach_payer),
        TELL_TILL,
    ),
    "orders.awaiting_acceptance": (TELL_TILL_OF_ORDER,),
    "orders.acceptance_due": (TELL_TILL_OF_ORDER,),
    "orders.shipping_due": (TELL_TILL_OF_ORDER,),
    "orders.shipped": (UPLOAD_SHIPPING,),
    "orders.upload_due": (UPLOAD_SHIPPING,),
    "orders.received": (UPLOAD_SHIPPING,),
    "payments.failed": (TELL_TILL,),
    "payments.closed": (TELL_TILL,),
    "payments.surplus": (TELL_TILL, Subscriber("shop_orders.tell_surplus", late_payments.tell)),
    "members.joined": (
        Subscriber("order_payers.attach_earlier_orders", order_payers.attach_earlier_orders),
        Subscriber("activity_shares.record_registration", activity_shares.record_registration),
    ),
    "customers.merged": (
        Subscriber("order_payers.attach_orders_of_merged", order_payers.attach_earlier_orders),
    ),
    "qr_codes.scanned": (Subscriber("draw_chances.grant_for_scan", draw_chance_sources.grant_for_scan),),
    "red_packets.finished": (Subscriber("draw_claims.finish_packet", draw_claims.finish_packet),),
    "closings.finished": (Subscriber("pack_cards.withdraw", card_reconciliation.withdraw_cards),),
    "pack_cards.due": (Subscriber("pack_cards.push_due", card_pushing.push_due, uses_network=True),),
    "pack_cards.compare_due": (
        Subscriber("pack_cards.compare_with_ledgers", card_reconciliation.compare_with_ledgers),
    ),
    "pack_cards.comparison_requested": (
        Subscriber("pack_cards.compare_card", card_reconciliation.compare_card, uses_network=True),
    ),
    "pack_cards.check_due": (
        Subscriber(
            "pack_cards.check_with_platforms", card_reconciliation.check_with_platforms, uses_network=True
        ),
    ),
    "card_templates.due": (
        Subscriber("card_templates.submit", card_template_submission.submit, uses_network=True),
    ),
    "qr_codes.created": (
        Subscriber("qr_codes.fetch_ticket", official_account_qr_codes.fetch_ticket, uses_network=True),
    ),
}
_NOTIFICATIONS = notifications.subscribers()

SUBSCRIPTIONS: Mapping[str, Sequence[Subscriber]] = {
    kind: (*_OPERATIONS.get(kind, ()), *_NOTIFICATIONS.get(kind, ()))
    for kind in {**_OPERATIONS, **_NOTIFICATIONS}
}
