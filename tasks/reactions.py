"""What follows what: the one table in which an event's consequences stand."""

from collections.abc import Mapping, Sequence

from store.activities import announcements
from store.kernel.events import Reaction
from store.loyalty import coupon_batches, follow_gifts, order_accruals
from tasks import codes, customer_messages, menus, unionids

TABLE: Mapping[str, Sequence[Reaction]] = {
    "points.ending_soon": (announcements.points_end,),
    "coupons.ending_soon": (announcements.coupons_end,),
    "conversation.to_say": (customer_messages.say,),
    "coupon_batches.opened": (coupon_batches.go_on,),
    "coupon_batches.went_on": (coupon_batches.go_on,),
    "fans.followed": (follow_gifts.give, unionids.learn),
    "menus.publish_asked": (menus.publish,),
    "orders.paid": (order_accruals.book,),
    "orders.returned": (order_accruals.reverse,),
    "qr_codes.designed": (codes.make,),
}
