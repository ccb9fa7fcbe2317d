"""Slips (小票): what a printer or a page prints, as JSON with the page or the bytes in Base64."""

import base64
from typing import Literal

from pydantic import BaseModel, Field

from store.tenants import settings
from store.tills.receipts import escpos, html
from store.tills.receipts.contents import Receipt, ShiftReport
from store.tills.receipts.order_slips import OrderSlip
from store.tills.till_settings import TillSettings
from web.schemas import RequestModel


class SlipQuery(RequestModel):
    """`width` is that of the paper in mm; the settings of the tills say which one is the default."""

    format: Literal["html", "escpos"] = "html"
    width: Literal["58", "80"] | None = None
    reprint: bool = False


class SlipResponse(BaseModel):
    """One of the two is given."""

    html: str | None = Field(description="可打印的网页")
    escpos: str | None = Field(description="ESC/POS 指令，Base64")


def to_slip_response(
    content: Receipt | ShiftReport | OrderSlip, query: SlipQuery, *, open_drawer: bool = False
) -> SlipResponse:
    """Return a slip in the wanted format and width."""
    rules = settings.read(TillSettings)
    columns = escpos.COLUMNS_BY_MM[int(query.width)] if query.width else rules.paper_columns
    if query.format == "html":
        width_mm = next(mm for mm, wide in escpos.COLUMNS_BY_MM.items() if wide == columns)
        return SlipResponse(html=html.render(content, width_mm=width_mm), escpos=None)
    data = escpos.encode(content, columns=columns, encoding=rules.printer_encoding, open_drawer=open_drawer)
    return SlipResponse(html=None, escpos=base64.b64encode(data).decode())
