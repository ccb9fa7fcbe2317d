"""Numbers (编号) that people and scanners read: the one table of their forms, and their generation.

The forms of a till's scanner: pay codes of WeChat and Alipay, our payment and member codes, coupons, cards, orders
and goods. A number that fits none of our forms can be the card number of an import, so its kind is asked for.
"""

import re
import secrets
import unicodedata

from store.core import errors

# Kind: the beginning and the number of digits of what we generate.
GENERATED = {
    "payment_code": ("88", 18),
    "member_code": ("89", 18),
    "coupon": ("6", 16),
    "card": ("8", 16),
    "order": ("9", 20),
}
# Kind: what a scanned number of it looks like. Those of the platforms follow their documents on pay codes.
FORMS = {
    "wechat_pay_code": re.compile(r"1[0-5][0-9]{16}"),
    "alipay_pay_code": re.compile(r"(?:2[5-9]|30)[0-9]{14,22}"),
    **{
        kind: re.compile(rf"{prefix}[0-9]{{{length - len(prefix)}}}")
        for kind, (prefix, length) in GENERATED.items()
    },
    "goods": re.compile(r"[0-9]{8,14}"),
}
LABELS = {
    "wechat_pay_code": "微信付款码",
    "alipay_pay_code": "支付宝付款码",
    "payment_code": "储值付款码",
    "member_code": "会员码",
    "coupon": "优惠券",
    "card": "会员卡",
    "order": "订单",
    "goods": "商品",
}
MAX_CARD_DIGITS = 20
_SEPARATORS = re.compile(r"[\s\u200b\ufeff\-\u2010-\u2015\u2212]+")
_DIGITS = re.compile(r"[0-9]+")


def generate(kind: str) -> str:
    """Return a random number of a kind in `GENERATED`, which cannot be guessed."""
    prefix, length = GENERATED[kind]
    digits = length - len(prefix)
    return prefix + str(secrets.randbelow(10**digits)).zfill(digits)


def normalize(text: str) -> str:
    """Return a number without its spaces and hyphens. Text that is no number is returned as it is."""
    digits = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    return digits if _DIGITS.fullmatch(digits) else text


def list_kinds(text: str) -> list[str]:
    """Return the kinds whose form a scanned or typed number has, none for an unknown form."""
    number = normalize(text)
    return [kind for kind, form in FORMS.items() if form.fullmatch(number)]


def find_kind(text: str) -> str | None:
    """Return the kind of a scanned or typed number, or None. No number has two of the forms."""
    return next(iter(list_kinds(text)), None)


def check_card_number(text: str, *, kind: str | None = None) -> str:
    """Return the normalized number of an imported card. Raises DomainError(invalid, ambiguous_number).

    A number that a scanner would take for something else is rejected unless `kind` says that it is a card.
    """
    number = normalize(text)
    if not _DIGITS.fullmatch(number) or len(number) > MAX_CARD_DIGITS:
        raise errors.invalid("card_number", f"卡号应为不超过 {MAX_CARD_DIGITS} 位的数字")
    other = next((found for found in list_kinds(number) if found != "card"), None)
    if other is not None and kind != "card":
        message = f"该号码也可能是{LABELS[other]}，请注明它是会员卡号"
        raise errors.DomainError("ambiguous_number", message, 422, kinds=["card", other])
    return number
