"""States of orders as customers and staff see them (订单状态), and what each may do next. Pure."""

from store.orders.fulfilments import BEFORE_HANDOVER, ENDED, STATE_LABELS, Fulfilment
from store.orders.tables import Order

# The tabs of a customer's list.
GROUPS: dict[str, tuple[str, ...]] = {
    "unpaid": ("unpaid",),
    "preparing": ("placed", "accepted"),
    "on_the_way": ("ready", "shipped"),
    "done": ("received", "completed"),
    "refunds": ("refunded", "refused"),
}
_TILL_STATES = {"placed": "unpaid", "paid": "completed", "completed": "completed", "closed": "closed"}
# Of an order whose invoice can be issued.
INVOICED_ORDER_STATES = ("paid", "completed")
NOT_INVOICED_STATES = ("closed", "refused", "refunded")
_READY_LABELS = {"pickup": "待取货", "dine_in": "已出餐", "takeaway": "待取餐"}
ACTION_LABELS = {
    "pay": "去付款",
    "cancel": "取消订单",
    "receive": "确认收货",
    "reorder": "再来一单",
    "delete": "删除订单",
    "accept": "接单",
    "reject": "拒单",
    "mark_ready": "备货完成",
    "ship": "发货",
    "hand_over": "交付",
    "refund": "退款",
    "lower": "改价",
    "close": "关闭",
    "hide": "隐藏",
    "show": "取消隐藏",
    "change_quantities": "改数量",
}
# What a step of an order is called where it is listed.
STEP_LABELS = ACTION_LABELS | {
    "submit": "下单", "pay": "付款", "receive": "收货", "receive_by_itself": "自动收货", "complete": "完成",
    "remind": "提醒", "reopen": "恢复订单", "invoice": "开票",
}  # fmt: skip


def state_of(order: Order, fulfilment: Fulfilment | None) -> str:
    """Return the state of an order of the shop, or of a till."""
    return str(fulfilment.state) if fulfilment is not None else _TILL_STATES[order.state]


def label_of(order: Order, fulfilment: Fulfilment | None) -> str:
    """Return the state in words."""
    state = state_of(order, fulfilment)
    return _READY_LABELS.get(order.kind, STATE_LABELS[state]) if state == "ready" else STATE_LABELS[state]


def customer_actions(order: Order, fulfilment: Fulfilment | None) -> list[str]:
    """Return what the customer may do with an order now."""
    if fulfilment is None:
        return []
    state = fulfilment.state
    found = []
    if state == "unpaid":
        found.append("pay")
    if state in ("unpaid", "placed"):
        found.append("cancel")
    if state == "shipped":
        found.append("receive")
    if state != "unpaid":
        found.append("reorder")
    if state in ("completed", "closed", "refused", "refunded"):
        found.append("delete")
    return found


def staff_actions(order: Order, fulfilment: Fulfilment | None) -> list[str]:
    """Return what staff of the shop may do with an order now."""
    if fulfilment is None:
        return []
    actions = {
        "unpaid": ["lower", "close"],
        "placed": ["accept", "reject"],
        "accepted": ["ship"] if order.kind == "delivery" else ["mark_ready", "hand_over"],
        "ready": ["hand_over"],
        "shipped": ["hand_over", "ship"],
    }.get(fulfilment.state, [])
    if fulfilment.state in BEFORE_HANDOVER:
        actions = [*actions, *(("refund", "lower", "cancel") if order.state == "paid" else ("close",))]
    return actions


def console_actions(order: Order, fulfilment: Fulfilment) -> list[str]:
    """Return what staff may do at the console: what they may at the till, other quantities, and hiding."""
    actions = staff_actions(order, fulfilment)
    if fulfilment.state in ENDED:
        actions = [*actions, "show" if fulfilment.is_hidden_from_staff else "hide"]
    if order.state == "placed" and fulfilment.state in ("unpaid", "placed"):
        actions = list(dict.fromkeys([*actions, "lower", "change_quantities"]))
    return actions
