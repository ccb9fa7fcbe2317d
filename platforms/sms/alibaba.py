"""The SMS provider Alibaba Cloud (dysmsapi), with its SDK."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar
from urllib.parse import urlsplit

from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_dysmsapi20170525.models import QuerySendDetailsRequest, SendSmsRequest
from alibabacloud_dysmsapi20170525.models import (
    QuerySendDetailsResponseBodySmsSendDetailDTOsSmsSendDetailDTO as SendDetail,
)
from alibabacloud_tea_openapi.exceptions import ClientException, ThrottlingException
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions

from platforms.errors import OutcomeUnknownError, PlatformError, PlatformRejectedError
from platforms.http import silence_debug_log
from platforms.sms.base import (
    SmsReport,
    SmsState,
    parse_china_time,
    require_message_id,
    to_national_format,
)

PLATFORM = "alibaba-sms"
ENDPOINT = "https://dysmsapi.aliyuncs.com"
SUCCESS_CODE = "OK"
PAGE_SIZE = 50  # the most that QuerySendDetails returns
MAX_PAGES = 10
STATES: dict[int, SmsState] = {1: "sending", 2: "failed", 3: "delivered"}

Answer = TypeVar("Answer")

MESSAGES = {
    "isv.AMOUNT_NOT_ENOUGH": "短信余额不足",
    "isv.OUT_OF_SERVICE": "短信服务已停用",
    "isv.ACCOUNT_ABNORMAL": "短信账号异常",
    "isv.BUSINESS_LIMIT_CONTROL": "给这个号码发得太频繁",
    "isv.DAY_LIMIT_CONTROL": "今天的短信条数已用完",
    "isv.MOBILE_NUMBER_ILLEGAL": "手机号不正确",
    "isv.BLACK_KEY_CONTROL_LIMIT": "短信里有不允许的内容",
    "isv.SMS_SIGNATURE_ILLEGAL": "短信签名不存在或未通过审核",
    "isv.SMS_TEMPLATE_ILLEGAL": "短信模板不存在或未通过审核",
    "isv.TEMPLATE_MISSING_PARAMETERS": "缺少短信模板的变量",
    "isv.INVALID_PARAMETERS": "短信参数不正确",
    "isp.RAM_PERMISSION_DENY": "AccessKey 没有发短信的权限",
    "InvalidAccessKeyId.NotFound": "AccessKey ID 不正确",
    "SignatureDoesNotMatch": "AccessKey Secret 不正确",
}

# With DEBUG=sdk in the environment it would log signed requests.
silence_debug_log("darabonba-core")


class AlibabaSms:
    def __init__(
        self,
        *,
        key_id: str,
        key_secret: str,
        sign_name: str,
        base_url: str | None = None,
        connect_timeout_s: float = 2.0,
        read_timeout_s: float = 5.0,
    ) -> None:
        host = urlsplit(base_url or ENDPOINT)
        self._sign_name = sign_name
        self._client = Client(
            Config(
                access_key_id=key_id,
                access_key_secret=key_secret,
                protocol=host.scheme,
                endpoint=host.netloc,
            )
        )
        self._runtime = RuntimeOptions(
            connect_timeout=round(connect_timeout_s * 1000), read_timeout=round(read_timeout_s * 1000)
        )

    def __repr__(self) -> str:
        return f"AlibabaSms({self._sign_name})"

    def send(self, phone_e164: str, template: str, params: Mapping[str, str], request_id: str) -> str:
        request = SendSmsRequest(
            phone_numbers=to_national_format(phone_e164),
            sign_name=self._sign_name,
            template_code=template,
            template_param=json.dumps(dict(params), ensure_ascii=False),
            out_id=request_id,
        )
        response = self._call(lambda: self._client.send_sms_with_options(request, self._runtime)).body
        if response.code != SUCCESS_CODE:
            raise _to_error(str(response.code))
        return require_message_id(response.biz_id)

    def find_message(self, phone_e164: str, request_id: str, day: date) -> SmsReport | None:
        for page in range(1, MAX_PAGES + 1):
            details = self._list_details(phone_e164, day, page=page)
            for detail in details:
                if detail.out_id == request_id:
                    return _to_report(detail)
            if len(details) < PAGE_SIZE:
                return None
        raise OutcomeUnknownError(PLATFORM, "too-many", "这个号码当天的短信太多，查不到这一条")

    def _list_details(self, phone_e164: str, day: date, *, page: int) -> list[SendDetail]:
        request = QuerySendDetailsRequest(
            phone_number=to_national_format(phone_e164),
            send_date=day.strftime("%Y%m%d"),
            page_size=PAGE_SIZE,
            current_page=page,
        )
        response = self._call(
            lambda: self._client.query_send_details_with_options(request, self._runtime)
        ).body
        if response.code != SUCCESS_CODE:
            raise _to_error(str(response.code))
        found = response.sms_send_detail_dtos
        return list(found.sms_send_detail_dto or []) if found else []

    def _call(self, call: Callable[[], Answer]) -> Answer:
        try:
            return call()
        except (ClientException, ThrottlingException) as error:
            failure = _to_error(str(error.code))
        except Exception:  # the SDK raises any error of its transport, and the message may have been sent
            failure = OutcomeUnknownError(PLATFORM, "no-answer", "短信平台没有及时应答")
        # Raised outside the except blocks: otherwise the traceback would contain the URL with phone and code.
        raise failure


def _to_report(detail: SendDetail) -> SmsReport:
    """Return the report of a message. Alibaba's list has no BizId."""
    try:
        return SmsReport(
            message_id="",
            request_id=detail.out_id,
            state=STATES[detail.send_status],
            code=str(detail.err_code or "")[:64],
            at=parse_china_time(detail.receive_date or detail.send_date),
        )
    except (KeyError, TypeError, ValueError):
        pass
    raise OutcomeUnknownError(PLATFORM, "unreadable", "短信平台应答无法识别")


def _to_error(code: str) -> PlatformError:
    if code not in MESSAGES and not code.startswith("isv."):
        return OutcomeUnknownError(PLATFORM, code, "短信平台应答异常")
    return PlatformRejectedError(PLATFORM, code, MESSAGES.get(code, "短信平台拒绝了这条短信"))
