"""The SMS provider Alibaba Cloud (dysmsapi), with its SDK."""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_dysmsapi20170525.models import SendSmsRequest, SendSmsResponseBody
from alibabacloud_tea_openapi.exceptions import ClientException, ThrottlingException
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions

from platforms.errors import OutcomeUnknownError, PlatformError, PlatformRejectedError
from platforms.http import silence_debug_log
from platforms.sms.base import require_message_id, to_national_format

PLATFORM = "alibaba-sms"
ENDPOINT = "https://dysmsapi.aliyuncs.com"
SUCCESS_CODE = "OK"

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
        response = self._send_request(request)
        if response.code != SUCCESS_CODE:
            raise _to_error(str(response.code))
        return require_message_id(response.biz_id)

    def _send_request(self, request: SendSmsRequest) -> SendSmsResponseBody:
        try:
            return self._client.send_sms_with_options(request, self._runtime).body
        except (ClientException, ThrottlingException) as error:
            failure = _to_error(str(error.code))
        except Exception:  # the SDK raises any error of its transport, and the message may have been sent
            failure = OutcomeUnknownError(PLATFORM, "no-answer", "短信平台没有及时应答")
        # Raised outside the except blocks: otherwise the traceback would contain the URL with phone and code.
        raise failure


def _to_error(code: str) -> PlatformError:
    if code not in MESSAGES and not code.startswith("isv."):
        return OutcomeUnknownError(PLATFORM, code, "短信平台应答异常")
    return PlatformRejectedError(PLATFORM, code, MESSAGES.get(code, "短信平台拒绝了这条短信"))
