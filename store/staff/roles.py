"""Roles (安全角色): named sets of rights. The ready-made ones exist in every tenant that has an account."""

import peewee

from store.core import clock, errors, listing
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.core.listing import Page
from store.staff import rights

ADMIN = "admin"
_READ_ONLY = ("read",)
_SYSTEM = frozenset({"staff", "roles", "audit_log", "channels", "merchants", "settings", "outbox"})
_DRAW_BUTTONS = (
    "create", "edit", "delete", "publish", "increase", "stop", "export", "personal_data", "ship",
    "give_out",
)  # fmt: skip
_SHOP_REPORTS = (
    "sales_report", "sales_lines", "sales_trend", "goods_ranking", "member_ranking", "stock_flow_report",
    "stock_flows",
)  # fmt: skip
_BOOKINGS = (
    "appointments",
    "appointment_calendar",
    "services",
    "reservations",
    "queue_tickets",
    "queue_types",
)
_SHOP_WORK = (*_SHOP_REPORTS, *_BOOKINGS)
_DESK = ("service_desk", "desk_purchases", "physical_cards", "card_upgrades")
_DESCRIPTIONS = {
    ADMIN: "拥有全部权限，可以管理账号、角色和系统设置。",
    "marketing": "设计和发放优惠券和促销，举办抽奖活动，管理公众号的回复、菜单和二维码，查看经营数据。",
    "service": "查询会员、订单和资产，为会员开卡、改资料和冻结账号。",
    "shop_manager": "管理本店的库存、订单退款、收银员和交班，审批优惠券和积分调整。",
    "approver": "查看提交的内容，审批优惠券、促销、活动、积分调整和储值退款。",
    "cashier": "查询会员、订单和门店，不能修改。",
    "analyst": "查看和导出经营数据，不能修改。",
    "user": "查看门店、商品和各项规则，看不到会员和交易。",
}


class Role(Model):
    """`key` is the identifier (角色标识), `code` a number of the merchant's own (编码), which may be empty."""

    key = peewee.CharField(max_length=30, unique=True)
    code = peewee.CharField(max_length=30, default="")
    name = peewee.CharField(max_length=30)
    description = peewee.CharField(max_length=200, default="")
    rights = JsonField(default=list)
    is_builtin = peewee.BooleanField(default=False)
    created_at = UtcDateTimeField(default=clock.now)


def _builtin_rights() -> dict[str, tuple[str, list[str]]]:
    read = rights.of_entries(*rights.ENTRIES, buttons=_READ_ONLY)
    business_read = [right for right in read if right.partition(".")[0] not in _SYSTEM]
    of = rights.of_entries
    return {
        ADMIN: ("超级管理员", [rights.ALL]),
        "marketing": ("营销", [
            *business_read, *of("coupon_rules", buttons=("create", "edit", "delete", "export", "publish", "issue")),
            *of("coupons", "coupon_gifts", "card_templates", "keyword_replies", "menus", "qr_codes", "costs",
                "messages", "message_templates", "goods", "categories", "product_groups"),
            *of("activities", "draw_prizes", "activity_budgets", "draw_blocks", buttons=_DRAW_BUTTONS),
            *of("promotions", buttons=("create", "edit", "delete", "export", "stop")),
            *of("flash_sales", buttons=("read", "create", "edit", "delete", "export", "stop")),
            *of("message_policies", buttons=("read", "edit")),
            *of("red_packets", buttons=("read", "edit", "export", "stop")),
        ]),
        "service": ("客服", [
            *of(*_BOOKINGS, "home", "orders", "shop_orders", "invoice_requests", "order_lines", "payments", "refunds",
                "stored_value", "stored_value_entries", "top_ups", "refund_requests", "tier_records", "behaviours",
                "point_accounts", "point_entries", "coupons", "coupon_gifts", "shops", "activation_codes", "card_kinds",
                buttons=_READ_ONLY),
            *of("messages", buttons=("read", "send_again")), *of("appointments", "reservations", "pack_cards"),
            *of(*_DESK, "card_applications"),
            "members.read", "members.create", "members.edit", "members.personal_data", "members.freeze",
        ]),
        "shop_manager": ("店长", _shop_manager_rights()),
        "approver": ("审批员", [
            *of("home", "approvals", "members", "point_entries", "cost_centres", "shops", buttons=_READ_ONLY),
            *of("coupon_rules", "point_accounts", "refund_requests", "shop_orders", "activities", "promotions",
                "flash_sales",
                buttons=("read", "approve")),
        ]),
        "cashier": ("收银", of("home", "members", "orders", "shops", "goods", buttons=_READ_ONLY)),
        "analyst": ("分析", [*business_read, *of(*rights.ENTRIES, buttons=("export",))]),
        "user": ("普通用户", of(
            "home", "programmes", "tiers", "tier_rules", "point_groups", "cost_centres", "point_rules", "categories",
            "goods", "shops", "payment_kinds", buttons=_READ_ONLY,
        )),
    }  # fmt: skip


def _shop_manager_rights() -> list[str]:
    """Return the rights in the own shop."""
    of = rights.of_entries
    return [
        *of("home", "members", "point_accounts", "coupons", "terminals", "payments", "refunds", "payment_report",
            "collection_codes", "categories", "activities", "draw_prizes", "promotions", "flash_sales",
            "marketing_calendar",
            buttons=_READ_ONLY),
        *of("goods", buttons=("read", "shop_goods")), *of(*_DESK),
        "orders.read", "orders.export", "orders.refund", "order_lines.read", "order_lines.export", "shops.read",
        "shops.edit", "payments.query", "approvals.read", "coupon_rules.read", "coupon_rules.approve",
        "point_accounts.approve", "draw_prizes.give_out",
        *of("cashiers", "shifts", "stock", "stock_warnings", "shop_orders", "invoice_requests", "delivery",
            *_SHOP_WORK),
    ]  # fmt: skip


@db.transactional
def ensure_builtin() -> None:
    """Create the ready-made roles that are missing. Idempotent: what a merchant has changed about them stays."""
    db.advisory_lock("staff_roles")
    existing = {row.key for row in Role.select(Role.key)}
    for key, (name, granted) in _builtin_rights().items():
        if key not in existing:
            Role.create(
                key=key, name=name, description=_DESCRIPTIONS[key], rights=rights.check(granted), is_builtin=True
            )  # fmt: skip


def get_by_key(key: str) -> Role:
    """Return a role. Raises DomainError(not_found)."""
    found = Role.find(key=key)
    if found is None:
        raise errors.not_found("该角色")
    return found


def list_roles() -> list[Role]:
    """Return all roles, the ready-made ones first."""
    return list(Role.select().order_by(Role.is_builtin.desc(), Role.id))


def list_page(page: Page, *, search: str = "") -> tuple[list[Role], int]:
    """Return a page of roles and the number of all. `search` is a part of name, key or code."""
    query = Role.select()
    if search:
        query = query.where(
            Role.name.contains(search) | Role.key.contains(search) | Role.code.contains(search)
        )
    sorts = {"key": Role.key, "name": Role.name, "created_at": Role.created_at, "id": Role.id}
    return listing.read_page(query, page, sorts=sorts, default="id", id_field=Role.id)


def lock(role_id: int) -> Role:
    """Lock a role until the transaction ends. Raises DomainError(not_found)."""
    found = Role.find(id=role_id, lock=True)
    if found is None:
        raise errors.not_found("该角色")
    return found
