"""What payment platforms answer, in one form for all of them: payments, refunds and reversals. Amounts are fen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

PaymentOutcome = Literal["succeeded", "pending", "failed", "closed", "not_found"]
RefundOutcome = Literal["succeeded", "processing", "failed", "abnormal", "not_found"]
PayoutOutcome = Literal["waiting", "processing", "received", "returned", "failed", "not_found"]


@dataclass(frozen=True)
class PaymentAnswer:
    """What the platform says about a payment: the response to a charge or query, or a verified notice.

    `number` is ours. `payer_id` is the openid or the Alipay user id. `failed` means that this number can no longer
    be paid. `reason` is the platform's code, `message` a sentence for staff. An amount that the platform does not
    give is None.
    """

    number: str
    outcome: PaymentOutcome
    platform_number: str = ""
    amount_fen: int | None = None
    payer_fen: int | None = None
    currency: str = "CNY"
    app_id: str = ""
    merchant_id: str = ""
    paid_at: datetime | None = None
    payer_id: str = ""
    union_id: str = ""
    reason: str = ""
    message: str = ""
    notice_id: str = ""


@dataclass(frozen=True)
class RefundAnswer:
    """What the platform says about a refund. `number` and `payment_number` are ours.

    `failed` means that the money can be refunded under another number; `abnormal` needs a person.
    """

    number: str
    payment_number: str
    outcome: RefundOutcome
    platform_number: str = ""
    amount_fen: int | None = None
    merchant_id: str = ""
    reason: str = ""
    message: str = ""
    notice_id: str = ""


@dataclass(frozen=True)
class PayoutAnswer:
    """What the platform says about money to a person: a red packet or a merchant transfer. `number` is ours.

    `waiting` means that the person has to open or confirm it, `returned` that the money came back. `package` is what a
    page needs to ask for the confirmation.
    """

    number: str
    outcome: PayoutOutcome
    platform_number: str = ""
    amount_fen: int | None = None
    merchant_id: str = ""
    package: str = ""
    reason: str = ""
    message: str = ""
    notice_id: str = ""


@dataclass(frozen=True)
class Reversal:
    """The answer to a reversal (撤销): `is_final`, or repeat it with the same number if `must_repeat`."""

    is_final: bool
    must_repeat: bool = False
    reason: str = ""


class NoticeRejectedError(Exception):
    """A notice that is forged, altered, too old, unreadable or not for this merchant."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
