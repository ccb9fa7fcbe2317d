"""Settings of the tills: paper, encoding of the printers, rounding, and the last lines of a receipt."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from store.tenants import settings


class TillSettings(settings.SettingsGroup, name="till"):
    """Paper of 58 mm has 32 columns, paper of 80 mm has 48. `round_down_to_fen` of 1 rounds nothing."""

    paper_columns: Literal[32, 48] = 32
    printer_encoding: Literal["gb18030", "gbk", "utf-8"] = "gb18030"
    round_down_to_fen: Literal[1, 10, 100] = 1
    receipt_footer: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] = (
        "谢谢惠顾"
    )
