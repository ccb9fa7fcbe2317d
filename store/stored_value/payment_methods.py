"""Payment methods (支付方式) of top-ups: what a payer chooses, and to which one a payment kind belongs."""

METHODS = {"wechat": "微信支付", "alipay": "支付宝", "cash": "现金", "bank_card": "银行卡"}
_PLATFORMS = ("wechat", "alipay")


def method_of(kind: str | None) -> str:
    """Return the method of a payment kind: `wechat` of `wechat_code`, a kind without a platform is its own."""
    platform = (kind or "").partition("_")[0]
    return platform if platform in _PLATFORMS else kind or ""


def label(method: str) -> str:
    """Return the Chinese name of a method."""
    return METHODS.get(method, "其他方式")


def is_refunded_by_platform(kind: str | None) -> bool:
    """Return whether a platform refunds a payment of this kind. Staff refund the others."""
    return method_of(kind) in _PLATFORMS
