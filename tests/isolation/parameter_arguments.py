"""Arguments by the name of a parameter: the rows and ids of the other tenant."""

from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from store.approvals import ApprovalFilter
from store.messages.kinds import KINDS
from store.messages.results import Outcome
from store.official_accounts import message_content
from store.official_accounts.message_content import Text
from store.shops.coordinates import Coordinates
from store.staff.accounts import AccountFilter
from store.stock.stock_lines import StockLine
from store.stock.stock_list import StockFilter
from tests.isolation import card_arguments, promotion_arguments
from tests.isolation.booking_arguments import values_by_booking
from tests.isolation.draw_arguments import values_of_draws
from tests.isolation.flash_arguments import values_of_flash_sales
from tests.support import coupon_fixtures

STAFF_MODULES = (
    "roles", "attempts", "accounts", "sessions", "account_changes", "role_changes", "sign_in", "sign_in_links",
)  # fmt: skip
MESSAGE_MODULES = (
    "kinds", "texts", "policies", "templates", "subscriptions", "preferences", "synced_templates", "email_accounts",
    "recipients", "results", "sending", "reports", "inbox", "message_list", "template_list", "birthdays",
    "message_rows", "template_tests", "notifications", "expiry_reminders", "card_variables",
)  # fmt: skip
CARD_MODULES = ("cards", "losses", "replacements", "application_steps", "upgrades", "card_list")
STOCK_MODULES = ("levels", "movements", "changes", "reservations", "warnings", "stock_list")
GROUP_MODULES = ("product_groups", "product_group_members", "product_group_changes")
CATALOG_MODULES = ("search", "products", "skus", "changes", "product_list", "shop_product_list")
ROWS = "code,name,lng,lat\nrival-shop,对门超市,121.4737,31.2304\n"


def values_by_parameter(rival: SimpleNamespace) -> dict[str, Any]:
    """What a parameter of a name is given: the rival's where it names something, else anything fitting."""
    scene = rival.qr_code.scene
    message = message_content.IncomingMessage(
        kind="subscribe", sender="rival-openid", number="1", scene=scene
    )
    return {
        "customer": rival.customer,
        "customer_id": rival.customer.id,
        "customer_ids": [rival.customer.id],
        "holder": rival.customer,
        "old_holder": rival.customer,
        "new_holder": rival.claimant,
        "claimant": rival.claimant,
        "claim": rival.phone_claim,
        "payer": rival.payer,
        "owner": rival.customer,
        "top_up_number": rival.top_up.number,
        "user_id": "2088000000000009",
        "open_id": "rival-open",
        "person_id": "rival-open",
        "app_id": rival.official.appid,
        "payer_id": "rival-payer",
        "platform": "wechat",
        "attempt_number": "new",
        "offer_id": "rival-rule:10000",
        "method": "wechat",
        "path": "/m/me",
        "title": "对门",
        "description": "对门",
        "claim_id": rival.phone_claim.public_id,
        "is_mine": True,
        "by_sms": True,
        "survivor": rival.customer,
        "duplicate": rival.customer,
        "member": rival.member,
        "member_id": rival.member.id,
        "public_id": rival.customer.public_id,
        "number": rival.member.card_number,
        "token": rival.token,
        "session": SimpleNamespace(id=10**6),
        "limit": 10,
        "alarm_percent": 80,
        "logins": [rival.staff.login],
        "identity": rival.identity,
        "phone": rival.phone,
        "phone_index": rival.sms_row.phone_index,
        "channel": rival.official,
        "channel_id": rival.official.id,
        "appid": rival.mini.appid,
        "openid": "rival-openid",
        "unionid": "rival-union",
        "shop": rival.shop,
        "shop_id": rival.shop.id,
        "shop_ids": [rival.shop.id],
        "shops": [rival.shop],
        "account": rival.account,
        "group": rival.group,
        "programme": rival.programme,
        "programme_id": rival.programme.id,
        "code_id": rival.qr_code.id,
        "scene": scene,
        "publication_id": rival.publication.id,
        "event": rival.event,
        "before_id": 10**6,
        "message": message,
        "replies": [Text(text="你好")],
        "messages": [Text(text="你好")],
        "first_time": True,
        "by_follow": True,
        "location": Coordinates(121.4737, 31.2304),
        "origin": Coordinates(121.4737, 31.2304),
        "at": None,
        "first_day": date(2026, 11, 1),
        "day": date(2026, 11, 1),
        "moment": datetime(2026, 11, 1, tzinfo=UTC),
        "address": "203.0.113.7",
        "client_ip": "203.0.113.7",
        "key": "rival-key",
        "code": "rival-code",
        "name": "对门",
        "source": "pos",
        "proof": "phone",
        "purpose": "register",
        "kind": "behaviour_increase",
        "value": 5,
        "reason": "活动",
        "fields": ["name"],
        "text": "你好",
        "seed": "1",
        "keywords": ["你好"],
        "match": "equals",
        "ticket": "t",
        "url": "http://t",
        "expires_at": None,
        "target": rival.shop.public_id,
        "subject": "rival-openid",
        "provider": "wechat",
        "amount_fen": 100,
        "till": "rival-till",
        "platform_number": "rival-4200",
        "refund_key": "rival-refund",
        "row": rival.value_spend,
        "top_up": rival.top_up,
        "action": "test",
        "secret": "s" * 32,
        "order_number": "rival-order",
        "numerator": 1,
        "denominator": 1,
        "paid_fen": 100,
        "received_fen": 100,
        "total_fen": 1000,
        "refunded_fen": 1,
        "cost_centre": rival.cost_centre,
        "rule_id": rival.rule.id,
        "last_day": date(2026, 11, 1),
        "since": datetime(2026, 11, 1, tzinfo=UTC),
        "until": datetime(2026, 12, 1, tzinfo=UTC),
        "order": rival.order,
        "rules": [rival.rule],
        "tier": rival.tier,
        "measure": rival.tier_rule.measure,
        "active": rival.tier_record,
        "explanation": {},
        "coupon": rival.coupon,
        "coupon_id": rival.coupon.id,
        "codes": [rival.coupon.code],
        "basket": coupon_fixtures.make_basket(),
        "giver": rival.member,
        "receiver": rival.member,
        "gift": rival.gift,
        "batch": rival.batch,
        "member_ids": [rival.member.id],
        "approver": "王店长",
        "version": "0" * 64,
        "opinion": "可以",
        "quantity": 1,
        "cost_fen": 0,
        "recipients": [rival.member],
        "issue_key": "claim",
        "state": "listed",
        "terminal": rival.terminal,
        "terminal_id": rival.terminal.id,
        "cashier": rival.cashier,
        "cashier_id": rival.cashier.id,
        "shift": rival.shift,
        "shift_id": rival.shift.id,
        "pin": "741852",
        "rights": ["sell"],
        "merge": rival.merge,
        "merge_id": rival.merge.id,
        "load_row": lambda: rival.value_spend,
    }


