"""The platform routes of merchant transfers (API v3), on the blueprint that verifies and signs."""

from typing import Annotated, Any

from flask import g
from pydantic import Field

from sandbox.payouts import Payout, PayoutError, PayoutRequest
from sandbox.routes.request_context import sandbox_state
from sandbox.routes.wechat_pay import wechat_pay
from sandbox.wechat_pay_orders import PayError, to_text
from sandbox.wechat_pay_requests import Address, Fen, Strict, parse

PATH = "/v3/fund-app/mch-transfer/transfer-bills"
REPORTS = {"1000": {"活动名称", "奖励说明"}}
MAX_FEN = 199_999  # from 2,000 yuan on a name is needed, which the sandbox does not take
CODES = {"NOTENOUGH": (403, "NOT_ENOUGH"), "FATAL_ERROR": (400, "ALREADY_EXISTS")}

Text = Annotated[str, Field(min_length=1, max_length=32)]


class Report(Strict):
    info_type: Text
    info_content: Text


class TransferBill(Strict):
    appid: Text
    out_bill_no: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{5,32}$")]
    transfer_scene_id: Text
    openid: Annotated[str, Field(min_length=1, max_length=128)]
    transfer_amount: Fen
    transfer_remark: Text
    notify_url: Address | None = None
    user_recv_perception: Text | None = None
    transfer_scene_report_infos: Annotated[list[Report], Field(min_length=1, max_length=10)]


@wechat_pay.errorhandler(PayoutError)
def handle_payout_error(error: PayoutError) -> tuple[dict[str, Any], int]:
    status, code = CODES.get(error.code, (400, "PARAM_ERROR"))
    return {"code": code, "message": error.message}, status


@wechat_pay.post(PATH)
def create_transfer() -> dict[str, Any]:
    bill = parse(TransferBill, g.payload)
    if {report.info_type for report in bill.transfer_scene_report_infos} != REPORTS.get(
        bill.transfer_scene_id
    ):
        raise PayError(400, "PARAM_ERROR", "转账场景报备信息不正确")
    if bill.transfer_amount > MAX_FEN:
        raise PayError(400, "PARAM_ERROR", "转账金额 2,000 元及以上须填写收款用户姓名")
    wishing = bill.transfer_scene_report_infos[-1].info_content
    payout = sandbox_state().payouts.send(
        g.merchant,
        PayoutRequest(
            "transfer", bill.out_bill_no, bill.appid, bill.openid, bill.transfer_amount, g.merchant.name,
            bill.transfer_remark, wishing, notify_url=bill.notify_url or "",
        ),
    )  # fmt: skip
    return _to_answer(payout) | ({"package_info": payout.package} if payout.state == "waiting" else {})


@wechat_pay.get(f"{PATH}/out-bill-no/<number>")
def query_transfer(number: str) -> dict[str, Any]:
    return _find(number).to_transfer()


@wechat_pay.post(f"{PATH}/out-bill-no/<number>/cancel")
def cancel_transfer(number: str) -> dict[str, Any]:
    """Accept the cancellation. The state is `CANCELING` in the answer and `CANCELLED` from then on."""
    payout = _find(number)
    if payout.state not in ("waiting", "cancelled"):
        raise PayError(400, "INVALID_REQUEST", "单据状态不支持撤销")
    sandbox_state().payouts.cancel(payout)
    return _to_answer(payout) | {"state": "CANCELING"}


def _find(number: str) -> Payout:
    found = sandbox_state().payouts.find(g.merchant.merchant_id, number)
    if found is None or found.request.kind != "transfer":
        raise PayError(404, "NOT_FOUND", "记录不存在")
    return found


def _to_answer(payout: Payout) -> dict[str, Any]:
    value = payout.to_transfer()
    shown = {name: value[name] for name in ("out_bill_no", "transfer_bill_no", "state")}
    return {**shown, "create_time": to_text(payout.created_at)}
