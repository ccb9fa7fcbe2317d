"""Arguments for every operation: the rows and ids of the other tenant."""

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from pydantic import TypeAdapter

from store.catalog import csv_import as goods_csv_import
from store.catalog.fields import SkuFields
from store.catalog.search import SearchTexts
from store.check_ins import check_ins
from store.core.events import Event
from store.coupons import gift_records
from store.coupons.coupon_list import CouponFilter
from store.coupons.rule_list import RuleFilter as CouponRuleFilter
from store.customers import sessions
from store.customers.members import Member
from store.customers.platform_customers import PlatformIdentity
from store.insight.marketing_calendar import CalendarFilter
from store.membership import behaviours, member_list, phone_answers, registration
from store.messages.kinds import KINDS
from store.messages.templates import TemplateInput
from store.official_accounts.message_content import Text
from store.official_accounts.qr_codes import QrCodeFilter
from store.orders.goods_lines import WantedSku
from store.orders.requests import Place, PlaceLine, ReturnLine, ReturnRequest
from store.orders.search import OrderFilter
from store.payments.queries import PaymentFilters
from store.payments.settlement import Evidence, EvidenceRejected
from store.points import account_list, entry_list
from store.points import order_events as point_order_events
from store.points import reversals as point_reversals
from store.points.rule_list import RuleFilter as PointRuleFilter
from store.points.sale_preview import Sale
from store.shop_orders.order_list import StaffFilter
from store.shop_orders.submission import Choice
from store.shops import csv_import as shop_csv_import
from store.shops.cache_version import ShopCacheVersion
from store.shops.nearby import NearbyShop
from store.shops.shop_list import ShopFilter
from store.staff.rights import RIGHTS
from store.stock import count_import
from store.stored_value import authorization as stored_value_authorization
from store.tenants import registry
from store.tenants.audit_list import AuditFilter
from store.tenants.channels import ChannelFilter
from store.tenants.deliveries import DeliveryFilter
from store.tiers import record_list
from store.tiers import rule_csv as tier_rule_csv
from store.tiers import rule_import as tier_rule_import
from store.tiers.tiers import EndingRecord, TierTransition
from store.tills import sales
from store.tills import sessions as till_sessions
from tests.isolation.parameter_arguments import ROWS
from tests.isolation.red_packet_arguments import red_packets_of_other_tenant
from tests.isolation.trade_arguments import lists_of_other_tenant
from tests.support import coupon_fixtures

TEMPLATE = TemplateInput(kind="points_expiring", medium="site", name="对门")
TIER_RULES = ",".join(tier_rule_csv.COLUMNS) + "\n对门,gold,消费金额,,365,1,\n"