def values_by_module(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """Where a name means the same in a whole file and something else than elsewhere."""
    rule = {"rule": rival.coupon_rule, "rule_id": rival.coupon_rule.id, "note": "对门"}
    nouns = (
        "coupons.rules",
        "coupons.stock",
        "coupons.coupons",
        "coupons.bulk_issue",
        "coupons.redemptions",
        "coupons.statistics",
        "coupons.rule_list",
        "coupons.rule_deletion",
        "coupons.stops",
    )
    staff = {
        "account": rival.staff, "account_id": rival.staff.id, "public_id": rival.staff.public_id, "by": rival.staff,
        "login": rival.staff.login, "role": rival.role, "role_id": rival.role.id, "role_keys": ["admin"],
        "session": rival.staff_session, "token": rival.staff_token, "password": "correct horse 7",
        "old": "correct horse 7", "new": "correct horse 8", "criteria": AccountFilter(), "rights": ["members.read"],
    }  # fmt: skip
    exports = {
        "account": rival.staff, "public_id": rival.export.public_id, "job": rival.export, "job_id": rival.export.id,
        "kind": "audit_log", "filters": {}, "rows_done": 1, "file_name": "x.xlsx", "error": "x", "var": Path("/var"),
    }  # fmt: skip
    approval = {
        "approval": rival.approval, "public_id": rival.approval.public_id, "kind": rival.approval.kind,
        "subject": rival.approval.subject, "subjects": [rival.approval.subject], "title": "对门", "content": {},
        "version": rival.approval.version, "approved": True, "approver": None, "person": rival.approval.author,
        "criteria": ApprovalFilter(kinds=[rival.approval.kind], person=rival.approval.author), "seen": {},
    }  # fmt: skip
    goods = {
        "code": rival.product.code, "name": "龙井", "skus": [{"code": "rival-sku", "list_price_fen": 1}],
        "category": rival.category, "category_id": rival.category.id, "product": rival.product, "row": rival.product,
        "rows": [rival.product], "products": [rival.product], "product_ids": [rival.product.id],
        "public_id": rival.product.public_id, "public_ids": [rival.product.public_id], "sku": rival.sku,
        "sku_ids": [rival.sku.id], "barcode": rival.sku.barcode, "shop_ids": None, "sort": "newest", "parent": None,
        "text": "龙井",
    }  # fmt: skip
    categories = goods | {
        "code": rival.category.code, "row": rival.category, "rows": [rival.category],
        "public_id": rival.category.public_id,
    }  # fmt: skip
    groups = goods | {
        "code": rival.product_group.code, "codes": {rival.product_group.code}, "field": "category",
        "group": rival.product_group, "group_ids": [rival.product_group.id], "public_id": rival.product_group.public_id,
        "goods": [rival.product], "category_ids": {rival.product.id: [rival.category.id]},
        "chosen_categories": [rival.category],
    }  # fmt: skip
    kind = KINDS["points_expiring"]
    message = {
        "kind": kind, "message": rival.message_row, "claimed": rival.message_row, "number": rival.message_row.number,
        "numbers": [rival.message_row.number], "customer_id": rival.customer.id, "source": "notice:2",
        "variables": {"积分": "1"}, "media": ["sms"], "mode": "first", "enabled": True, "on_site": True,
        "medium": "sms", "template_id": rival.message_template.id, "template": None, "wanted": [],
        "platform_template": "t", "asked": [], "accepted": [], "reported_by": "api", "marketing": True,
        "opted_out_media": [], "choices": {}, "read": True, "account_key": "rival-mp", "preferred": rival.mini,
        "delivered": True, "row": rival.message_row, "rows": [], "some": [rival.event],
        "found": [rival.message_row], "address": "o-rival", "is_sent": True, "shop_ids": None,
        "search": rival.member.card_number,
        "outcome": Outcome("sent"), "keyword": "thing1", "value": "5", "known": {}, "field": "text", "key": kind.key,
    }  # fmt: skip
    stock = {
        "sku": rival.sku, "sku_ids": [rival.sku.id], "code": rival.sku.code, "level": rival.stock_level,
        "level_id": rival.stock_level.id, "kind": "received", "difference": 1, "counted": 1, "warning_at": 1,
        "lines": [StockLine(rival.sku.id, 1)], "text": rival.sku.code, "criteria": StockFilter(search="龙井"),
        "shop_ids": frozenset({rival.shop.id}),
    }  # fmt: skip
    card = {
        "kind": rival.card_kind, "card": rival.physical_card, "number": rival.physical_card.number,
        "new_number": None, "old": rival.physical_card, "new": rival.physical_card, "row": rival.card_application,
        "rows": [], "values": {}, "state": "lost", "courier": "顺丰", "tracking_number": "SF1", "code": "123456",
        "is_active": True, "is_confirmed": True, "include_blocked": True, "owner": rival.member, "step": "submitted",
        "shop_ids": None, "id_number": "11010519491231002X", "purchase_ids": [rival.desk_purchase.id],
    }  # fmt: skip
    kinds = card | {"code": rival.card_kind.code, "name": "对门卡"}
    card_application = card | {"number": rival.card_application.number}
    return (
        {f"messages.{name}": message for name in MESSAGE_MODULES}
        | {"messages.messages": {**message, "kind": kind}}
        | dict.fromkeys(nouns, rule)
        | dict.fromkeys((f"staff.{name}" for name in STAFF_MODULES), staff)
        | dict.fromkeys((f"stock.{name}" for name in STOCK_MODULES), stock)
        | dict.fromkeys((f"physical_cards.{name}" for name in CARD_MODULES), card)
        | dict.fromkeys(
            (
                "activation_codes.codes",
                "activation_codes.imports",
                "service_desk.purchases",
                "service_desk.returns",
                "service_desk.id_checks",
            ),
            card,
        )
        | {
            "physical_cards.kinds": kinds,
            "physical_cards.applications": card_application,
            "physical_cards.application_list": card_application,
        }
        | {"exports.jobs": exports, "approvals": approval}
        | dict.fromkeys((f"catalog.{name}" for name in CATALOG_MODULES), goods)
        | dict.fromkeys(("catalog.categories", "catalog.category_retirement"), categories)
        | dict.fromkeys((f"catalog.{name}" for name in GROUP_MODULES), groups)
        | {"promotions.product_group_deletion": groups}
        | {"catalog.skus": goods | {"code": rival.sku.code, "public_id": rival.sku.public_id}}
        | {"catalog.shop_goods": goods | {"row": rival.shop_sku}}
        | values_by_booking(rival)
        | card_arguments.values_by_module(rival)
        | values_of_draws(rival)
        | values_of_flash_sales(rival)
        | promotion_arguments.values_by_module(rival)
    )
