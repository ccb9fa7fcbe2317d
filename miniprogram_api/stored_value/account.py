"""Stored value: balance and limits, the statement, what a top-up would bring, the report of a loss."""

from datetime import date, datetime

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from store.customers import members
from store.customers.members import Member
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import payment_records as stored_value_records
from store.stored_value import statements as stored_value_statements
from store.stored_value import top_up_rules, top_ups
from store.stored_value.accounts import StoredValueSettings
from store.stored_value.authorization import StoredValueSecuritySettings
from store.stored_value.statements import StatementLine
from store.tenants import business_days, settings
from web import cursors, idempotency
from web.auth import Caller, login_required
from web.responses import file_response, json_response
from web.schemas import RequestModel

bp = APIBlueprint("stored_value", __name__, tag="储值")


class SecuritySummary(BaseModel):
    """How purchases are secured; an amount of 0 sets no limit."""

    authorization_required: bool = Field(description="消费时是否须验证短信验证码或付款码")
    exempt_up_to_fen: int = Field(description="不超过该金额免验证")
    purchase_limit_fen: int
    daily_limit_fen: int
    spent_today_fen: int


class TopUpRuleSummary(BaseModel):
    """An effective rule; one that the member has only once may be `used`."""

    name: str
    description: str
    already_used: bool
    ends_at: datetime | None


class StoredValueResponse(BaseModel):
    """The account as it is; where none was opened yet everything is zero."""

    principal_fen: int
    bonus_fen: int
    held_fen: int = Field(description="未付款订单占用的金额")
    available_fen: int
    headroom_fen: int = Field(description="还可存入的金额，含赠送")
    frozen: bool
    frozen_at: datetime | None
    has_account: bool
    joined: bool
    security: SecuritySummary
    top_up_rules: list[TopUpRuleSummary]


