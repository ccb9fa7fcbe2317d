"""What comes round by itself for every tenant, and how often in seconds."""

from collections.abc import Callable, Mapping

from store.activities import conversation
from store.kernel import idempotency, limits
from store.loyalty import coupon_gifts, nights, payment_codes, point_payments, top_ups
from store.people import codes, merge_journal, sessions

TIMETABLE: Mapping[str, tuple[int, Callable[[], object]]] = {
    "conversation.forget_old": (3600, conversation.forget_old),
    "codes.forget_old": (3600, codes.forget_old),
    "coupon_gifts.time_out": (60, coupon_gifts.time_out_due),
    "idempotency.forget_old": (3600, idempotency.forget_old),
    "nights.close_yesterday": (30, nights.close_yesterday),
    "point_payments.release_overdue": (60, point_payments.release_overdue),
    "limits.forget_old": (3600, limits.forget_old),
    "merge_journal.forget_old": (3600, merge_journal.forget_old),
    "payment_codes.forget_old": (3600, payment_codes.forget_old),
    "sessions.forget_ended": (3600, sessions.forget_ended),
    "top_ups.close_unpaid": (300, top_ups.close_unpaid),
}
