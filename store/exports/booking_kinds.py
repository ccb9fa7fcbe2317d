"""The exports of appointments, reservations and tickets of a queue. Names and phones are masked."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from store.appointments import appointment_list
from store.appointments.appointment_list import AppointmentFilter
from store.appointments.tables import STATE_LABELS as APPOINTMENT_LABELS
from store.core import masking
from store.exports.kind import (
    Cells,
    DayFilters,
    ExportKind,
    ShopIds,
    Text,
    find_shop_id,
    read_shop_names,
    to_local_text,
)
from store.queues import ticket_list
from store.queues.ticket_list import TicketFilter
from store.queues.tickets import STATE_LABELS as TICKET_LABELS
from store.reservations import reservation_list
from store.reservations.reservation_list import ReservationFilter
from store.reservations.reservations import STATE_LABELS as RESERVATION_LABELS

C = TypeVar("C")


class BookingFilters(DayFilters):
    """The filters of the three lists."""

    state: Text | None = None


def _to_criteria(criteria: Callable[..., C], filters: BookingFilters, shop_ids: ShopIds) -> C:
    return criteria(
        search=filters.search, state=filters.state, shop_id=find_shop_id(filters.shop), first_day=filters.since,
        last_day=filters.until, shop_ids=shop_ids,
    )  # fmt: skip


def _mask(name: str | None, phone: str | None) -> tuple[str, str]:
    return masking.mask_name(name) if name else "", masking.mask_phone(phone) if phone else ""


def _list_appointments(filters: BookingFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    names = read_shop_names()
    for row in appointment_list.iterate_appointments(_to_criteria(AppointmentFilter, filters, shop_ids)):
        yield (
            to_local_text(row.starts_at), to_local_text(row.ends_at), row.service.name, names.get(row.shop_id, ""),
            *_mask(row.name, row.phone), APPOINTMENT_LABELS[row.state], row.reason, to_local_text(row.booked_at),
        )  # fmt: skip


def _list_reservations(filters: BookingFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    names = read_shop_names()
    for row in reservation_list.iterate_reservations(_to_criteria(ReservationFilter, filters, shop_ids)):
        yield (
            *_mask(row.name, row.phone), row.goods, row.quantity, names.get(row.shop_id, "总部"),
            RESERVATION_LABELS[row.state], to_local_text(row.created_at), to_local_text(row.changed_at),
        )  # fmt: skip


def _list_tickets(filters: BookingFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    names = read_shop_names()
    for row in ticket_list.iterate_tickets(_to_criteria(TicketFilter, filters, shop_ids)):
        yield (
            row.day.isoformat(), row.code, row.queue_type.name, names.get(row.shop_id, ""), row.people,
            TICKET_LABELS[row.state], row.calls, to_local_text(row.taken_at), to_local_text(row.called_at),
            to_local_text(row.ended_at),
        )  # fmt: skip


KINDS: dict[str, ExportKind] = {
    "appointments": ExportKind(
        title="预约", right="appointments.export",
        columns=(
            ("开始时间", 20), ("结束时间", 20), ("服务", 18), ("门店", 20), ("姓名", 12), ("手机", 14), ("状态", 10),
            ("原因", 24), ("提交时间", 20),
        ),
        filters=BookingFilters, rows=_list_appointments,
        count=lambda filters, shop_ids: appointment_list.count_appointments(
            _to_criteria(AppointmentFilter, filters, shop_ids)
        ),
    ),
    "reservations": ExportKind(
        title="大客户预定", right="reservations.export",
        columns=(
            ("姓名", 12), ("手机", 14), ("商品", 30), ("数量", 14), ("门店", 20), ("状态", 10), ("提交时间", 20),
            ("最后跟进", 20),
        ),
        filters=BookingFilters, rows=_list_reservations,
        count=lambda filters, shop_ids: reservation_list.count_reservations(
            _to_criteria(ReservationFilter, filters, shop_ids)
        ),
    ),
    "queue_tickets": ExportKind(
        title="排队记录", right="queue_tickets.export",
        columns=(
            ("日期", 12), ("号码", 10), ("类型", 14), ("门店", 20), ("人数", 8), ("状态", 10), ("叫号次数", 10),
            ("取号时间", 20), ("最后叫号", 20), ("结束时间", 20),
        ),
        filters=BookingFilters, rows=_list_tickets,
        count=lambda filters, shop_ids: ticket_list.count_tickets(_to_criteria(TicketFilter, filters, shop_ids)),
    ),
}  # fmt: skip
