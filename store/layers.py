"""The order of the packages in `store/`, lowest first: a module imports only modules that stand before it here.

`tests/test_architecture.py` checks the order. `points.ledger` and `purchases` are the one exception to "one package,
one place": tiers are computed from point entries and purchases, and the rest of `points` uses tiers.
"""

import importlib
from collections.abc import Iterator

import peewee

from store.core.database.models import Model

LAYERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("core", (
        "errors", "invisible_text", "validation", "input_limits", "clock", "money", "ids", "numbers", "encryption",
        "masking", "database.fields", "database.file_lock", "database.group_commit", "database.postgresql",
        "database.db", "database.statements", "database.selection", "database.models", "database.joins",
        "database.migrations", "cache", "spreadsheets", "actors", "events", "outbox",
        "scheduled_jobs", "idempotency", "rate_limits", "weekdays", "csv_rows", "excel_files",
        "progress", "keyset", "listing", "bar_codes",
    )),
    ("tenants", (
        "registry", "audit", "settings", "outbox_retention", "business_days", "branding", "agreements",
        "channels", "access_tokens", "cost_centres", "audit_names", "audit_list", "pictures", "deliveries",
    )),
    ("customers", (
        "phones", "programmes", "customers", "identities", "members", "merging.journal", "merging.rules",
        "member_codes", "merging.merges", "captchas", "sms_budget", "sms_codes", "sessions",
        "platform_customers", "alipay_people", "followers", "payers", "profile_fields", "consents",
        "name_parts", "profiles", "merging.undo", "person_search", "member_scope", "member_search",
        "freezes",
    )),
    ("member_cards", ("template_fields", "templates", "pack_templates", "pack_cards")),
    ("shops", (
        "coordinates", "hours", "hours_format", "details", "detail_texts", "cache_version", "shops", "shop_list",
        "changes", "csv_import", "spatial_index", "nearby_settings", "nearby", "favourites",
    )),
    ("catalog", (
        "rich_text", "fields", "product_groups", "categories", "products", "product_group_members",
        "product_group_changes", "skus", "shop_goods", "search", "changes", "category_retirement", "goods_favourites",
        "product_list", "shop_product_list", "product_rows", "csv_import",
    )),
    ("stock", (
        "settings", "levels", "arrival_notices", "movements", "changes", "stock_lines", "shortages", "reservations",
        "warnings", "stock_list", "sold_counts", "product_deletion", "count_import",
    )),
    ("mall", ("settings", "home")),
    ("delivery", ("rules", "quotes", "slots")),
    ("addresses", ("addresses",)),
    ("reservations", ("reservations", "follow_ups", "reservation_list")),
    ("appointments", (
        "settings", "times", "services", "opening_days", "occupancy", "answers", "tables", "slots", "reminders",
        "appointments", "moves", "appointment_list", "service_list",
    )),
    ("queues", ("queue_types", "tickets", "calls", "screen", "queue_type_list", "ticket_list")),
    ("staff", (
        "passwords", "rights", "roles", "attempts", "accounts", "sessions", "account_changes", "role_changes",
        "sign_in", "sign_in_links",
    )),
    ("approvals", ()),
    ("points", ("ledger",)),
    ("purchases", ()),
    ("tiers", (
        "validity", "tiers", "tier_list", "tier_changes", "merging", "rules", "rule_import", "rule_changes", "rule_csv",
        "rule_list", "descriptions", "evaluation", "progress", "record_list",
    )),
    ("points", (
        "rules", "rule_versions", "rule_list", "accrual", "sale_preview", "postings", "points", "groups", "merging",
        "lot_allocations", "reversals", "expiry", "expiring_soon", "payments", "bulk_posting", "order_accrual",
        "order_events", "adjustments",
        "account_list", "entry_list",
    )),
    ("payments", (
        "states", "kinds", "schedule", "credentials", "merchants", "payables", "attempts", "reversals", "refunds",
        "refund_list", "settlement", "cash", "notices", "queries", "exports", "due_work",
    )),
    ("red_packets", (
        "states", "schedule", "settings", "accounts", "budget", "red_packets", "sending", "results", "staff_actions",
        "red_packet_list",
    )),
    ("stored_value", (
        "ledger", "accounts", "payment_methods", "top_up_rules", "top_ups", "top_up_payables", "top_up_refunds",
        "top_up_payments", "payouts", "refund_requests", "managers",
        "payment_codes", "authorization", "payment_records", "payments", "payment_code_uses", "statements", "merging",
        "account_list", "entry_list", "top_up_list", "refund_request_list",
    )),
    ("coupons", (
        "terms", "shop_scope", "rules", "rule_list", "rule_deletion", "stock", "coupons", "bulk_issue", "stops",
        "basket", "eligibility", "discounts", "candidates", "best_combination", "quotes", "redemption_records",
        "redemptions", "gifts", "gift_records", "merging", "statistics", "display", "term_texts", "claims", "wallet",
        "gift_links", "coupon_list",
    )),
    ("check_ins", ("streak_rewards", "check_ins", "make_ups", "check_in_settings", "month_preview")),
    ("physical_cards", (
        "kinds", "cards", "losses", "replacements", "applications", "application_steps", "upgrades", "card_list",
        "application_list",
    )),
    ("activation_codes", ("codes", "imports")),
    ("pricing", (
        "promotions", "request", "promotion_rows", "price", "unit_prices", "special_prices", "promotion_words",
        "line_promotions", "order_promotions", "promotion_steps", "order_lines", "calculation",
    )),
    ("flash_sales", (
        "content", "flash_sales", "items", "entries", "displays", "holds", "offers", "publication", "submissions",
        "sale_list",
    )),
    ("promotions", (
        "parameters", "drafts", "tables", "references", "promotions", "stages", "promotion_list", "uses", "active",
        "words", "texts", "product_group_deletion",
    )),
    ("orders", (
        "tables", "requests", "settings", "locks", "goods_lines", "pricing_requests", "snapshots", "stock_holds",
        "holds", "money_back", "counting", "fulfilments", "reopening",
        "payments", "placement", "orders", "sold_orders", "return_calculation", "return_records", "returns",
        "staff_returns", "staff_changes", "search", "order_list", "line_list", "payment_report", "overdue", "payers",
    )),
    ("promotions", ("effect", "former_prices")),
    ("offers", ("goods_offers", "nearby_offers")),
    ("carts", ("carts", "cart_list")),
    ("shop_orders", (
        "states", "submission", "staff_entry", "refunds", "moves", "order_list", "timeouts", "price_changes",
        "invoices", "shipping_uploads", "change_approvals", "late_payments",
    )),
    ("membership", (
        "phone_claims", "registration", "phone_answers", "payer_claims", "payer_answers", "top_up_payers",
        "programme_setup", "tier_deletion", "programme_deletion", "follow_rewards", "name_search", "member_list",
        "behaviours", "portraits",
    )),
    ("activities", (
        "settings", "content", "budgets", "activities", "publication", "submissions", "activity_list",
    )),
    ("draws", (
        "odds", "draw_records", "chances", "wins", "blacklist", "draws", "claims", "goods_prizes", "win_list",
        "chance_sources", "shares",
    )),
    ("member_cards", (
        "contents", "pushing", "holders", "observations", "joins", "reconciliation", "card_list",
    )),
    ("service_desk", ("purchases", "returns", "id_checks")),
    ("tills", (
        "till_settings", "pins", "terminals", "cashiers", "sessions", "shifts", "news", "receipts.columns",
        "receipts.contents", "receipts.rows", "receipts.order_slips", "receipts.escpos", "receipts.html",
        "shift_reports", "coupon_uses",
        "member_search", "cash_sums", "sales", "sale_receipts", "shop_order_slips", "collection_codes",
        "collections", "payment_news", "order_news", "terminal_list",
        "cashier_list", "shift_list", "collection_code_list",
    )),
    ("messages", (
        "kinds", "texts", "policies", "templates", "settings", "messages", "subscriptions", "preferences",
        "synced_templates", "email_accounts", "recipients", "results", "sending", "reports", "inbox", "message_list",
        "message_rows", "template_list", "template_tests",
    )),
    ("official_accounts", (
        "message_content", "keyword_replies", "menu_buttons", "menus", "qr_codes", "qr_images", "location_replies",
        "account_events", "chat_actions", "chat_rewards", "conversation",
    )),
    ("messages", ("expiry_reminders", "birthdays", "booking_variables", "card_variables", "prize_variables",
        "refund_variables", "notifications")),
    ("closings", ("listings", "closings")),
    ("insight", (
        "report_days", "cost_report", "daily_figures", "waiting_work", "sales_orders", "sales_report", "sales_lines",
        "rankings", "stock_flows", "marketing_calendar",
    )),
    ("exports", ("kind", "shop_kinds", "goods_kinds", "loyalty_kinds", "cost_kinds", "coupon_kinds", "card_kinds",
        "trade_kinds", "shop_order_kinds", "stored_value_kinds", "message_kinds", "stock_kinds", "insight_kinds",
        "booking_kinds", "red_packet_kinds", "draw_kinds", "promotion_kinds", "flash_kinds", "kinds", "jobs",
        "workbooks")),
    ("daily_close", ()),
    ("integrity", (
        "check", "point_ledger", "point_lots", "point_reversals", "point_payments", "purchases", "customers", "tiers",
        "official_accounts", "stored_value", "payments", "red_packets", "catalog", "coupons", "stock", "orders",
        "shop_orders", "promotions", "bookings", "draws", "flash_sales", "closings", "member_cards",
        "physical_cards",
        "daily_close", "references", "infrastructure", "verifier",
    )),
    ("key_rotation", ()),
)  # fmt: skip


def list_modules() -> Iterator[str]:
    """Yield the dotted names of all modules of `store/`, lowest first."""
    for package, modules in LAYERS:
        yield from (f"store.{package}.{module}" for module in modules) if modules else (f"store.{package}",)


def import_all() -> None:
    """Import every module, so that all tables, settings and merge rules are known."""
    for name in list_modules():
        importlib.import_module(name)


def list_tables() -> list[type[peewee.Model]]:
    """Return every table of a tenant's database. Referenced tables come before those that refer to them."""
    import_all()
    return list(peewee.sort_models(_subclasses(Model)))  # type: ignore[attr-defined]


def _subclasses(model: type[peewee.Model]) -> list[type[peewee.Model]]:
    found = []
    for child in model.__subclasses__():
        if child.__module__.startswith("store."):
            found += [child, *_subclasses(child)]
    return found