def loyalty_values(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """What the lists of members, points, tiers and behaviour records are asked for."""
    criteria = {
        "points.account_list": account_list.AccountFilter(search=rival.phone),
        "points.entry_list": entry_list.EntryFilter(search=rival.phone),
        "tiers.record_list": record_list.RecordFilter(search=rival.phone),
        "membership.behaviours": behaviours.BehaviourFilter(search=rival.phone),
    }
    verbs = ("list_page", "list_page_of", "count_accounts", "iterate_accounts", "count_entries", "iterate_entries",
             "count_records", "iterate_records")  # fmt: skip
    found: dict[str, dict[str, Any]] = {
        f"{module}.{verb}": {"criteria": wanted} for module, wanted in criteria.items() for verb in verbs
    }
    return found | {
        "customers.member_search.list_conditions": {
            "column": Member.id, "search": rival.phone, "shop_ids": frozenset({rival.shop.id}),
        },
        "customers.member_search.select_member_ids": {"search": rival.phone},
        "customers.name_parts.list_conditions": {"column": Member.customer, "text": "对门"},
        "membership.name_search.find_customer_ids": {"text": "对门", "among": []},
        "customers.member_scope.select_member_ids": {"shop_ids": frozenset({rival.shop.id})},
        "customers.member_scope.select_public_ids": {"shop_ids": frozenset({rival.shop.id})},
        "points.adjustments.select_seen": {"shop_ids": frozenset({rival.shop.id})},
        "customers.person_search.find_customer": {"text": rival.phone},
        "points.entry_list.get_entry": {"entry_id": 10**6},
        "points.entry_list.read_remaining": {"entries": [rival.entry]},
        "points.entry_list.describe_kind": {"entry": rival.entry},
        **{
            f"points.adjustments.{verb}": {"approval": rival.approval, "version": rival.approval.version}
            for verb in ("approve", "reject")
        },
        "points.adjustments.describe": {
            "approval": SimpleNamespace(subject=rival.member.public_id, content={"group": "points", "value": 1}),
        },
        "membership.behaviours.read_members": {"records": [rival.event]},
        "membership.behaviours.describe_properties": {"record": rival.event},
        "membership.behaviours.describe_tiers": {"record": rival.event, "names": {}},
    }  # fmt: skip


GOODS_ROWS = "code,name,list_price\nrival-product,对门龙井,1\n"
COUNT_ROWS = "规格编码,实盘数量\nrival-sku,1\n"
_PAYMENT_LISTS = ("list_payments", "list_page", "count_payments")


def values_by_operation(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """Where a name means something else than elsewhere."""
    button = {"type": "click", "name": "签到", "key": "check_in"}
    return {
        "customers.identities.bind": {"value": None},
        **loyalty_values(rival),
        "customers.sms_codes.verify": {"code": rival.sms_code},
        "customers.sms_codes.consume": {"code": rival.sms_row},
        "customers.sms_codes.cancel": {"code": rival.sms_code},
        **{
            f"tenants.agreements.{verb}": {"kind": "terms", "version": 1}
            for verb in ("publish", "get_current", "get_version")
        },
        "closings.closings.request": {"listing_version": "0" * 16},
        "closings.closings.list_blockers": {"closing": SimpleNamespace(state="requested", customer_id=10**6)},
        "customers.followers.move_follows": {"channels": [rival.official], "newcomer": rival.customer},
        "stored_value.payouts.settle": {"number": rival.top_up_refund.number, "receipt": "rival-receipt"},
        "stored_value.top_up_refunds.refund_principal": {"account": rival.value_account},
        "customers.consents.accept": {"versions": {"terms": 1}},
        **{
            f"check_ins.streak_rewards.{name}": {"streaks": {3: 5}, "streak": 2, "days": 4, "daily": 5}
            for name in (
                "cycle_days",
                "reward_of_day",
                "total_reward",
                "find_next",
                "describe_profitable_gap",
            )
        },
        "coupons.wallet.get_position": {"coupon": SimpleNamespace(id=1), "tab": "gifting"},
        "coupons.claims.get_position": {
            "offer": SimpleNamespace(ineligible_reason=None, rule=SimpleNamespace(id=1))
        },
        "shops.favourites.get_position": {
            "shop": SimpleNamespace(
                favourite=SimpleNamespace(id=1, added_at=datetime(2026, 1, 1, tzinfo=UTC))
            )
        },
        "shops.nearby.get_position": {"shop": NearbyShop(rival.shop, 10)},
        "customers.captchas.verify": {"public_id": "cap_rival", "answer": "A3CD"},
        "customers.captchas.draw": {"answer": "A3CD"},
        "customers.sms_budget.consume": {"limit": 10, "alarm_percent": 80},
        "orders.returns.read_fen_left": {"order": rival.sale},
        "messages.templates.ensure_texts": {"entered": TEMPLATE, "kind": KINDS[TEMPLATE.kind]},
        "messages.templates.list_for": {"kind": "points_expiring"},
        "messages.messages.write_to_address": {"kind": "chat_reply"},
        "messages.sending.release": {"claimed": [rival.message_row]},
        "tills.sales.product_code": {"line": SimpleNamespace(product="x", name="x")},
        "customers.sms_budget.alarm_threshold": {"limit": 10, "alarm_percent": 80},
        "customers.profiles.drop_platform_profile": {"end_consent": True},
        "official_accounts.conversation.claim_signature": {"signature": "0" * 40},
        "official_accounts.message_content.fit_to_platform": {"reply": Text(text="你好")},
        "official_accounts.message_content.cut_to_bytes": {"text": "你好", "max_bytes": 10},
        "membership.registration.verify_phone": {"code": rival.sms_code},
        "membership.registration.register_by_sms": {"code": rival.sms_code},
        "membership.registration.register": {
            "verified_phone": registration.VerifiedPhone(phone=rival.phone, code=rival.sms_row)
        },
        **{
            f"membership.phone_claims.{verb}": {"public_id": rival.phone_claim.public_id}
            for verb in ("get_own", "get_for_holder")
        },
        "messages.phone_claim_notifications.notify_holder": {
            "event": SimpleNamespace(
                customer_id=rival.customer.id, properties={"claim_id": rival.phone_claim.id}
            )
        },
        **{
            f"membership.payer_claims.{verb}": {
                "public_id": rival.payer_claim.public_id,
                "claim": rival.payer_claim,
            }
            for verb in ("get_own", "lock", "is_open", "owner_of", "question")
        },
        **{
            f"membership.payer_answers.{verb}": {
                "customer": rival.payer,
                "claim_id": rival.payer_claim.public_id,
                "proof": rival.sms_row,
            }
            for verb in ("request_code", "prove", "accept", "decline", "undo_join")
        },
        "messages.payer_claim_notifications.ask_payer": {
            "event": SimpleNamespace(
                id=10**6, customer_id=rival.payer.id, properties={"claim_id": rival.payer_claim.id}
            )
        },
        **{
            f"stored_value.refund_requests.{verb}": {
                "number": rival.refund_request.number,
                "key": "rival-refund-request",
            }
            for verb in ("request", "grant", "reject")
        },
        "customers.platform_customers.get_or_create": {
            "identity": PlatformIdentity("wechat", rival.official.appid, "rival-payer")
        },
        **{
            f"stored_value.top_up_refunds.{verb}": {
                "event": SimpleNamespace(
                    properties={"refund": rival.top_up_refund.number, "number": rival.top_up_refund.number}
                )
            }
            for verb in ("ask_platform", "confirm_paid")
        },
        "membership.top_up_payers.claim": {
            "event": SimpleNamespace(properties={"payable_kind": "top_up", "number": "p" + "a" * 24})
        },
        "stored_value.top_up_rules.list_offers": {"rule": rival.top_up_rule},
        "stored_value.top_up_payables.read_facts": {"number": rival.top_up.number},
        "customers.merging.undo.unmerge_own": {"merge": rival.merge},
        "membership.phone_answers.prove_by_purchase": {"shop": rival.shop.public_id},
        "membership.phone_answers.accept": {
            "proof": phone_answers.Proof(claim_id=rival.phone_claim.id, kind="purchase")
        },
        "customers.sessions.close": {"session": session_of_other_tenant(rival)},
        "tenants.settings.read": {"group": check_ins.CheckInSettings},
        "tenants.settings.change": {"group": check_ins.CheckInSettings},
        "customers.members.find_card_numbers": {"public_ids": [rival.member.public_id]},
        "staff.accounts.read_names": {"logins": [rival.staff.login]},
        "customers.members.find_by_cards": {"written_numbers": [rival.member.card_number]},
        "tenants.channels.get_by_key": {"key": "rival-mini"},
        "tenants.channels.add": {"kind": "wechat_miniprogram", "key": "rival-mini"},
        "tenants.channels.find_first": {"kind": "sms"},
        "shops.shops.find_cached": {"version": ShopCacheVersion(search_version="", version="")},
        "shops.shops.get_by_public_id": {"public_id": rival.shop.public_id},
        "shops.changes.change_locked": {"row": rival.shop},
        "shops.nearby.is_nearby": {"metres": 10.0},
        "shops.nearby.format_distance": {"metres": 10.0},
        "official_accounts.location_replies.claim": {
            "sender": "rival-openid",
            "nearest_shop_id": rival.shop.id,
        },
        "official_accounts.chat_actions.fill_brand": {"reply": Text(text="{brand}")},
        "shops.shops.get_by_code": {"code": rival.shop.code},
        "stored_value.ledger.post_entry": {
            "account": rival.value_account,
            "amounts": {"principal": 1, "money": -1},
            "money_kind": "cash",
            "kind": "top_up",
        },
        **{
            f"stored_value.accounts.{verb}": {
                "account": rival.value_account,
                "added_fen": 1,
                "headroom_fen": 0,
            }
            for verb in (
                "ensure_not_frozen",
                "ensure_headroom",
                "apply_current_limit",
                "headroom_for_top_up",
                "extend_limit",
            )
        },
        "tenants.registry.find_cached_slug": {"key": "unknown"},
        "stored_value.accounts.extend_limit": {"account": rival.value_account, "returned_fen": 1},
        "stored_value.top_up_rules.add": {"code": "rival-rule", "steps": [{"amount_fen": 1, "bonus_fen": 1}]},
        "stored_value.top_up_rules.end": {"code": "rival-rule"},
        **{
            f"stored_value.top_ups.{verb}": {
                "number": rival.top_up.number,
                "key": "rival-top-up",
                "state": "closed",
                "kind": "top_ups.paid",
            }
            for verb in ("request", "lock_with_account", "transition", "get_by_number")
        },
        "stored_value.top_ups.get_own": {"member": rival.member, "number": rival.top_up.number},
        **{
            f"stored_value.top_up_payables.{verb}": {
                "number": rival.top_up.number,
                "attempt_number": "new",
                "kind": "wechat_web",
            }
            for verb in ("due_fen", "lock", "take")
        },
        "stored_value.top_up_payments.take_cash": {"key": "rival-top-up"},
        "stored_value.top_up_refunds.request": {"number": rival.top_up.number},
        "stored_value.top_up_refunds.confirm": {"number": rival.top_up_refund.number},
        "stored_value.top_up_refunds.bonus_share": {"refunded_fen": 1},
        "stored_value.payment_codes.resolve_code": {"code": rival.payment_code},
        "stored_value.payment_codes.consume": {"code": rival.payment_code_row, "payment_key": "rival-held"},
        "customers.member_codes.identify": {"code": rival.member_code},
        "customers.member_codes.use": {"code": rival.member_code},
        "stored_value.authorization.authorize_by_payment_code": {"code": rival.payment_code},
        "stored_value.authorization.authorize_by_session": {"session": session_of_other_tenant(rival)},
        "stored_value.authorization.authorize_by_sms": {"code": rival.sms_code},
        "stored_value.authorization.authorize_by_manager_code": {"code": rival.sms_code},
        "stored_value.authorization.consume": {
            "payment_authorization": stored_value_authorization.PaymentAuthorization(
                kind="payment_code", member_id=rival.member.id, payment_code=rival.payment_code_row
            )
        },
        **{
            f"stored_value.payments.{verb}": {
                "order_number": "rival-held",
                "authorization": None,
                "return_number": "R",
            }
            for verb in ("commit", "release", "hold", "change", "refund")
        },
        **{
            f"stored_value.payments.{verb}": {
                "key": "payment:rival-held:1",
                "payment_authorization": None,
                "authorize": lambda: None,
            }
            for verb in ("spend", "refund_by_key", "spend_with_authorization")
        },
        "stored_value.payment_records.bonus_share": {"refunded_fen": 1},
        "stored_value.payment_records.find_live": {"order_number": "rival-held"},
        **{
            f"points.payments.{verb}": {
                "order_number": "rival-order",
                "points": 2,
                "amount_fen": 2,
                "limit_fen": 100,
                "return_number": "R",
            }
            for verb in ("hold", "change", "commit", "release", "refund", "find_live")
        },
        **payments_of_other_tenant(rival),
        **orders_of_other_tenant(rival),
        **lists_of_other_tenant(rival),
        **red_packets_of_other_tenant(rival),
        "coupons.bulk_issue.continue_batch": {
            "event": SimpleNamespace(properties={"batch_id": rival.batch.id})
        },
        "coupons.bulk_issue.create_batch": {"number": "rival-batch"},
        "coupons.bulk_issue.get_by_number": {"number": "rival-batch"},
        **{
            f"membership.member_list.{verb}": {"criteria": member_list.MemberFilter(search=rival.phone)}
            for verb in ("list_members", "list_page", "count_members", "iterate_members")
        },
        **{
            f"tenants.audit_list.{verb}": {"criteria": AuditFilter()}
            for verb in ("list_entries", "count_entries", "iterate_entries")
        },
        "tenants.channels.list_page": {"criteria": ChannelFilter()},
        "tenants.cost_centres.ensure_open": {"row": rival.cost_centre},
        **{
            f"shops.shop_list.{verb}": {"criteria": ShopFilter(), "public_ids": [rival.shop.public_id]}
            for verb in ("list_page", "list_all", "iterate_shops", "count_shops", "find_names")
        },
        **{
            f"official_accounts.qr_codes.{verb}": {
                "criteria": QrCodeFilter(),
                "code": rival.qr_code,
                "logo": "",
            }
            for verb in (
                "list_page",
                "iterate_codes",
                "count_codes",
                "change",
                "delete",
                "request_ticket",
                "has_valid_ticket",
                "shop_id_of",
            )
        },
        "official_accounts.menus.find_last_publication": {"state": "live"},
        **{
            f"tenants.deliveries.{verb}": {
                "criteria": DeliveryFilter(),
                "number": str(rival.delivery.id),
                "deliveries": [rival.delivery],
            }
            for verb in ("list_deliveries", "get_delivery", "replay", "discard")
        },
        "insight.daily_figures.read_days": {"days": [date(2026, 11, 1)]},
        "insight.waiting_work.list_waiting": {"login": rival.staff.login},
        "insight.marketing_calendar.list_entries": {
            "criteria": CalendarFilter(date(2026, 11, 1), date(2026, 11, 30), RIGHTS)
        },
        "staff.sign_in_links.find_account": {"token": rival.staff_link.path.partition("#")[2]},
        "staff.sign_in_links.use": {"token": rival.staff_link.path.partition("#")[2]},
        "coupons.gifts.to_party": {"step": rival.gift_step},
        **{
            f"coupons.gift_records.{verb}": {
                "number": rival.gift.id,
                "criteria": gift_records.GiftFilter(search=rival.phone),
            }
            for verb in (
                "get_record",
                "list_steps",
                "list_records",
                "list_page",
                "count_records",
                "iterate_records",
            )
        },
        **{
            f"coupons.rule_list.{verb}": {"criteria": CouponRuleFilter()}
            for verb in ("list_page", "count_rules", "iterate_rules")
        },
        **{
            f"coupons.coupon_list.{verb}": {
                "criteria": CouponFilter(search=rival.coupon.code),
                "code": rival.coupon.code,
                "shop_ids": None,
            }
            for verb in ("list_page", "count_coupons", "iterate_coupons", "get_coupon")
        },
        "coupons.coupon_list.list_history": {"uses": []},
        "coupons.gifts.accept": {"token": rival.gift_token},
        "coupons.gifts.get_by_token": {"token": rival.gift_token},
        "coupons.gifts.decline": {"token": rival.gift_token},
        "coupons.rules.create_draft": {"values": coupon_fixtures.rule_values()},
        "coupons.rules.edit_draft": {"values": {"name": "对门的券"}},
        "coupons.rules.get_by_public_id": {"public_id": rival.coupon_rule.public_id},
        "coupons.claims.get_by_public_id": {"public_id": rival.coupon_rule.public_id},
        "coupons.wallet.list_page": {"tab": "available"},
        "coupons.wallet.get_coupon": {"code": rival.coupon.code},
        "coupons.gift_links.open_link": {"token": rival.gift_token},
        "coupons.coupons.transition": {"state": "used"},
        "coupons.coupons.get_for_member": {"code": rival.coupon.code},
        "check_ins.check_ins.list_between": {"first": date(2026, 11, 1), "last": date(2026, 11, 30)},
        "points.points.spend": {"kind": "gift_redemption"},
        "points.reversals.reverse_earned": {"key": f"order:rival-order:1:{rival.rule.id}:transaction"},
        "points.reversals.refund_redeemed": {"key": "rival-gift"},
        "points.order_accrual.post_return": {
            "lines": [point_reversals.ReturnedLine(line="1", numerator=1, denominator=1)]
        },
        "points.order_accrual.list_entries": {"order_number": "rival-order"},
        "points.order_accrual.post_orders": {"orders": [(rival.member.id, rival.order)]},
        "purchases.post_all": {"rows": [purchase_of(rival)]},
        "purchases.filter_existing": {"order_numbers": ["rival-order"]},
        "points.order_events.report_returned": {"returned_order": RETURNED_ORDER},
        "points.order_events.post_order": {"event": event_of_other_tenant(rival, "orders.paid")},
        "points.order_events.post_orders": {"paid_events": [event_of_other_tenant(rival, "orders.paid")]},
        "points.order_events.post_return": {"event": event_of_other_tenant(rival, "orders.returned")},
        "tiers.rules.replace": {"rules": [rival.tier_rule]},
        "tiers.rules.validate": {"rules": [rival.tier_rule]},
        "tiers.evaluation.preview_rules": {"rules": [rival.tier_rule]},
        "points.rules.add_rule": {"basis": "amount", "points": 1, "per_units": 100},
        "tiers.tiers.transition": {"kind": "upgraded", "at": datetime(2026, 11, 1, tzinfo=UTC)},
        "points.rules.end_multiplier": {"multiplier_id": rival.multiplier.id},
        "points.points.get_entry": {"entry_id": rival.entry.id},
        "points.lot_allocations.get_for_entry": {"entry": rival.entry},
        "tiers.rule_import.parse": {
            "values": [{"tier": "gold", "basis": "spend", "window_days": 1, "at_least": 1}]
        },
        "tiers.rule_import.serialize": {"rules": [rival.tier_rule]},
        "tiers.rule_import.to_rule": {
            "row": tier_rule_import.RuleRow(tier="gold", basis="spend", window_days=1, at_least=1)
        },
        **{
            f"tiers.rule_changes.{verb}": {
                "rule_id": rival.tier_rule.id,
                "rule": rival.tier_rule,
                "enabled": False,
            }
            for verb in ("create", "change", "set_enabled", "delete", "get", "propose")
        },
        **{
            f"tiers.rule_csv.{verb}": {"lines": tier_rule_csv.parse_csv(TIER_RULES)}
            for verb in ("dry_run", "import_all")
        },
        "tiers.rule_csv.parse_csv": {"text": TIER_RULES},
        **{
            name: {
                "tier_id": rival.tier.id,
                "rank": 9,
                "validity": rival.tier.validity,
                "discount_percent": 0,
            }
            for name in (
                "tiers.tier_list.get",
                "tiers.tier_changes.change",
                "membership.tier_deletion.delete",
            )
        },
        "points.rules.validate_rule": {"row": rival.rule},
        "points.rules.record_audit": {"operation": "point_rules.add", "row": rival.rule},
        "points.rule_list.state_of": {"row": rival.rule},
        **{
            f"points.rule_list.{verb}": {"criteria": PointRuleFilter(programme="rival-programme")}
            for verb in ("list_rules_page", "list_multipliers_page")
        },
        "points.sale_preview.preview": {"sale": Sale(amount_fen=100)},
        "points.sale_preview.preview_with_rule": {"rule": rival.rule},
        "points.groups.rename": {"group_id": rival.group.id},
        "stored_value.top_up_rules.state_of": {"rule": rival.top_up_rule},
        "check_ins.check_in_settings.change": {"check_in": {"cost_centre": "rival-centre"}, "make_up": {}},
        "check_ins.month_preview.preview_month": {"rules": check_ins.CheckInSettings()},
        "tiers.descriptions.describe_retention": {"row": rival.tier_rule, "total": 1},
        "tiers.descriptions.describe_rule": {"row": rival.tier_rule},
        "tiers.descriptions.describe_upgrade": {"row": rival.tier_rule, "total": 1},
        "tiers.descriptions.describe_reason": {"record": rival.tier_record},
        "tiers.descriptions.describe_validity": {"validity": rival.tier.validity},
        "stored_value.top_up_rules.describe": {"rule": rival.top_up_rule},
        "tiers.tiers.list_active": {"members": [rival.member]},
        "tiers.evaluation.evaluate_all": {"causes": {}, "records": [rival.tier_record]},
        "tiers.tiers.transition_all": {"transitions": [tier_transition_of_other_tenant(rival)]},
        "tiers.rules.member_totals": {
            "measures": [(rival.tier_rule.measure, datetime(2026, 11, 1, tzinfo=UTC))]
        },
        "tiers.rules.retention_totals": {"member_ids": [rival.member.id]},
        "messages.expiry_reminders.count_remaining": {
            "some": [reminder_of_other_tenant(rival, "points.ending_soon")]
        },
        "messages.notifications.write": {
            "event": Event(
                id=10**6,
                kind="stored_value.spent",
                customer_id=rival.customer.id,
                member_id=rival.member.id,
                at=datetime(2026, 11, 1, tzinfo=UTC),
                properties={"amount_fen": 100},
            )
        },
        "points.rules.add_multiplier": {"occasion": "birthday_day", "percent": 200},
        "points.reversals.reverse_lines": {
            "lines": [point_reversals.ReturnedLine(line="1", numerator=1, denominator=1)]
        },
        "official_accounts.menus.save_draft": {"values": {"button": [button]}},
        "official_accounts.menus.start_publication": {"event_id": rival.event.id},
        "official_accounts.qr_codes.create": {"kind": "shop", "logo": ""},
        "catalog.skus.get_by_public_id": {"public_id": rival.sku.public_id},
        "catalog.skus.save_of_product": {"wanted": [SkuFields(code="rival-sku", list_price_fen=1)]},
        "catalog.product_group_members.replace_categories": {"category_ids": [rival.category.id]},
        "catalog.search.save_texts": {"texts": SearchTexts("龙井", "longjing")},
        "catalog.shop_goods.save_sold": {"shop_id": rival.shop.id, "sold": {rival.sku.id: 3}},
        "catalog.products.find_by_codes": {"codes": [rival.product.code]},
        "catalog.changes.change_many": {"change": lambda product: product},
        "catalog.changes.mark_hot_many": {"is_hot": True},
        "stock.count_import.parse_csv": {"text": COUNT_ROWS},
        "stock.count_import.dry_run": {"shop": rival.shop, "lines": count_import.parse_csv(COUNT_ROWS)},
        "stock.count_import.import_all": {
            "shop": rival.shop,
            "lines": count_import.parse_csv(COUNT_ROWS),
            "key": "rival-count",
        },
        "stock.product_deletion.delete_product": {"product": rival.product},
        "stock.product_deletion.delete_many": {"rows": [rival.product]},
        "catalog.csv_import.parse_csv": {"text": GOODS_ROWS},
        "catalog.csv_import.dry_run": {"lines": goods_csv_import.parse_csv(GOODS_ROWS)},
        "catalog.csv_import.import_all": {"lines": goods_csv_import.parse_csv(GOODS_ROWS)},
        "shops.csv_import.parse_csv": {"text": ROWS},
        "shops.csv_import.dry_run": {"lines": shop_csv_import.parse_csv(ROWS)},
        "shops.csv_import.import_all": {"lines": shop_csv_import.parse_csv(ROWS)},
        "official_accounts.keyword_replies.save_rules": {"rules": []},
        "official_accounts.keyword_replies.save_rule": {
            "replies": [{"type": "text", "text": "你好"}],
            "priority": 1,
        },
        "shops.nearby.search_shops": {"offset": 0},
        "tills.terminals.add": {"code": "T2"},
        "tills.terminals.verify_secret": {"code": "T1", "secret": rival.terminal_secret},
        "tills.cashiers.add": {"number": "1002"},
        "tills.cashiers.get_by_number": {"number": rival.cashier.number},
        "tills.cashiers.verify_pin": {"number": rival.cashier.number, "pin": "258036"},
        "tills.cashiers.has_right": {"right": "refund"},
        "tills.cashiers.authorize": {"right": "refund", "manager_pin": "741852"},
        "tills.sessions.verify": {
            "terminal_code": "T1",
            "secret": rival.terminal_secret,
            "cashier_number": rival.cashier.number,
        },
        "tills.sessions.open_session": {
            "sign_in": till_sessions.VerifiedSignIn(rival.terminal, rival.cashier)
        },
        "tills.sessions.get_by_token": {"token": rival.till_token},
        "tills.sessions.close": {"session": rival.till_session},
        "tills.shifts.open_shift": {"opening_fen": 1, "key": "rival-shift"},
        "tills.shifts.close": {"counted_fen": 1},
        "tills.news.record": {"kind": "surplus", "message": "多付"},
        "tills.news.list_after": {"after": 0},
        **{
            f"tills.{verb}": {"code": rival.collection_code.code, "replaced_code": rival.collection_code.code}
            for verb in ("collection_codes.renew", "collection_codes.get_by_code", "collections.place")
        },
        "tills.coupon_uses.use": {"code": rival.coupon.code},
        "tills.member_search.find_member": {"text": rival.phone},
        "member_cards.pushing.release": {"claimed": [rival.pack_card]},
        "member_cards.templates.add": {"activations": ("auto",), "title": "对门"},
    }


def purchase_of(rival: SimpleNamespace) -> dict[str, Any]:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    return {"member": rival.member, "order_number": "rival-order", "paid_fen": 1, "shop_id": None, "at": at}


def tier_transition_of_other_tenant(rival: SimpleNamespace) -> TierTransition:
    record, moment = rival.tier_record, datetime(2026, 11, 1, tzinfo=UTC)
    term = EndingRecord(record.id, rival.member.id, rival.customer.id, rival.tier, moment, moment)
    return TierTransition(term, rival.tier, "retained", {})


def reminder_of_other_tenant(rival: SimpleNamespace, kind: str) -> Event:
    facts = {"group_id": rival.group.id, "day": "2026-11-01", "days_ahead": 7}
    return Event(
        id=10**6, kind=kind, customer_id=rival.customer.id, member_id=rival.member.id, properties=facts
    )


RETURNED_ORDER = point_order_events.ReturnedOrder(
    order_number="rival-order", number="R", lines=(point_reversals.ReturnedLine("1", 1, 1),), refunded_fen=1
)


def event_of_other_tenant(rival: SimpleNamespace, kind: str) -> SimpleNamespace:
    """An event that speaks of the rival's order and member."""
    result = RETURNED_ORDER if kind == "orders.returned" else rival.order
    facts = TypeAdapter(type(result)).dump_python(result, mode="json")
    facts.pop("shop_id", None)
    return SimpleNamespace(kind=kind, member_id=rival.member.id, shop_id=None, properties=facts)


def session_of_other_tenant(rival: SimpleNamespace) -> sessions.Session:
    with registry.use_tenant("rival"):
        return sessions.get_by_token(rival.token)


def payments_of_other_tenant(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """Arguments of payments: the rival's attempt, refund and merchant."""
    attempt, refund, merchant = rival.attempt, rival.refund, rival.merchant
    payable = {"payable_kind": attempt.payable_kind, "payable_number": attempt.payable_number}
    taken = {**payable, "key": attempt.key, "received_fen": 100}
    evidence = Evidence(source="cashier", attempt_number=attempt.number, outcome="succeeded", amount_fen=100)
    rotation = {"key": merchant.key, "name": "api_v3_keys", "identifier": "0" * 12, "value": "k" * 32}
    filters = {"filters": PaymentFilters(payable_number=attempt.payable_number)}
    return {
        "payments.kinds.set_earns": {"code": "none", "earns": True},
        "payments.merchants.parse_credentials": {"text": "{}"},
        "coupons.redemption_records.select_active": {"redemptions": []},
        **{f"payments.kinds.{verb}": {"code": "cash"} for verb in ("get", "find_platform", "is_pay_code")},
        "payments.merchants.add": {
            "platform": "wechat_pay", "name": "对门", "merchant_id": merchant.merchant_id, "app_id": "wx1",
            "key": merchant.key, "credentials": {},
        },
        **{
            f"payments.merchants.{verb}": {**rotation, "private_key_pem": "k"}
            for verb in ("get_by_key", "retire", "add_key", "retire_key", "replace_private_key", "replace_v2_secrets")
        },
        **{f"payments.merchants.{verb}": {"merchant_row_id": merchant.id} for verb in ("get_by_id", "get_number")},
        "payments.merchants.choose": {"platform": "wechat_pay"},
        **{f"payments.merchants.{verb}": {"merchant": merchant} for verb in ("read_credentials", "list_keys")},
        "payments.attempts.start": {**payable, "kind": "wechat_web", "merchant": merchant, "key": attempt.key},
        **{
            f"payments.attempts.{verb}": payable
            for verb in ("list_for", "has_pending", "pending_fen", "request_closing")
        },
        **{f"payments.attempts.{verb}": {"number": attempt.number} for verb in ("get", "lock")},
        "payments.attempts.list_due_queries": {"now": datetime(2099, 1, 1, tzinfo=UTC)},
        "payments.reversals.request_reversal": {"number": attempt.number},
        "payments.reversals.mark_reversal": {"number": attempt.number, "is_final": True},
        "payments.reversals.postpone_query": {"number": attempt.number},
        "payments.refunds.ask": {"number": refund.number, "attempt_number": attempt.number},
        "payments.refunds.record_result": {"number": refund.number, "outcome": "succeeded"},
        "payments.refunds.get": {"number": refund.number},
        "payments.refunds.list_for_attempt": {"attempt": attempt},
        "payments.refunds.list_due": {"now": datetime(2099, 1, 1, tzinfo=UTC)},
        "payments.refunds.refundable_fen": {"attempt": attempt},
        "payments.refunds.find_existing": {"number": refund.number, "attempt": attempt, "method": "original"},
        "payments.refunds.reserve": {"attempt": attempt},
        "payments.settlement.settle": {"evidence": evidence},
        "payments.settlement.record_rejection": {
            "evidence": evidence, "rejection": EvidenceRejected(attempt.number, ["number"]),
        },
        "payments.cash.record_cash": taken,
        "payments.cash.record_bank_card": {**taken, "reference": "r", "tail": "4242"},
        "payments.cash.hand_back": {"number": refund.number, "attempt_number": attempt.number},
        "payments.cash.check_reference": {"reference": "r"},
        "payments.notices.receive": {"merchant": merchant, "notice_id": "rival-notice", "body": b"{}"},
        "payments.refunds.ask_by_person": {"number": "again", "attempt_number": attempt.number},
        "payments.refunds.resolve": {"number": refund.number, "resolution": "failed"},
        **{
            f"payments.queries.{verb}": filters
            for verb in (*_PAYMENT_LISTS, "iterate_payments", "summary", "sum_by_shop")
        },
        **{f"payments.exports.{verb}": filters for verb in ("export", "record_export")},
        "payments.notices.process": {
            "merchant": merchant, "notice_id": "rival-notice", "body": b"{}", "number": attempt.number,
            "apply": lambda: "succeeded",
        },
        "payments.notices.record_rejection": {"merchant": merchant, "reason": "signature"},
        "payments.attempts.claim_charge": {"number": attempt.number},
        "payments.queries.get_position": {"row": attempt},
    }  # fmt: skip


def orders_of_other_tenant(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """Arguments of orders: the rival's shop, member, and a paid order of theirs."""
    number = rival.sale.number
    request = Place(
        kind="till", source="till", shop_id=rival.shop.id, member_id=rival.member.id,
        lines=(PlaceLine("tea", "茶", 1000),), points=100,
    )  # fmt: skip
    back = ReturnRequest(number="R1", order_number=number, lines=(ReturnLine("1", units=1),))
    named = {"number": number, "request": request, "attempt": rival.attempt, "reason": "取消"}
    return {
        **{f"orders.locks.{verb}": {"number": number} for verb in ("get", "lock")},
        **{f"orders.payments.{verb}": named for verb in ("due_fen", "facts", "lock", "take")},
        **{
            f"orders.payments.{verb}": {"order": rival.sale} for verb in ("finish_if_paid", "ensure_no_pending")
        },
        **{
            f"orders.orders.{verb}": named
            for verb in ("preview", "change", "hold_stored_value", "close", "complete", "attach_member")
        },
        "orders.payers.list_page_of_customer": {"states": ("placed",), "page": 1, "page_size": 20},
        **{
            f"orders.payers.{verb}": {"number": number, "customer": rival.customer}
            for verb in ("get_of_customer", "record_payer")
        },
        "orders.pricing_requests.get_shop": {"shop_id": rival.shop.id},
        "orders.pricing_requests.find_member": {"member_id": rival.member.id},
        **{f"orders.pricing_requests.{verb}": named for verb in ("price", "build", "list_promotions")},
        "orders.placement.place": named,
        "orders.placement.lock_member": {"member_id": rival.member.id},
        "orders.orders.preview_open": {"order": rival.sale, "request": request},
        **{f"orders.returns.{verb}": {"request": back} for verb in ("preview", "give_back")},
        "orders.staff_returns.give_back": {"request": replace(back, reason="对门"), "expected_fen": 1},
        "orders.returns.get": {"order_number": number, "number": "R1"},
        "orders.search.list_page": {"wanted": OrderFilter(keyword=number, member=rival.member)},
        "orders.returns.count_returned_units": {"order": rival.sale},
        "orders.search.get_any": {"number": number},
        "orders.search.get_position": {"order": rival.sale},
        **{
            f"orders.payment_report.{verb}": {"filters": PaymentFilters(payable_number=number)}
            for verb in ("report", "report_by_shop")
        },
        **{
            f"orders.payers.{verb}": {"event": payment_event_of_other_tenant(rival)}
            for verb in ("attach_payer", "attach_earlier_orders")
        },
        **shop_orders_of_other_tenant(rival),
        **tills_of_other_tenant(rival),
    }  # fmt: skip


def shop_orders_of_other_tenant(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """Arguments of orders of the shop: the rival's goods and sale."""
    number, wanted = rival.sale.number, (WantedSku(rival.sku.id, 1),)
    choice = Choice(shop=rival.shop, customer=rival.customer, lines=wanted, kind="pickup")
    moved = ("accept", "reject", "cancel", "mark_ready", "ship", "hand_over", "receive", "complete", "hide")
    return {
        **{f"shop_orders.moves.{verb}": {"number": number, "reason": "对门"} for verb in moved},
        **{f"shop_orders.submission.{verb}": {"choice": choice, "key": "rival"} for verb in ("preview", "submit")},
        **{f"shop_orders.staff_entry.{verb}": {"choice": choice, "key": "rival"} for verb in ("preview", "place")},
        **{f"shop_orders.staff_entry.{verb}": {"shop": rival.shop} for verb in ("list_offers", "list_ways")},
        "orders.goods_lines.build": {"shop": rival.shop, "wanted": wanted},
        "orders.goods_lines.read_sold": {"shop": rival.shop, "sku_ids": {rival.sku.id}},
        **{f"shop_orders.order_list.{verb}": {"orders": [rival.sale]} for verb in ("read_fulfilments", "read_lines")},
        "shop_orders.order_list.list_of_customer": {"customer": rival.customer, "group": "done"},
        **{
            f"shop_orders.order_list.{verb}": {"wanted": StaffFilter(keyword=number)}
            for verb in ("list_for_staff", "count_for_staff", "iterate_for_staff", "count_states")
        },
        "shop_orders.price_changes.lower": {
            "number": number, "change_number": "C1", "amount_fen": 1, "reason": "对门",
        },
        "shop_orders.refunds.refund_lines": {
            "number": number, "return_number": "R1", "lines": [ReturnLine("1", units=1)], "reason": "对门",
        },
        "shop_orders.refunds.preview_lines": {"order": rival.sale, "lines": [ReturnLine("1", units=1)]},
        "shop_orders.refunds.refund_rest": {"order": rival.sale, "return_number": "R1", "reason": "对门"},
        "shop_orders.invoices.issue": {"number": number, "invoice_number": "24310000000012345678"},
        "shop_orders.refunds.get_row": {"order": rival.sale},
        "shop_orders.late_payments.tell": {"event": payment_event_of_other_tenant(rival)},
        "shop_orders.timeouts.take_step": {"number": number},
        "delivery.rules.save": {"shop": rival.shop, "days_ahead": 1},
        **{
            f"delivery.rules.{verb}": {"shop": rival.shop, "kind": "pickup"}
            for verb in ("get", "list_zones", "ensure_offered")
        },
        "delivery.quotes.quote": {"shop": rival.shop, "latitude": 31.0, "longitude": 121.0},
        "delivery.slots.list_slots": {"shop": rival.shop, "kind": "pickup"},
        "delivery.slots.hold": {
            "shop": rival.shop, "kind": "pickup", "starts_at": datetime.now(UTC), "order_number": number,
        },
        "delivery.slots.release": {"order_number": number},
        "addresses.addresses.add": {"customer": rival.customer, "values": {}, "key": "rival"},
        "addresses.addresses.get_own": {"customer": rival.customer, "public_id": "adr_rival"},
        "addresses.addresses.list_own": {"customer": rival.customer},
        "carts.carts.add": {"customer": rival.customer, "shop": rival.shop, "sku": rival.sku, "quantity": 1},
        "carts.carts.remove": {"customer": rival.customer, "line_ids": [1]},
        "carts.carts.take_out": {"customer": rival.customer, "shop": rival.shop, "quantities": {rival.sku.id: 1}},
        "carts.carts.merge_visitor": {"customer": rival.customer, "wanted": [(rival.shop, rival.sku, 1)]},
        "carts.carts.add_again": {"customer": rival.customer, "order": rival.sale},
        "carts.carts.get_own": {"customer": rival.customer, "line_id": 1},
        **{f"carts.cart_list.{verb}": {"customer": rival.customer} for verb in ("read", "count")},
        "tills.shop_order_slips.build": {"order": rival.sale, "kind": "pick"},
        **{
            f"catalog.goods_favourites.{verb}": {
                "customer": rival.customer, "product": rival.product, "shop": rival.shop,
            }
            for verb in ("add", "remove", "list_favourites", "is_favourite", "record_view", "list_footprints",
                         "clear_footprints")
        },
        "catalog.goods_favourites.count_views": {
            "first_day": date(2026, 1, 1), "last_day": date(2026, 12, 31),
        },
        **{
            f"stock.arrival_notices.{verb}": {"customer": rival.customer, "shop": rival.shop, "sku": rival.sku}
            for verb in ("add", "remove")
        },
        "tills.order_news.notify": {
            "event": SimpleNamespace(
                kind="orders.awaiting_acceptance", customer_id=rival.customer.id, properties={"number": number}
            ),
        },
        "catalog.skus.find_ids": {"public_ids": {"sku_rival"}},
        "catalog.skus.read_public_ids": {"sku_ids": [rival.sku.id]},
        "coupons.coupons.read_names": {"member": rival.member, "codes": ["x"]},
        "shop_orders.moves.check_code_attempts": {"terminal_id": rival.terminal.id},
    }  # fmt: skip


def payment_event_of_other_tenant(rival: SimpleNamespace) -> SimpleNamespace:
    """A payment of the rival's sale, as the event tells it."""
    facts = {"payable_kind": "order", "number": rival.attempt.number, "payable_number": rival.sale.number}
    return SimpleNamespace(kind="payments.succeeded", customer_id=rival.customer.id, properties=facts)


def tills_of_other_tenant(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """Arguments of sales: the rival's terminal, cashier and sale."""
    named = {"number": rival.sale.number, "terminal": rival.terminal, "cashier": rival.cashier}
    asked = sales.SaleParameters(lines=(PlaceLine("tea", "茶", 1000),), member_id=rival.member.id)
    sale = sales.TillSale(order=rival.sale, terminal=rival.terminal, parameters={"lines": []})
    proof = stored_value_authorization.PaymentAuthorization(kind="sms", member_id=rival.member.id)
    return {
        "tills.sales.open_sale": {**named, "parameters": asked, "key": "rival-sale"},
        "tills.sales.change_sale": {**named, "changes": {"points": 100}},
        "tills.sales.set_parked": {**named, "parked": True},
        "tills.sales.record_stored_value": {**named, "amount_fen": 100, "authorization": proof},
        "tills.sales.get_sale": {**named, "shop_id": rival.shop.id},
        "tills.sales.list_open": named,
        "tills.sales.read_hints": {"sale": sale},
        "tills.sales.list_recent": {"shop_id": rival.shop.id, "states": ("paid",)},
        "tills.sale_receipts.build": {"order": rival.sale},
        "tills.sale_receipts.list_payments": {"order": rival.sale},
        "tills.payment_news.notify": {"event": payment_event_of_other_tenant(rival)},
    }
