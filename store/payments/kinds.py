"""Payment kinds (付款方式): the fixed list, and the tenant's choice of those that earn points."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from store.core import errors
from store.core.database import db
from store.tenants import settings


@dataclass(frozen=True)
class PaymentKind:
    """`received` means money that the company has (实收), `earns` that it counts for points (是否计算积分).

    `report` is the line of the payment report that shows the kind, under `现金付款` with its own name.
    """

    code: str
    name: str
    category: str
    received: bool
    earns: bool
    report: str = "现金付款"
    source: str = "system"


class PaymentKindSettings(settings.SettingsGroup, name="payment_kinds"):
    """The kinds of which the tenant has changed whether they earn points."""

    earns: dict[str, bool] = {}


_DEFAULTS = tuple(
    PaymentKind(code, name, category, received, received, report)
    for code, name, category, received, report in (
        ("wechat_web", "微信网页支付", "wechat", True, "微信网页支付"),
        ("wechat_native", "微信原生支付", "wechat", True, "微信原生支付"),
        ("wechat_code", "微信刷卡支付", "wechat", True, "微信刷卡支付"),
        ("alipay_web", "支付宝网页支付", "alipay", True, "支付宝网页支付"),
        ("alipay_native", "支付宝原生支付", "alipay", True, "支付宝原生支付"),
        ("alipay_code", "支付宝刷卡支付", "alipay", True, "支付宝刷卡支付"),
        ("stored_value", "储值本金", "stored_value", True, "现金付款"),
        ("stored_value_bonus", "储值赠金", "stored_value", False, "现金付款"),
        ("voucher", "购物券", "voucher", False, "购物券"),
        ("points", "积分抵现", "points", False, "现金付款"),
        ("cash", "现金", "cash", True, "现金付款"),
        ("cash_refund", "现金退款", "refund", False, "现金退款"),
        ("bank_card", "银行卡", "bank_card", True, "现金付款"),
    )
)
_BY_CODE = {kind.code: kind for kind in _DEFAULTS}
CODES = tuple(_BY_CODE)
PLATFORM_CATEGORIES = {"wechat": "wechat_pay", "alipay": "alipay"}


def list_kinds() -> list[PaymentKind]:
    """Return all kinds with the tenant's choice of those that earn points."""
    changed = settings.read(PaymentKindSettings).earns
    return [replace(kind, earns=changed[kind.code]) if kind.code in changed else kind for kind in _DEFAULTS]


def get(code: str) -> PaymentKind:
    """Return the kind of a code, as it is without the tenant's choice. Raises DomainError(not_found)."""
    if code not in _BY_CODE:
        raise errors.not_found("该付款方式")
    return _BY_CODE[code]


def flags() -> Mapping[str, tuple[bool, bool]]:
    """Return by code whether the kind is received and whether it earns points."""
    return {kind.code: (kind.received, kind.earns) for kind in list_kinds()}


def can_be_reversed(code: str) -> bool:
    """Return whether payments of a kind are reversed (撤销) rather than closed where the platform does not know them.

    Alipay does not know the order of a QR code that was not scanned, and only a reversal makes the code unusable.
    """
    return is_pay_code(code) or code == "alipay_native"


def find_platform(code: str) -> str | None:
    """Return the platform that takes a kind, or None for cash, cards and tenders that are no money."""
    return PLATFORM_CATEGORIES.get(get(code).category)


def is_pay_code(code: str) -> bool:
    """Return whether the shop scans the customer's pay code."""
    return find_platform(code) is not None and code.endswith("_code")


@db.transactional
def set_earns(*, code: str, earns: bool) -> PaymentKind:
    """Set whether a kind earns points. Raises DomainError(not_found, invalid)."""
    kind = get(code)
    if not isinstance(earns, bool):
        raise errors.invalid("earns", "应为是或否")
    if kind.category == "refund" and earns:
        raise errors.invalid("earns", "退款不计算积分")
    db.advisory_lock(f"setting:{PaymentKindSettings.name}")
    row = settings.Setting.find(group_name=PaymentKindSettings.name)
    before = row.value["earns"] if row else {}
    settings.change(PaymentKindSettings, earns={**before, code: earns})
    return replace(kind, earns=earns)
