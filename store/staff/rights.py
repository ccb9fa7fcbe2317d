"""The rights of staff (权限): the menu of the console, and the buttons of each entry.

A right is `<entry>.<button>`, such as `members.read`. A role holds rights; `ALL` means all, also future ones.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from store.core import errors

ALL = "*"
BUTTONS = {
    "read": "查询", "create": "新建", "edit": "编辑", "delete": "删除", "approve": "审批", "export": "导出",
    "personal_data": "看个人信息",
}  # fmt: skip
_READ = ("read",)
_READ_EXPORT = ("read", "export")
_MAINTAIN = ("read", "create", "edit", "delete")


@dataclass(frozen=True)
class Entry:
    """An entry of the menu with its page. `buttons` are pairs of key and title, the first of which is `read`."""

    key: str
    title: str
    path: str
    icon: str
    buttons: tuple[tuple[str, str], ...]

    @property
    def rights(self) -> tuple[str, ...]:
        return tuple(f"{self.key}.{button}" for button, _ in self.buttons)


@dataclass(frozen=True)
class Group:
    """A group of entries of the menu."""

    key: str
    title: str
    icon: str
    entries: tuple[Entry, ...]


def _entry(key: str, title: str, path: str, icon: str, buttons: Iterable[str], **special: str) -> Entry:
    """Make an entry with common buttons, and special ones by key and title."""
    known = tuple((button, BUTTONS[button]) for button in buttons)
    return Entry(key, title, path, icon, (*known, *special.items()))


MENU: tuple[Group, ...] = (
    Group("home", "工作台", "HomeFilled", (
        _entry("home", "主页", "/", "HomeFilled", _READ),
        _entry("approvals", "待我审批", "/approvals", "Stamp", _READ),
    )),
    Group("customers", "客户中心", "User", (
        _entry("members", "会员账号", "/members", "User", ("read", "create", "edit", "delete", "export",
               "personal_data"), freeze="冻结", merge="合并", change_tier="调整等级"),
        _entry("service_desk", "会员服务台", "/service-desk", "Avatar", _READ, register="登记办卡",
               cards="挂失补换", purchases="补录退货"),
        _entry("desk_purchases", "补录消费", "/desk-purchases", "Document", _READ_EXPORT),
        _entry("physical_cards", "实体卡", "/physical-cards", "CreditCard", _READ_EXPORT),
        _entry("card_applications", "实体卡申领", "/card-applications", "Postcard",
               ("read", "edit", "approve", "export", "personal_data")),
        _entry("card_upgrades", "待升级会员", "/card-upgrades", "Medal", _READ_EXPORT),
        _entry("activation_codes", "激活码", "/activation-codes", "Key", ("read", "create", "export")),
        _entry("card_kinds", "实体卡种", "/card-kinds", "Collection", ("read", "create", "edit")),
        _entry("tier_records", "会员等级", "/tier-records", "Medal", _READ_EXPORT),
        _entry("card_templates", "会员卡", "/card-templates", "Postcard", ("read", "create", "edit"),
               publish="启用停用"),
        _entry("pack_cards", "卡包会员卡", "/pack-cards", "CreditCard", ("read", "edit")),
        _entry("behaviours", "行为记录", "/behaviours", "Notebook", _READ_EXPORT),
    )),
    Group("goods", "商品中心", "Goods", (
        _entry("goods", "商品", "/goods", "Goods", ("read", "create", "edit", "delete", "export"), publish="上架下架",
               shop_goods="门店价格与货位"),
        _entry("categories", "商品分类", "/categories", "Files", _MAINTAIN),
        _entry("product_groups", "商品组", "/product-groups", "Collection", _MAINTAIN, enable="启用停用"),
        _entry("stock", "库存", "/stock", "Box", ("read", "edit", "export"), receive="入库", adjust="调整",
               count="盘点"),
        _entry("stock_warnings", "预警货品", "/stock-warnings", "Box", _READ_EXPORT),
    )),
    Group("trade", "交易中心", "Tickets", (
        _entry("shop_orders", "商城订单", "/shop-orders", "Tickets", ("read", "create", "edit", "export"),
               refund="退款取消", lower_price="改价与改数量", approve="审批改价退款", no_code="无取货码交付",
               hide="隐藏订单"),
        _entry("invoice_requests", "开票申请", "/invoice-requests", "Document", ("read", "edit", "personal_data")),
        _entry("orders", "交易单", "/orders", "Tickets", ("read", "edit", "export"), refund="退款"),
        _entry("order_lines", "交易单明细", "/order-lines", "List", _READ_EXPORT),
        _entry("payments", "付款", "/payments", "Money", _READ_EXPORT, query="重新查询"),
        _entry("refunds", "退款", "/refunds", "RefreshLeft", ("read", "edit", "export")),
        _entry("stored_value", "储值账户", "/stored-value", "Wallet", ("read", "edit", "export")),
        _entry("stored_value_entries", "储值明细", "/stored-value-entries", "List", _READ_EXPORT),
        _entry("top_ups", "充值记录", "/top-ups", "Coin", _READ_EXPORT, refund="退款"),
        _entry("top_up_rules", "充值规则", "/top-up-rules", "Wallet", ("read", "create", "delete")),
        _entry("refund_requests", "储值退款申请", "/refund-requests", "Stamp", ("read", "approve")),
        _entry("red_packets", "红包发放", "/red-packets", "Coin", ("read", "create", "edit", "export"), stop="紧急停发",
               accounts="发放账户"),
        _entry("shifts", "交班记录", "/shifts", "Timer", _READ_EXPORT),
    )),
    Group("bookings", "预约排队", "Timer", (
        _entry("appointments", "预约", "/appointments", "Notebook", ("read", "edit", "export", "personal_data")),
        _entry("appointment_calendar", "预约日历", "/appointment-calendar", "Timer", _READ),
        _entry("services", "预约服务", "/services", "SetUp", ("read", "create", "edit"), open_days="开放日期"),
        _entry("reservations", "大客户预定", "/reservations", "Notebook", ("read", "edit", "export", "personal_data")),
        _entry("queue_tickets", "排队记录", "/queue-tickets", "List", _READ_EXPORT),
        _entry("queue_types", "排队类型", "/queue-types", "Sort", ("read", "create", "edit")),
    )),
    Group("points", "积分中心", "Coin", (
        _entry("point_rules", "积分规则", "/point-rules", "SetUp", _MAINTAIN),
        _entry("point_accounts", "积分账户", "/point-accounts", "Coin", (*_READ_EXPORT, "approve"), adjust="调整"),
        _entry("point_entries", "积分记录", "/point-entries", "List", _READ_EXPORT),
    )),
    Group("coupons", "卡券中心", "Ticket", (
        _entry("coupon_rules", "优惠券规则", "/coupon-rules", "Ticket", (*_MAINTAIN, "approve", "export"),
               publish="上架", add_stock="增发", issue="发券", stop="紧急暂停"),
        _entry("coupons", "优惠券", "/coupons", "Postcard", _READ_EXPORT, void="作废"),
        _entry("coupon_gifts", "转赠记录", "/coupon-gifts", "Present", _READ_EXPORT),
    )),
    Group("activities", "营销活动", "Present", (
        _entry("marketing_calendar", "营销日历", "/marketing-calendar", "Timer", _READ),
        _entry("promotions", "促销", "/promotions", "Discount", (*_MAINTAIN, "approve", "export"), stop="暂停结束"),
        _entry("activities", "抽奖活动", "/activities", "Present", (*_MAINTAIN, "approve"), publish="发布结束",
               increase="增加数量", stop="暂停恢复"),
        _entry("flash_sales", "限时抢购", "/flash-sales", "Timer", (*_MAINTAIN, "approve", "export"), stop="停止"),
        _entry("draw_prizes", "中奖记录", "/draw-prizes", "Medal", ("read", "export", "personal_data"), ship="寄出",
               give_out="到店核销"),
        _entry("activity_budgets", "活动预算", "/activity-budgets", "Wallet", ("read", "create", "edit")),
        _entry("draw_blocks", "抽奖黑名单", "/draw-blocks", "Lock", ("read", "create", "delete")),
    )),
    Group("messages", "消息中心", "Message", (
        _entry("messages", "消息记录", "/messages", "Message", _READ_EXPORT, send_again="重发"),
        _entry("message_templates", "消息模板", "/message-templates", "Document", _MAINTAIN, sync="同步平台模板",
               send_test="测试发送"),
        _entry("message_policies", "消息设置", "/message-policies", "SetUp", ("read", "edit"),
               email_account="发件邮箱"),
    )),
    Group("conversation", "会话", "ChatDotRound", (
        _entry("keyword_replies", "关键词回复", "/keyword-replies", "ChatDotRound", _MAINTAIN),
        _entry("menus", "自定义菜单", "/menus", "Menu", ("read", "edit"), publish="发布"),
        _entry("qr_codes", "带参数二维码", "/qr-codes", "FullScreen", _MAINTAIN),
    )),
    Group("analysis", "数据分析", "DataAnalysis", (
        _entry("costs", "成本报表", "/costs", "DataAnalysis", _READ_EXPORT),
        _entry("payment_report", "支付汇总", "/payment-report", "PieChart", _READ_EXPORT),
        _entry("sales_report", "销售汇总", "/sales-report", "DataAnalysis", _READ_EXPORT),
        _entry("sales_lines", "销售明细", "/sales-lines", "List", _READ_EXPORT),
        _entry("sales_trend", "销售量统计", "/sales-trend", "PieChart", _READ_EXPORT),
        _entry("goods_ranking", "商品销售排行", "/goods-ranking", "Goods", _READ_EXPORT),
        _entry("member_ranking", "会员消费排行", "/member-ranking", "Medal", _READ_EXPORT),
        _entry("stock_flow_report", "出入库汇总", "/stock-flow-report", "Box", _READ_EXPORT),
        _entry("stock_flows", "出入库明细", "/stock-flows", "List", _READ_EXPORT),
    )),
    Group("loyalty", "忠诚度配置", "Setting", (
        _entry("programmes", "忠诚度计划", "/programmes", "Collection", _MAINTAIN),
        _entry("tiers", "等级", "/tiers", "Medal", _MAINTAIN),
        _entry("tier_rules", "升降级规则", "/tier-rules", "Sort", _MAINTAIN),
        _entry("point_groups", "积分组", "/point-groups", "Coin", ("read", "create", "edit")),
        _entry("cost_centres", "成本中心", "/cost-centres", "OfficeBuilding", ("read", "create", "edit")),
        _entry("check_in_settings", "签到设置", "/check-in-settings", "SetUp", ("read", "edit")),
    )),
    Group("master_data", "基础数据", "Box", (
        _entry("shops", "门店", "/shops", "Shop", (*_MAINTAIN, "export")),
        _entry("payment_kinds", "付款方式", "/payment-kinds", "CreditCard", ("read", "edit")),
        _entry("terminals", "收银终端", "/terminals", "Monitor", _MAINTAIN),
        _entry("cashiers", "收银员", "/cashiers", "Avatar", _MAINTAIN),
        _entry("delivery", "配送设置", "/delivery", "Promotion", ("read", "edit")),
        _entry("collection_codes", "聚合收款码", "/collection-codes", "FullScreen", ("read", "edit")),
    )),
    Group("settings", "设置", "Tools", (
        _entry("channels", "渠道账号", "/channels", "Connection", ("read", "create", "edit")),
        _entry("merchants", "商户号", "/merchants", "CreditCard", ("read", "create", "edit")),
        _entry("settings", "参数设置", "/settings", "Tools", ("read", "edit")),
        _entry("agreements", "用户协议", "/agreements", "Document", _READ, publish="发布"),
        _entry("outbox", "任务与投递", "/outbox", "Promotion", _READ, replay="重放", discard="丢弃"),
    )),
    Group("staff", "用户角色", "Lock", (
        _entry("staff", "用户账号", "/staff", "UserFilled", ("read", "create", "edit", "delete"),
               send_link="发送登录链接"),
        _entry("roles", "安全角色", "/roles", "Lock", _MAINTAIN),
        _entry("audit_log", "操作日志", "/audit-log", "Notebook", _READ_EXPORT),
    )),
)  # fmt: skip

ENTRIES: dict[str, Entry] = {entry.key: entry for group in MENU for entry in group.entries}
RIGHTS: tuple[str, ...] = tuple(right for entry in ENTRIES.values() for right in entry.rights)
_KNOWN = frozenset(RIGHTS)


def check(rights: Iterable[str]) -> list[str]:
    """Return rights in the order of the menu. A button needs `read` of its entry, which is added.

    Raises DomainError(invalid) for an unknown right.
    """
    chosen = set(rights)
    if ALL in chosen:
        return [ALL]
    unknown = sorted(chosen - _KNOWN)
    if unknown:
        raise errors.invalid("rights", f"没有“{unknown[0][:60]}”这项权限")
    chosen |= {f"{right.partition('.')[0]}.read" for right in chosen}
    return [right for right in RIGHTS if right in chosen]


def expand(rights: Iterable[str]) -> frozenset[str]:
    """Return the rights themselves, without `ALL` and without rights that no longer exist."""
    chosen = frozenset(rights)
    return _KNOWN if ALL in chosen else chosen & _KNOWN


def ensure_within(wanted: Iterable[str], held: Iterable[str]) -> None:
    """Raise DomainError(right_not_held) if a person with the rights `held` must not give the rights `wanted`."""
    chosen, own = set(wanted), set(held)
    if ALL not in own and not chosen <= own:
        raise errors.DomainError("right_not_held", "不能授予或修改您没有的权限", 403)


def of_entries(*keys: str, buttons: Iterable[str] | None = None) -> list[str]:
    """Return the rights of entries, all or those of the given buttons."""
    wanted = None if buttons is None else set(buttons)
    found = (right for key in keys for right in ENTRIES[key].rights)
    return [right for right in found if wanted is None or right.partition(".")[2] in wanted]
