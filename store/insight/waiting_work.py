"""What waits for staff (待办): orders, approvals, refunds, requests, open shifts, failed deliveries and jobs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from store import approvals
from store.appointments.tables import Appointment
from store.core.events import EventDelivery
from store.core.scheduled_jobs import ScheduledJob
from store.coupons import rules as coupon_rules
from store.customers import member_scope
from store.customers.customers import Customer
from store.customers.members import Member
from store.member_cards import card_list
from store.payments.refunds import Refund
from store.physical_cards import application_list, upgrades
from store.physical_cards.application_list import ApplicationFilter
from store.physical_cards.upgrades import UpgradeFilter
from store.points import adjustments as point_adjustments
from store.promotions import promotion_list, promotions
from store.red_packets import accounts as red_packet_accounts
from store.red_packets import red_packet_list
from store.reservations.reservations import Reservation
from store.shop_orders import change_approvals, order_list
from store.shop_orders.order_list import StaffFilter
from store.shops.shops import Shop
from store.stock import warnings as stock_warnings
from store.stored_value.refund_requests import StoredValueRefundRequest
from store.tenants import business_days
from store.tills.shifts import Shift
from store.tills.terminals import Terminal

ShopIds = frozenset[int] | None
_shop_of_member = member_scope.shop_of_member()


@dataclass(frozen=True)
class WaitingWork:
    """Rows that wait for a decision. `right` is needed to see them."""

    key: str
    title: str
    right: str
    definition: str
    count: Callable[[str, ShopIds], int]


def list_waiting(*, login: str, shop_ids: ShopIds, rights: Iterable[str]) -> list[tuple[WaitingWork, int]]:
    """Return what waits for an account with these rights and shops, without what there is none of.

    What belongs to no shop is shown to accounts that see all shops only.
    """
    held = set(rights)
    counted = [(work, work.count(login, shop_ids)) for work in _WORK if work.right in held]
    return [(work, number) for work, number in counted if number]


def _count(query: Any, column: Any, shop_ids: ShopIds) -> int:
    return int((query if shop_ids is None else query.where(column.in_(sorted(shop_ids)))).count())


def _count_new_orders(login: str, shop_ids: ShopIds) -> int:
    return order_list.count_for_staff(StaffFilter(states=("placed",), shop_ids=shop_ids))


def _count_overdue_pickups(login: str, shop_ids: ShopIds) -> int:
    return order_list.count_for_staff(StaffFilter(overdue=True, shop_ids=shop_ids))


def _count_invoices(login: str, shop_ids: ShopIds) -> int:
    return order_list.count_for_staff(StaffFilter(invoice="wanted", shop_ids=shop_ids))


def _count_appointments(login: str, shop_ids: ShopIds) -> int:
    return _count(Appointment.select().where(Appointment.state == "requested"), Appointment.shop, shop_ids)


def _count_reservations(login: str, shop_ids: ShopIds) -> int:
    return _count(Reservation.select().where(Reservation.state == "submitted"), Reservation.shop, shop_ids)


def _count_approvals(login: str, shop_ids: ShopIds) -> int:
    return approvals.count_waiting(coupon_rules.APPROVAL_KIND, login, seen={})


def _count_point_adjustments(login: str, shop_ids: ShopIds) -> int:
    return approvals.count_waiting(
        point_adjustments.APPROVAL_KIND, login, seen=point_adjustments.select_seen(shop_ids)
    )


def _count_order_changes(login: str, shop_ids: ShopIds) -> int:
    return approvals.count_waiting(
        change_approvals.APPROVAL_KIND, login, seen=change_approvals.select_seen(shop_ids)
    )


def _count_promotions(login: str, shop_ids: ShopIds) -> int:
    seen = promotion_list.select_seen(shop_ids)
    return approvals.count_waiting(promotions.APPROVAL_KIND, login, seen=seen)


def _count_refunds(login: str, shop_ids: ShopIds) -> int:
    return _count(Refund.select().where(Refund.state == "abnormal"), Refund.shop_id, shop_ids)


def _count_requests(login: str, shop_ids: ShopIds) -> int:
    waiting: Any = StoredValueRefundRequest.select().where(StoredValueRefundRequest.state == "open")
    return _count(waiting.join(Member).join(Customer), _shop_of_member, shop_ids)


def _count_red_packets(login: str, shop_ids: ShopIds) -> int:
    if shop_ids is not None:
        return 0
    return red_packet_list.count_held() + red_packet_accounts.count_paused()


def _count_pack_cards(login: str, shop_ids: ShopIds) -> int:
    return card_list.count_problems(shop_ids)


def _count_card_applications(login: str, shop_ids: ShopIds) -> int:
    return application_list.count_applications(ApplicationFilter(state="submitted", shop_ids=shop_ids))


def _count_card_mailings(login: str, shop_ids: ShopIds) -> int:
    return application_list.count_applications(ApplicationFilter(state="approved", shop_ids=shop_ids))


def _count_card_upgrades(login: str, shop_ids: ShopIds) -> int:
    return upgrades.count_cards(UpgradeFilter(shop_ids=shop_ids))


def _count_shifts(login: str, shop_ids: ShopIds) -> int:
    before = business_days.start_of(business_days.today())
    late: Any = Shift.select().where(Shift.closed_at.is_null(), Shift.opened_at < before)
    return _count(late.join(Terminal).join(Shop), Shop.id, shop_ids)


def _count_low_stock(login: str, shop_ids: ShopIds) -> int:
    return stock_warnings.count_low(shop_ids)


def _count_dead_letters(login: str, shop_ids: ShopIds) -> int:
    return 0 if shop_ids is not None else EventDelivery.select().where(EventDelivery.state == "dead").count()


def _count_failed_jobs(login: str, shop_ids: ShopIds) -> int:
    failed = ScheduledJob.select().where(ScheduledJob.last_error.is_null(False))
    return 0 if shop_ids is not None else failed.count()


_WORK = (
    WaitingWork("new_orders", "商城订单待接单", "shop_orders.read", "顾客已下单、门店还没有接单的商城订单。",
                _count_new_orders),
    WaitingWork("overdue_pickups", "逾期未取货", "shop_orders.read", "最后一次提醒后顾客仍没有来取的商城订单。",
                _count_overdue_pickups),
    WaitingWork("invoice_requests", "待开票", "invoice_requests.read", "顾客申请了发票、还没有登记发票号码的订单。",
                _count_invoices),
    WaitingWork("appointment_requests", "预约待确认", "appointments.read", "顾客已提交、门店还没有确认的预约。",
                _count_appointments),
    WaitingWork("reservations", "大客户预定待跟进", "reservations.read", "顾客已提交、还没有跟进的大客户预定。",
                _count_reservations),
    WaitingWork("approvals", "待我审批的优惠券规则", "coupon_rules.approve", "提交给您审批、还没有结论的规则。",
                _count_approvals),
    WaitingWork("point_adjustments", "待我审批的积分调整", "point_accounts.approve", "超过限额、还没有结论的积分调整。",
                _count_point_adjustments),
    WaitingWork("order_changes", "待我审批的改价退款", "shop_orders.approve", "超过限额、还没有结论的订单改价和退款。",
                _count_order_changes),
    WaitingWork("promotions", "待我审批的促销", "promotions.approve", "提交给您审批、还没有结论的促销。",
                _count_promotions),
    WaitingWork("refunds", "异常退款", "refunds.read", "平台未能退款，需要人工确认结果的退款。", _count_refunds),
    WaitingWork("refund_requests", "储值退款申请", "refund_requests.read", "会员申请退还储值本金，还没有答复。",
                _count_requests),
    WaitingWork("low_stock", "库存预警", "stock_warnings.read", "可用库存低于预警值的商品，按门店和规格计。",
                _count_low_stock),
    WaitingWork("red_packets", "红包待处理", "red_packets.read",
                "微信拒绝发放、需要重发或放弃的红包，和余额不足而暂停的商户号。", _count_red_packets),
    WaitingWork("pack_cards", "卡包会员卡异常", "pack_cards.read", "卡包平台拒绝更新、需要处理后重试的会员卡。",
                _count_pack_cards),
    WaitingWork("card_applications", "实体卡申领待审核", "card_applications.approve", "会员提交了资料，还没有审核。",
                _count_card_applications),
    WaitingWork("card_mailings", "实体卡待邮寄", "card_applications.edit", "审核通过、还没有寄出的实体卡。",
                _count_card_mailings),
    WaitingWork("card_upgrades", "待升级会员", "card_upgrades.read", "等级已高于实体卡、可以换卡的会员。",
                _count_card_upgrades),
    WaitingWork("shifts", "未交班", "shifts.read", "昨天或更早开始、还没有交班的班次。", _count_shifts),
    WaitingWork("dead_letters", "投递失败", "outbox.read", "重试多次仍然失败的任务，需要重放或丢弃。",
                _count_dead_letters),
    WaitingWork("failed_jobs", "定时任务失败", "outbox.read", "最近一次运行出错的定时任务。", _count_failed_jobs),
)  # fmt: skip
