"""The SMS provider Tencent Cloud (sms 2021-01-11), with its SDK."""

from collections.abc import Mapping

from tencentcloud.common.credential import Credential
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.sms.v20210111.models import SendSmsRequest, SendStatus
from tencentcloud.sms.v20210111.sms_client import SmsClient

from platforms.errors import OutcomeUnknownError, PlatformError, PlatformRejectedError
from platforms.http import PlatformSession, silence_debug_log
from platforms.sms.base import require_message_id

PLATFORM = "tencent-sms"
REGION = "ap-guangzhou"
SUCCESS_CODE = "Ok"

MESSAGES = {
    "FailedOperation.InsufficientBalanceInSmsPackage": "短信余额不足",
    "FailedOperation.SignatureIncorrectOrUnapproved": "短信签名不存在或未通过审核",
    "FailedOperation.TemplateIncorrectOrUnapproved": "短信模板不存在或未通过审核",
    "FailedOperation.TemplateUnapprovedOrNotExist": "短信模板不存在或未通过审核",
    "FailedOperation.TemplateIdNotExist": "短信模板不存在或未通过审核",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": "短信模板的变量不正确",
    "FailedOperation.PhoneNumberInBlacklist": "这个号码退订了短信",
    "FailedOperation.ContainSensitiveWord": "短信里有不允许的内容",
    "InvalidParameterValue.IncorrectPhoneNumber": "手机号不正确",
    "InvalidParameterValue.TemplateParameterFormatError": "短信模板的变量不正确",
    "LimitExceeded.PhoneNumberThirtySecondLimit": "给这个号码发得太频繁",
    "LimitExceeded.PhoneNumberOneHourLimit": "给这个号码发得太频繁",
    "LimitExceeded.PhoneNumberDailyLimit": "今天给这个号码发得太多",
    "LimitExceeded.PhoneNumberSameContentDailyLimit": "今天给这个号码发了太多相同的短信",
    "LimitExceeded.AppDailyLimit": "今天的短信条数已用完",
    "AuthFailure.SecretIdNotFound": "SecretId 不正确",
    "AuthFailure.SignatureFailure": "SecretKey 不正确",
    "AuthFailure.UnauthorizedOperation": "密钥没有发短信的权限",
    "UnauthorizedOperation.ServiceSuspendDueToArrears": "短信账户欠费",
    "UnauthorizedOperation.RequestIpNotInWhitelist": "服务器 IP 不在短信平台的白名单",
    "UnauthorizedOperation.SmsSdkAppIdVerifyFail": "短信应用 SdkAppId 不正确",
}

# Error codes of the platform begin with one of these. Other codes come from the SDK.
REJECTION_PREFIXES = (
    "AuthFailure",
    "FailedOperation",
    "InvalidParameter",
    "LimitExceeded",
    "MissingParameter",
    "RequestLimitExceeded",
    "UnauthorizedOperation",
    "UnsupportedOperation",
)

# Its debug log would contain whole requests with phone and code.
silence_debug_log("tencentcloud_sdk_common")


class TencentSms:
    # PullSmsSendStatusByPhoneNumber lists only messages that have a status report, and leaves out our number
    # (SessionContext) unless Tencent has enabled it for the account. So it cannot tell that a message was not sent.

    def __init__(
        self,
        *,
        key_id: str,
        key_secret: str,
        app_id: str,
        sign_name: str,
        base_url: str | None = None,
        http: PlatformSession | None = None,
    ) -> None:
        self._app_id = app_id
        self._sign_name = sign_name
        self._client = SmsClient(Credential(key_id, key_secret), REGION)
        # The session of the SDK waits a minute, reads responses of any size and uses the proxies of the environment.
        connection = self._client.request.conn
        connection._session = http or PlatformSession(base_url=base_url)
        connection.proxy = None

    def __repr__(self) -> str:
        return f"TencentSms({self._sign_name})"

    def send(self, phone_e164: str, template: str, params: Mapping[str, str], request_id: str) -> str:
        request = SendSmsRequest()
        request.SmsSdkAppId = self._app_id
        request.SignName = self._sign_name
        request.TemplateId = template
        request.TemplateParamSet = list(params.values())
        request.PhoneNumberSet = [phone_e164]
        request.SessionContext = request_id
        status = self._send_request(request)
        if status.Code != SUCCESS_CODE:
            raise _to_error(str(status.Code))
        return require_message_id(status.SerialNo)

    def _send_request(self, request: SendSmsRequest) -> SendStatus:
        try:
            statuses = self._client.SendSms(request).SendStatusSet
        except TencentCloudSDKException as error:
            failure = _to_error(str(error.code))
        else:
            if not statuses:
                raise OutcomeUnknownError(PLATFORM, "unreadable", "短信平台应答无法识别")
            return statuses[0]
        # Raised outside the except block: otherwise the traceback could contain the request.
        raise failure


def _to_error(code: str) -> PlatformError:
    if not code.startswith(REJECTION_PREFIXES):
        return OutcomeUnknownError(PLATFORM, code, "短信平台没有及时应答")
    return PlatformRejectedError(PLATFORM, code, MESSAGES.get(code, "短信平台拒绝了这条短信"))
