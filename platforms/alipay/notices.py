"""Notices of payments and refunds: signed by Alipay, recent, for this app and seller."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from platforms.alipay import answers
from platforms.alipay.amounts import parse_beijing_text
from platforms.alipay.credentials import AlipayCredentials
from platforms.alipay.sdk import Sdk
from platforms.payment_answers import NoticeRejectedError, PaymentAnswer, RefundAnswer

MAX_CHARACTERS = 64 * 1024
MAX_FIELDS = 100
# Alipay repeats a notice for 25 hours.
MAX_AGE = timedelta(days=3)
MAX_CLOCK_ERROR = timedelta(hours=1)
# The text of the responses to a notice. Anything but exactly this success lets Alipay repeat it.
NOTICE_SUCCESS = "success"
NOTICE_FAILURE = "failure"
CHARSETS = {"utf-8", "gbk", "gb2312", "gb18030"}
UNSIGNED_NAMES = {"sign", "sign_type"}
_NOTICE_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


def parse_notice(
    credentials: AlipayCredentials, sdk: Sdk, form: Mapping[str, str], *, now: datetime
) -> PaymentAnswer | RefundAnswer:
    """Return what a notice says. `now` is the real time. Raises NoticeRejectedError."""
    verify(sdk, form)
    if form.get("app_id") != credentials.app_id:
        raise NoticeRejectedError("app_id")
    if form.get("seller_id") != credentials.seller_id:
        raise NoticeRejectedError("seller_id")
    if form.get("notify_type") != "trade_status_sync":
        raise NoticeRejectedError("unknown kind")
    _ensure_recent(form, now=now)
    notice_id = form.get("notify_id", "")
    if not _NOTICE_ID.fullmatch(notice_id):
        raise NoticeRejectedError("notify_id")
    state = form.get("trade_status", "")
    try:
        if form.get("refund_fee") and form.get("out_biz_no"):
            return answers.parse_refund_notice(credentials, form, notice_id=notice_id)
        return answers.parse_payment(credentials, form, state=state, notice_id=notice_id)
    except answers.UnreadableAnswerError as error:
        raise NoticeRejectedError(f"unreadable: {error}") from None


def verify(sdk: Sdk, form: Mapping[str, str]) -> None:
    """Check size, charset and signature of a notice. Raises NoticeRejectedError."""
    if len(form) > MAX_FIELDS or sum(len(name) + len(value) for name, value in form.items()) > MAX_CHARACTERS:
        raise NoticeRejectedError("too large")
    if form.get("sign_type") != "RSA2":
        raise NoticeRejectedError("sign_type")
    charset = form.get("charset", "utf-8").lower()
    if charset not in CHARSETS:
        raise NoticeRejectedError("charset")
    pairs = sorted((name, value) for name, value in form.items() if name not in UNSIGNED_NAMES)
    try:
        text = "&".join(f"{name}={value}" for name, value in pairs).encode(charset)
    except UnicodeEncodeError:
        raise NoticeRejectedError("charset") from None
    if not sdk.is_signed(text, form.get("sign")):
        raise NoticeRejectedError("signature")


def _ensure_recent(form: Mapping[str, str], *, now: datetime) -> None:
    sent_at = parse_beijing_text(form.get("notify_time"))
    if sent_at is None:
        raise NoticeRejectedError("notify_time")
    if not now - MAX_AGE <= sent_at <= now + MAX_CLOCK_ERROR:
        raise NoticeRejectedError("too old")
