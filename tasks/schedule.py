"""The schedule: which jobs run for every tenant, and how often in seconds."""

from collections.abc import Callable, Mapping

from store import daily_close
from store.activities import publication as activity_publication
from store.appointments import moves as appointment_moves
from store.appointments import reminders as appointment_reminders
from store.core import idempotency, progress, rate_limits
from store.coupons import gifts as coupon_gifts
from store.customers import captchas, member_codes, sessions, sms_codes
from store.customers.merging import journal as merge_journal
from store.draws import wins as draw_wins
from store.flash_sales import publication as flash_publication
from store.member_cards import pack_templates
from store.messages import inbox
from store.official_accounts import conversation
from store.orders import overdue as overdue_orders
from store.queues import calls as queue_calls
from store.shop_orders import timeouts as shop_order_timeouts
from store.staff import attempts as staff_attempts
from store.staff import sessions as staff_sessions
from store.staff import sign_in_links
from store.stock import sold_counts
from store.stored_value import payment_codes, top_ups
from store.tenants import outbox_retention
from store.tills import news as till_news
from store.tills import sessions as till_sessions
from tasks import exports
from tasks.card_packs import pushing as card_pushing
from tasks.card_packs import reconciliation as card_reconciliation
from tasks.messages import sending as message_sending

SCHEDULE: Mapping[str, tuple[int, Callable[[], object]]] = {
    "conversation.purge_expired": (3600, conversation.purge_expired),
    "sms_codes.purge_expired": (3600, sms_codes.purge_expired),
    "captchas.purge_expired": (3600, captchas.purge_expired),
    "coupon_gifts.time_out": (60, coupon_gifts.time_out_due),
    "orders.close_overdue": (30, overdue_orders.close_overdue),
    "shop_orders.run_due": (30, shop_order_timeouts.run_due),
    "appointments.remind_due": (30, appointment_reminders.remind_due),
    "appointments.expire_due": (60, appointment_moves.expire_due),
    "queues.expire_past": (600, queue_calls.expire_past),
    "idempotency.purge_expired": (3600, idempotency.purge_expired),
    "daily_close.close_open_days": (30, daily_close.close_open_days),
    "rate_limits.purge_expired": (3600, rate_limits.purge_expired),
    "merge_journal.purge_expired": (3600, merge_journal.purge_expired),
    "member_codes.purge_expired": (3600, member_codes.purge_expired),
    "payment_codes.purge_expired": (3600, payment_codes.purge_expired),
    "sessions.purge_expired": (3600, sessions.purge_expired),
    "till_sessions.purge_expired": (3600, till_sessions.purge_expired),
    "staff_sessions.purge_expired": (3600, staff_sessions.purge_expired),
    "staff_attempts.purge_expired": (3600, staff_attempts.purge_expired),
    "sign_in_links.purge_expired": (3600, sign_in_links.purge_expired),
    "messages.request_sending": (5, message_sending.request_sending),
    "messages.purge_expired": (3600, inbox.purge_expired),
    "exports.request_stalled": (30, exports.request_stalled),
    "exports.purge_expired": (3600, exports.purge_expired),
    "till_news.purge_expired": (3600, till_news.purge_expired),
    "outbox.purge_done": (3600, outbox_retention.purge_done),
    "progress.purge_expired": (3600, progress.purge_expired),
    "stock.renew_sold_counts": (600, sold_counts.renew_sold_counts),
    "top_ups.close_unpaid": (300, top_ups.close_unpaid),
    "activities.end_due": (5, activity_publication.end_due),
    "flash_sales.end_due": (5, flash_publication.end_due),
    "draws.expire_due": (60, draw_wins.expire_due),
    "pack_cards.request_pushing": (5, card_pushing.request_pushing),
    "pack_cards.begin_reconciliation": (86_400, card_reconciliation.begin),
    "pack_cards.request_checks": (3600, card_reconciliation.request_checks),
    "card_templates.request_due": (30, pack_templates.request_due),
}
