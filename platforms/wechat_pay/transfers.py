"""Merchant transfers (商家转账) of API v3: the person confirms each within 24 hours in WeChat."""

import re
from typing import Any

from platforms.errors import OutcomeUnknownError
from platforms.http import PlatformSession
from platforms.payment_answers import PayoutAnswer
from platforms.wechat_pay import answers, transfer_answers, transport
from platforms.wechat_pay.credentials import WeChatPayCredentials
from platforms.wechat_pay.transport import PLATFORM, Response

PATH = "/v3/fund-app/mch-transfer/transfer-bills"
MARKETING_SCENE = "1000"  # 现金营销, which demands the two reports below
NOT_FOUND_CODES = {"NOTFOUND", "RECORDNOTEXISTS", "RESOURCENOTEXISTS"}
EXISTS_CODES = {"ALREADYEXISTS", "RECORDALREADYEXISTS"}
_NUMBER = re.compile(r"[A-Za-z0-9]{5,32}")


class Transfers:
    """The transfers of a merchant. Errors are those of `WeChatPay`."""

    def __init__(self, credentials: WeChatPayCredentials, http: PlatformSession, *, notify_url: str) -> None:
        self._credentials = credentials
        self._http = http
        self._notify_url = notify_url

    def __repr__(self) -> str:
        return f"Transfers({self._credentials.merchant_id})"

    def send(
        self, *, number: str, amount_fen: int, app_id: str, openid: str, send_name: str, title: str, wishing: str,
        scene_id: str = "",
    ) -> PayoutAnswer:  # fmt: skip
        """Create a transfer that waits for the person. Idempotent by `number` with the same content.

        The answer holds the package with which a page asks for the confirmation.
        """
        body: dict[str, Any] = {
            "appid": app_id,
            "out_bill_no": _check_number(number),
            "transfer_scene_id": scene_id or MARKETING_SCENE,
            "openid": openid,
            "transfer_amount": amount_fen,
            "transfer_remark": title[:32],
            "notify_url": self._notify_url,
            "transfer_scene_report_infos": [
                {"info_type": "活动名称", "info_content": title[:32]},
                {"info_type": "奖励说明", "info_content": wishing[:32]},
            ],
        }
        response = transport.call(self._credentials, self._http, "POST", PATH, body)
        if response.code in EXISTS_CODES:
            raise OutcomeUnknownError(PLATFORM, response.code, "该单号已存在，等待查询")
        return self._parse(response, number)

    def query(self, *, number: str) -> PayoutAnswer:
        """Return the state of a transfer."""
        path = f"{PATH}/out-bill-no/{_check_number(number)}"
        response = transport.call(self._credentials, self._http, "GET", path)
        if response.code in NOT_FOUND_CODES:
            return PayoutAnswer(number, "not_found", merchant_id=self._credentials.merchant_id)
        return self._parse(response, number)

    def cancel(self, *, number: str) -> PayoutAnswer:
        """Cancel a transfer that was not confirmed. The platform does so a moment later."""
        path = f"{PATH}/out-bill-no/{_check_number(number)}/cancel"
        return self._parse(transport.call(self._credentials, self._http, "POST", path), number)

    def _parse(self, response: Response, number: str) -> PayoutAnswer:
        if not response.is_success:
            raise transport.to_error(response)
        try:
            answer = transfer_answers.parse(response.body, merchant_id=self._credentials.merchant_id)
        except answers.UnreadableAnswerError as error:
            raise answers.unreadable(error) from None
        answers.ensure_same("out_bill_no", number, answer.number)
        answers.ensure_same("mch_id", self._credentials.merchant_id, answer.merchant_id)
        return answer


def _check_number(number: str) -> str:
    """Return the number. Raises ValueError for one that the platform does not allow."""
    if not _NUMBER.fullmatch(number):
        raise ValueError("not a number of a transfer")
    return number