class StatementQuery(RequestModel):
    """`cursor` comes from the page before; `month` is like `2026-11`."""

    month: str | None = Field(default=None, pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")
    cursor: str | None = Field(default=None, max_length=200)
    limit: int = Field(default=20, ge=1, le=99)


class StatementEntry(BaseModel):
    """One booking: what came or left, and what could be spent afterwards."""

    booked_at: datetime
    kind: str
    label: str
    amount_fen: int
    principal_fen: int
    bonus_fen: int
    balance_fen: int
    order_number: str | None
    reason: str


class StatementResponse(BaseModel):
    """A stretch of the statement, and what came and left in all of the month, or ever."""

    list: list[StatementEntry]
    credited_fen: int
    debited_fen: int
    next_cursor: str | None
    has_more: bool


class TopUpQuery(RequestModel):
    """The amount that the customer would pay."""

    amount_fen: int = Field(ge=1, le=top_ups.MAX_AMOUNT_FEN)


class TopUpQuoteResponse(BaseModel):
    """What a top-up would bring now; `is_allowed` says whether the headroom of the account suffices."""

    amount_fen: int
    bonus_fen: int
    total_fen: int
    rule: str | None
    headroom_fen: int
    is_allowed: bool


@bp.get("/api/me/stored-value")
@login_required
@bp.doc(summary="我的储值", security="session")
@bp.output(StoredValueResponse)
def get_account(caller: Caller) -> Response:
    return json_response(_to_response(members.get_or_create(caller.customer)))


@bp.get("/api/me/stored-value/entries")
@login_required
@bp.doc(summary="储值明细", security="session")
@bp.input(StatementQuery, location="query")
@bp.output(StatementResponse)
def list_statement_entries(caller: Caller, query_data: StatementQuery) -> Response:
    member = members.get_or_create(caller.customer)
    ledger, month = (
        f"value.{member.id}",
        date.fromisoformat(f"{query_data.month}-01") if query_data.month else None,
    )
    before_id = cursors.decode(ledger, query_data.cursor) if query_data.cursor else None
    rows = stored_value_statements.list_lines(
        member, limit=query_data.limit + 1, before_id=before_id, month=month
    )
    shown, more = rows[: query_data.limit], len(rows) > query_data.limit
    sums = stored_value_statements.totals(member, month=month)
    return json_response(
        StatementResponse(
            list=[_to_entry(row) for row in shown],
            credited_fen=sums.credited_fen,
            debited_fen=sums.debited_fen,
            next_cursor=cursors.encode(ledger, shown[-1].id) if more else None,
            has_more=more,
        )
    )


@bp.get("/api/me/stored-value/statement.csv")
@login_required
@bp.doc(
    summary="导出储值明细",
    description="CSV 文件，UTF-8 带 BOM，Excel 可直接打开。",
    security="session",
    responses={429: "过于频繁"},
)
@bp.output({"type": "string"}, content_type="text/csv")
def export_statement(caller: Caller) -> Response:
    member = members.get_or_create(caller.customer)
    stored_value_statements.check_rate_limit(member)
    text = "".join(stored_value_statements.to_csv(member, columns=stored_value_statements.MEMBER_COLUMNS))
    return file_response(text, mimetype="text/csv", filename=f"储值明细-{business_days.today()}.csv")


@bp.get("/api/me/stored-value/top-up-offers")
@login_required
@bp.doc(summary="充值试算", security="session")
@bp.input(TopUpQuery, location="query")
@bp.output(TopUpQuoteResponse)
def quote_top_up(caller: Caller, query_data: TopUpQuery) -> Response:
    member, amount_fen = members.get_or_create(caller.customer), query_data.amount_fen
    found, headroom_fen = (
        top_ups.quote_bonus(member=member, amount_fen=amount_fen),
        stored_value_accounts.headroom_of(member),
    )
    total_fen = amount_fen + found.bonus_fen
    return json_response(
        TopUpQuoteResponse(
            amount_fen=amount_fen,
            bonus_fen=found.bonus_fen,
            total_fen=total_fen,
            rule=found.rule.name if found.rule else None,
            headroom_fen=headroom_fen,
            is_allowed=total_fen <= headroom_fen,
        )
    )


@bp.post("/api/me/stored-value/loss-reports")
@login_required
@bp.doc(
    summary="挂失储值账户",
    description="账户立即冻结，不能消费；解冻请到门店办理。",
    security="session",
    responses={409: "还没有储值账户"},
)
@bp.output(StoredValueResponse, status_code=201)
def report_loss(caller: Caller) -> Response:
    member = members.get_or_create(caller.customer)

    def frozen() -> StoredValueResponse:
        stored_value_accounts.report_loss(member=member)
        return _to_response(members.read_current(member))

    return json_response(idempotency.run_idempotent(caller.scope, None, frozen), 201)


def _to_response(member: Member) -> StoredValueResponse:
    account = stored_value_accounts.find_by_member(member)
    return StoredValueResponse(
        principal_fen=account.principal_fen if account else 0,
        bonus_fen=account.bonus_fen if account else 0,
        held_fen=account.held_fen if account else 0,
        available_fen=account.available_fen if account else 0,
        headroom_fen=stored_value_accounts.headroom_of(member),
        frozen=account is not None and account.frozen_at is not None,
        frozen_at=account.frozen_at if account else None,
        has_account=account is not None,
        joined=member.joined_at is not None,
        security=_security_summary(member),
        top_up_rules=_list_top_up_rules(member),
    )


def _security_summary(member: Member) -> SecuritySummary:
    proofs, rules = settings.read(StoredValueSecuritySettings), settings.read(StoredValueSettings)
    return SecuritySummary(
        authorization_required=proofs.authorization_required,
        exempt_up_to_fen=proofs.exempt_up_to_fen,
        purchase_limit_fen=rules.purchase_limit_fen,
        daily_limit_fen=rules.daily_limit_fen,
        spent_today_fen=stored_value_records.spent_today(member),
    )


def _list_top_up_rules(member: Member) -> list[TopUpRuleSummary]:
    used = top_ups.used_rule_ids(member.id)
    return [
        TopUpRuleSummary(
            name=rule.name,
            description=top_up_rules.describe(rule),
            already_used=rule.single_use and rule.id in used,
            ends_at=rule.ends_at,
        )
        for rule in top_up_rules.list_active()
    ]


def _to_entry(row: StatementLine) -> StatementEntry:
    columns = StatementEntry.model_fields.keys()
    return StatementEntry(**{name: getattr(row, name) for name in columns})
