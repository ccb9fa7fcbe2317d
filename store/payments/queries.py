"""Payment queries (支付查询): the list of attempts, and the sums by kind with the names of the report."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import fn

from store.core import errors, input_limits, keyset, listing
from store.core.keyset import Position
from store.core.listing import Page
from store.payments import kinds, states
from store.payments.attempts import PaymentAttempt
from store.payments.refunds import Refund
from store.tenants import business_days

_KEYS = ((PaymentAttempt.created_at, True), (PaymentAttempt.id, True))
_SORTS = {"created_at": PaymentAttempt.created_at, "amount_fen": PaymentAttempt.amount_fen}
MAX_KEYWORD_LENGTH = 64


@dataclass(frozen=True)
class PaymentFilters:
    """Business days (both inclusive), shop, number of the order, a keyword in any number, kind and state.

    `shop_ids` are the shops that the caller sees, None for all.
    """

    first_day: date | None = None
    last_day: date | None = None
    shop_id: int | None = None
    payable_kind: str | None = None
    payable_number: str | None = None
    keyword: str = ""
    kind: str | None = None
    state: str | None = None
    shop_ids: frozenset[int] | None = None


@dataclass(frozen=True)
class KindSum:
    """What arrived and went back by one kind: `report` is its line in the report, `name` the line below it."""

    code: str
    name: str
    report: str
    count: int = 0
    paid_fen: int = 0
    surplus_fen: int = 0
    refunded_count: int = 0
    refunded_fen: int = 0


def list_payments(
    filters: PaymentFilters, *, page: int = 1, page_size: int = 20, after: Position | None = None
) -> list[PaymentAttempt]:
    """Return a page of attempts, the newest first, or those after a position. Raises DomainError(invalid)."""
    query = PaymentAttempt.select().where(*_conditions(filters))
    return keyset.select_page(query, _KEYS, page=page, page_size=page_size, after=after)


def list_page(filters: PaymentFilters, page: Page) -> tuple[list[PaymentAttempt], int]:
    """Return a page of attempts by its number, and how many there are. Raises DomainError(invalid)."""
    query = PaymentAttempt.select().where(*_conditions(filters))
    return listing.read_page(query, page, sorts=_SORTS, default="-created_at", id_field=PaymentAttempt.id)


def count_payments(filters: PaymentFilters) -> int:
    """Return the number of attempts. Raises DomainError(invalid)."""
    return PaymentAttempt.select().where(*_conditions(filters)).count()


def get_position(row: PaymentAttempt) -> Position:
    """Return the position of an attempt in the list."""
    return (row.created_at, row.id)


def iterate_payments(filters: PaymentFilters) -> Iterator[PaymentAttempt]:
    """Yield all attempts, the newest first. They are read page by page."""
    after: Position | None = None
    while rows := list_payments(filters, page_size=keyset.MAX_PAGE_SIZE, after=after):
        yield from rows
        after = get_position(rows[-1])


def summary(filters: PaymentFilters) -> list[KindSum]:
    """Return the sums by kind of what succeeded, in the order of the kinds, without kinds that have nothing.

    Refunds count on the day on which they were done. Refunds of returns in cash are a kind of their own (现金退款).
    Raises DomainError(invalid).
    """
    total: dict[str, Counter[str]] = defaultdict(Counter)
    for (_, code), sums in sum_by_shop(filters).items():
        total[code].update(sums)
    return to_kind_sums(total)


def sum_by_shop(filters: PaymentFilters) -> dict[tuple[int | None, str], Counter[str]]:
    """Return the same sums by shop and kind. Raises DomainError(invalid)."""
    found: dict[tuple[int | None, str], Counter[str]] = defaultdict(Counter)
    for shop_id, code, count, paid_fen, surplus_fen in _payment_sums(filters):
        found[shop_id, code].update(count=count, paid_fen=int(paid_fen), surplus_fen=int(surplus_fen))
    for shop_id, code, method, count, refunded_fen in _refund_sums(filters):
        kind = "cash_refund" if method == "cash" else code
        found[shop_id, kind].update(refunded_count=count, refunded_fen=int(refunded_fen))
    return found


def to_kind_sums(sums: Mapping[str, Mapping[str, int]]) -> list[KindSum]:
    """Return sums by code with the names of the report, in the order of the kinds."""
    return [
        KindSum(code=kind.code, name=kind.name, report=kind.report, **sums[kind.code])
        for kind in kinds.list_kinds() if kind.code in sums
    ]  # fmt: skip


def _payment_sums(filters: PaymentFilters) -> Any:
    query: Any = PaymentAttempt.select(
        PaymentAttempt.shop_id, PaymentAttempt.kind, fn.COUNT(PaymentAttempt.id),
        fn.SUM(PaymentAttempt.paid_fen), fn.SUM(PaymentAttempt.surplus_fen),
    )  # fmt: skip
    conditions = _conditions(filters, day_column=PaymentAttempt.paid_at)
    paid = query.where(PaymentAttempt.state == "succeeded", *conditions)
    return paid.group_by(PaymentAttempt.shop_id, PaymentAttempt.kind).tuples()


def _refund_sums(filters: PaymentFilters) -> Any:
    query: Any = Refund.select(
        PaymentAttempt.shop_id, PaymentAttempt.kind, Refund.method, fn.COUNT(Refund.id),
        fn.SUM(Refund.amount_fen),
    ).join(PaymentAttempt)  # fmt: skip
    conditions = _conditions(filters, day_column=Refund.done_at)
    done = query.where(Refund.state == "succeeded", *conditions)
    return done.group_by(PaymentAttempt.shop_id, PaymentAttempt.kind, Refund.method).tuples()


def _conditions(filters: PaymentFilters, day_column: Any = PaymentAttempt.created_at) -> list[Any]:
    _check(filters)
    found: list[Any] = [PaymentAttempt.id > 0]
    if filters.first_day is not None:
        found.append(day_column >= business_days.start_of(filters.first_day))
    if filters.last_day is not None:
        found.append(day_column < business_days.end_of(filters.last_day))
    for name in ("shop_id", "payable_kind", "payable_number", "kind", "state"):
        value = getattr(filters, name)
        if value is not None:
            found.append(getattr(PaymentAttempt, name) == value)
    if filters.shop_ids is not None:
        found.append(PaymentAttempt.shop_id.in_(filters.shop_ids))
    if filters.keyword.strip():
        found.append(_keyword_condition(filters.keyword.strip()))
    return found


def _keyword_condition(keyword: str) -> Any:
    """Return the condition of attempts with a number that is or begins like the keyword."""
    columns = (PaymentAttempt.number, PaymentAttempt.payable_number, PaymentAttempt.platform_number)
    begins = [column.startswith(keyword) for column in columns]
    return begins[0] | begins[1] | begins[2] | (PaymentAttempt.tail == keyword)


def _check(filters: PaymentFilters) -> None:
    for name in ("first_day", "last_day"):
        day = getattr(filters, name)
        if day is not None:
            input_limits.check_day(day, field=name)
    if filters.first_day and filters.last_day and filters.first_day > filters.last_day:
        raise errors.invalid("last_day", "结束日期不能早于开始日期")
    if filters.shop_id is not None:
        input_limits.check_id(filters.shop_id, field="shop_id")
    if filters.kind is not None and filters.kind not in kinds.CODES:
        raise errors.invalid("kind", "不认识的付款方式")
    if filters.state is not None and filters.state not in states.ATTEMPT_TRANSITIONS:
        raise errors.invalid("state", "不认识的支付状态")
    input_limits.check_line(filters.keyword, field="keyword", max_length=MAX_KEYWORD_LENGTH)
    for name in ("payable_kind", "payable_number"):
        input_limits.check_line(getattr(filters, name) or "", field=name, max_length=40)
