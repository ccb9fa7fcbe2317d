"""Stored value: balance and limits, the statement, what a top-up would bring, the report of a loss."""

from datetime import date, datetime

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from doors import answered
from miniprogram_api import cursors, repeats
from miniprogram_api.caller import Caller, signed_in
from miniprogram_api.shapes import Asked
from store.company import calendar, settings
from store.loyalty import stored_values, top_up_rules, top_ups, value_spends, value_statements
from store.loyalty.stored_values import StoredValueRules
from store.loyalty.value_proofs import ValueSecurity
from store.loyalty.value_statements import Line
from store.people import members
from store.people.members import Member

door = APIBlueprint("stored_value", __name__, tag="储值")


class ShownSecurity(BaseModel):
    """How purchases are secured; an amount of 0 sets no limit."""

    proof_required: bool = Field(description="消费时是否须验证短信验证码或付款码")
    free_fen: int = Field(description="不超过该金额免验证")
    per_purchase_fen: int
    per_day_fen: int
    spent_today_fen: int


class ShownTopUpRule(BaseModel):
    """A rule in force; one that the member has only once may be `used`."""

    name: str
    words: str
    used: bool
    ends_at: datetime | None


class StoredValue(BaseModel):
    """The account as it is; where none was opened yet everything is zero."""

    principal_fen: int
    bonus_fen: int
    held_fen: int = Field(description="未付款订单占用的金额")
    available_fen: int
    room_fen: int = Field(description="还可存入的金额，含赠送")
    frozen: bool
    frozen_at: datetime | None
    opened: bool
    joined: bool
    security: ShownSecurity
    top_up_rules: list[ShownTopUpRule]


class AskedStatement(Asked):
    """`cursor` comes from the page before; `month` is like `2026-11`."""

    month: str | None = Field(default=None, pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")
    cursor: str | None = Field(default=None, max_length=200)
    limit: int = Field(default=20, ge=1, le=99)


class Booking(BaseModel):
    """One booking: what came or left, and what could be spent afterwards."""

    at: datetime
    kind: str
    word: str
    amount_fen: int
    principal_fen: int
    bonus_fen: int
    balance_fen: int
    order_number: str | None
    reason: str


class Statement(BaseModel):
    """A stretch of the statement, and what came and left in all of the month, or ever."""

    list: list[Booking]
    in_fen: int
    out_fen: int
    next_cursor: str | None
    has_more: bool


class AskedTopUp(Asked):
    """What somebody would pay."""

    amount_fen: int = Field(ge=1, le=top_ups.MOST_FEN)


class TopUpOffer(BaseModel):
    """What a top-up would bring now; `fits` says whether the account has room for it."""

    amount_fen: int
    bonus_fen: int
    total_fen: int
    rule: str | None
    room_fen: int
    fits: bool


@door.get("/api/me/stored-value")
@signed_in
@door.doc(summary="我的储值", security="session")
@door.output(StoredValue)
def show(caller: Caller) -> Response:
    return answered(_shown(members.of_customer(caller.customer)))


@door.get("/api/me/stored-value/entries")
@signed_in
@door.doc(summary="储值明细", security="session")
@door.input(AskedStatement, location="query")
@door.output(Statement)
def entries(caller: Caller, query_data: AskedStatement) -> Response:
    member = members.of_customer(caller.customer)
    ledger, month = (
        f"value.{member.id}",
        date.fromisoformat(f"{query_data.month}-01") if query_data.month else None,
    )
    before_id = cursors.opened(ledger, query_data.cursor) if query_data.cursor else None
    rows = value_statements.lines(member, limit=query_data.limit + 1, before_id=before_id, month=month)
    shown, more = rows[: query_data.limit], len(rows) > query_data.limit
    sums = value_statements.turnover(member, month=month)
    return answered(
        Statement(
            list=[_entry(row) for row in shown],
            in_fen=sums.in_fen,
            out_fen=sums.out_fen,
            next_cursor=cursors.sealed(ledger, shown[-1].id) if more else None,
            has_more=more,
        )
    )


@door.get("/api/me/stored-value/statement.csv")
@signed_in
@door.doc(
    summary="导出储值明细",
    description="CSV 文件，UTF-8 带 BOM，Excel 可直接打开。",
    security="session",
    responses={429: "过于频繁"},
)
@door.output({"type": "string"}, content_type="text/csv")
def statement(caller: Caller) -> Response:
    member = members.of_customer(caller.customer)
    value_statements.admit(member)
    text = "".join(value_statements.as_csv(member, columns=value_statements.MEMBERS_COLUMNS))
    response = Response(text, mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"储值明细-{calendar.today()}.csv")
    return response


@door.get("/api/me/stored-value/top-up-offers")
@signed_in
@door.doc(summary="充值试算", security="session")
@door.input(AskedTopUp, location="query")
@door.output(TopUpOffer)
def offer(caller: Caller, query_data: AskedTopUp) -> Response:
    member, amount_fen = members.of_customer(caller.customer), query_data.amount_fen
    found, room_fen = top_ups.quote(member=member, amount_fen=amount_fen), stored_values.room_of(member)
    total_fen = amount_fen + found.bonus_fen
    return answered(
        TopUpOffer(
            amount_fen=amount_fen,
            bonus_fen=found.bonus_fen,
            total_fen=total_fen,
            rule=found.rule.name if found.rule else None,
            room_fen=room_fen,
            fits=total_fen <= room_fen,
        )
    )


@door.post("/api/me/stored-value/loss-reports")
@signed_in
@door.doc(
    summary="挂失储值账户",
    description="账户立即冻结，不能消费；解冻请到门店办理。",
    security="session",
    responses={409: "还没有储值账户"},
)
@door.output(StoredValue, status_code=201)
def report_loss(caller: Caller) -> Response:
    member = members.of_customer(caller.customer)

    def frozen() -> StoredValue:
        stored_values.report_loss(member=member)
        return _shown(member)

    return answered(repeats.once(caller.scope, None, frozen), 201)


def _shown(member: Member) -> StoredValue:
    account = stored_values.of(member)
    return StoredValue(
        principal_fen=account.principal_fen if account else 0,
        bonus_fen=account.bonus_fen if account else 0,
        held_fen=account.held_fen if account else 0,
        available_fen=account.available_fen if account else 0,
        room_fen=stored_values.room_of(member),
        frozen=account is not None and account.frozen_at is not None,
        frozen_at=account.frozen_at if account else None,
        opened=account is not None,
        joined=member.joined_at is not None,
        security=_security(member),
        top_up_rules=_top_up_rules(member),
    )


def _security(member: Member) -> ShownSecurity:
    proofs, rules = settings.read(ValueSecurity), settings.read(StoredValueRules)
    return ShownSecurity(
        proof_required=proofs.required,
        free_fen=proofs.free_fen,
        per_purchase_fen=rules.per_purchase_fen,
        per_day_fen=rules.per_day_fen,
        spent_today_fen=value_spends.spent_today(member),
    )


def _top_up_rules(member: Member) -> list[ShownTopUpRule]:
    used = top_ups.rules_used(member.id)
    return [
        ShownTopUpRule(
            name=rule.name,
            words=top_up_rules.in_words(rule),
            used=rule.once and rule.id in used,
            ends_at=rule.ends_at,
        )
        for rule in top_up_rules.in_force()
    ]


def _entry(row: Line) -> Booking:
    columns = Booking.model_fields.keys()
    return Booking(**{name: getattr(row, name) for name in columns})
