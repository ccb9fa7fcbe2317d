"""What an error of a platform means for a message: try again, ask, end, or perhaps sent."""

from platforms.errors import CircuitOpenError, OutcomeUnknownError, PlatformError
from platforms.wechat.errors import TEMPORARY_CODES
from store.messages.recipients import REASONS
from store.messages.results import Outcome

# Codes by which the platform says that the person cannot be reached: code → our reason.
UNREACHABLE_CODES = {
    "43101": "not_subscribed",
    "43107": "not_subscribed",
    "43004": "not_following",
    "45015": "out_of_window",
    "45047": "out_of_window",
    "40003": "no_openid",
}
SMS_TEMPORARY_CODES = {"isv.BUSINESS_LIMIT_CONTROL", "isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE"}


def of_error(medium: str, error: PlatformError, *, can_query: bool) -> Outcome:
    """Return the outcome of a call that raised an error."""
    code = str(error.code)
    if isinstance(error, CircuitOpenError):
        return Outcome("retry", code=code, reason=error.message, retry_at=error.until)
    if isinstance(error, OutcomeUnknownError):
        if not error.perhaps_sent:
            return Outcome("retry", code=code, reason=error.message)
        return Outcome("query" if can_query else "perhaps_sent", code=code, reason=error.message)
    if code in UNREACHABLE_CODES and medium != "sms":
        reason = UNREACHABLE_CODES[code]
        if reason == "not_following" and medium == "customer_service":
            reason = "out_of_window"
        return Outcome("skipped", code=reason, reason=f"{REASONS[reason]}（{code}）")
    if error.code in TEMPORARY_CODES or code in SMS_TEMPORARY_CODES:
        return Outcome("retry", code=code, reason=error.message)
    return Outcome("failed", code=code, reason=error.message)
