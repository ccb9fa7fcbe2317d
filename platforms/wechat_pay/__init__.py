"""WeChat Pay API v3: payments by pay code, in pages and by QR code, refunds, and notices."""

from platforms.wechat_pay.client import WeChatPay
from platforms.wechat_pay.credentials import WeChatPayCredentials
from platforms.wechat_pay.notices import NOTICE_FAILURE, NOTICE_SUCCESS

__all__ = ["NOTICE_FAILURE", "NOTICE_SUCCESS", "WeChatPay", "WeChatPayCredentials"]
