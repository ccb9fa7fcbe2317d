"""Which subscribers handle which kind of event: the one table of what follows an event."""

from collections.abc import Mapping, Sequence

from store.core.events import Subscriber
from store.coupons import bulk_issue as coupon_bulk_issue
from store.membership import follow_rewards
from store.messages import expiry_notifications, payment_notifications, phone_claim_notifications
from store.points import order_events as point_order_events
from tasks.official_accounts import menus as official_account_menus
from tasks.official_accounts import messages as official_account_messages
from tasks.official_accounts import qr_codes as official_account_qr_codes
from tasks.official_accounts import unionids as official_account_unionids
from tasks.payments import follow_up as payment_follow_up

CONTINUE_BATCH = Subscriber("coupon_batches.continue", coupon_bulk_issue.continue_batch)

SUBSCRIPTIONS: Mapping[str, Sequence[Subscriber]] = {
    "points.ending_soon": (
        Subscriber("expiry_notifications.points", expiry_notifications.notify_points_expiring),
    ),
    "coupons.ending_soon": (
        Subscriber("expiry_notifications.coupons", expiry_notifications.notify_coupons_expiring),
    ),
    "messages.queued": (
        Subscriber("customer_messages.send", official_account_messages.send, uses_network=True),
    ),
    "coupon_batches.created": (CONTINUE_BATCH,),
    "coupon_batches.continued": (CONTINUE_BATCH,),
    "followers.followed": (
        Subscriber("follow_rewards.grant", follow_rewards.grant),
        Subscriber("unionids.fetch", official_account_unionids.fetch, uses_network=True),
    ),
    "menus.publication_requested": (
        Subscriber("menus.publish", official_account_menus.publish, uses_network=True),
    ),
    "stored_value.spent": (Subscriber("payment_notifications.spent", payment_notifications.notify_spent),),
    "stored_value.refunded": (
        Subscriber("payment_notifications.refunded", payment_notifications.notify_refunded),
    ),
    "payments.due": (
        Subscriber("payments.follow_attempt", payment_follow_up.follow_attempt, uses_network=True),
    ),
    "refunds.due": (
        Subscriber("payments.follow_refund", payment_follow_up.follow_refund, uses_network=True),
    ),
    "orders.paid": (
        Subscriber("points.post_order", point_order_events.post_order, point_order_events.post_orders),
    ),
    "orders.returned": (Subscriber("points.post_return", point_order_events.post_return),),
    "phone_claims.opened": (
        Subscriber("phone_claim_notifications.notify", phone_claim_notifications.notify_holder),
    ),
    "qr_codes.created": (
        Subscriber("qr_codes.fetch_ticket", official_account_qr_codes.fetch_ticket, uses_network=True),
    ),
}
