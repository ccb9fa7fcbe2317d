"""Alipay: payments by pay code, in mini-programs and by QR code, refunds, notices and sign-in."""

from platforms.alipay.client import Alipay
from platforms.alipay.credentials import AlipayCredentials
from platforms.alipay.notices import NOTICE_FAILURE, NOTICE_SUCCESS
from platforms.alipay.sign_in import AlipayPerson

__all__ = ["NOTICE_FAILURE", "NOTICE_SUCCESS", "Alipay", "AlipayCredentials", "AlipayPerson"]
