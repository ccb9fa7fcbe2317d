"""Amounts and times as Alipay writes them: yuan with two decimals, and Beijing time without a zone."""

import re
from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
# Ten digits before the point are enough for every amount of Alipay, and [0-9] excludes digits of other scripts.
_YUAN = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,2}))?")


def to_yuan(amount_fen: int) -> str:
    """Return an amount as Alipay expects it, for example `12.80`. Raises ValueError unless it is positive."""
    if type(amount_fen) is not int or amount_fen <= 0:
        raise ValueError("amounts are positive whole fen")
    return f"{amount_fen // 100}.{amount_fen % 100:02d}"


def parse_yuan(text: object) -> int | None:
    """Return the fen of an amount of Alipay, or None if it is not one."""
    match = _YUAN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    yuan, decimals = match.groups()
    return int(yuan) * 100 + int((decimals or "").ljust(2, "0"))


def to_beijing_text(moment: datetime) -> str:
    """Return a time as Alipay expects it."""
    return moment.astimezone(BEIJING).strftime(TIME_FORMAT)


def parse_beijing_text(text: object) -> datetime | None:
    """Return the aware time of a text of Alipay, or None if it is not one."""
    try:
        return datetime.strptime(str(text), TIME_FORMAT).replace(tzinfo=BEIJING)
    except ValueError:
        return None
