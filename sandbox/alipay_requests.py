"""The contents of requests to Alipay with their strict rules."""

import json
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from sandbox.alipay_trades import AlipayError, to_fen, to_timestamp

MAX_FEN = 10**10


def _check_amount(value: str) -> str:
    if not 1 <= to_fen(value) <= MAX_FEN:
        raise ValueError("the amount is between 0.01 and 100000000.00")
    return value


def _check_time(value: str) -> str:
    to_timestamp(value)
    return value


Number = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,64}$")]
Amount = Annotated[str, Field(pattern=r"^\d{1,9}(\.\d{1,2})?$"), AfterValidator(_check_amount)]
Time = Annotated[str, Field(max_length=32), AfterValidator(_check_time)]
Subject = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^/=&]+$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class TradeContent(Strict):
    """What all methods that make a trade have in common."""

    out_trade_no: Number
    total_amount: Amount
    subject: Subject
    seller_id: str = Field(default="", max_length=28)
    store_id: str = Field(default="", max_length=32)
    terminal_id: str = Field(default="", max_length=32)
    time_expire: Time | None = None


class PayContent(TradeContent):
    scene: str = Field(pattern="^bar_code$")
    auth_code: str = Field(pattern=r"^((2[5-9]|30)\d{14,22}|fp[0-9A-Za-z]{35})$")


class PrecreateContent(TradeContent):
    pass


class CreateContent(TradeContent):
    product_code: str = Field(pattern="^JSAPI_PAY$")
    op_app_id: str
    buyer_id: str = Field(default="", max_length=28)
    buyer_open_id: str = Field(default="", max_length=128)


class NumberContent(Strict):
    """The content of query, close and cancel: one of both numbers."""

    out_trade_no: str = Field(default="", max_length=64)
    trade_no: str = Field(default="", max_length=64)


class RefundContent(NumberContent):
    refund_amount: Amount
    out_request_no: Number
    refund_reason: str = Field(default="", max_length=256)


class RefundQueryContent(NumberContent):
    out_request_no: Number


Content = TypeVar("Content", bound=Strict)


def parse(model: type[Content], text: str) -> Content:
    """Return the content of a request. Raises AlipayError."""
    try:
        content = model.model_validate(json.loads(text or "{}"))
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = ".".join(map(str, first["loc"]))
        raise AlipayError(
            "isv.invalid-parameter", f"参数无效：{name} {first['msg']}", code="40002"
        ) from error
    except ValueError as error:
        raise AlipayError("isv.invalid-parameter", "biz_content 不是 JSON", code="40002") from error
    if isinstance(content, NumberContent) and not (content.out_trade_no or content.trade_no):
        raise AlipayError("isv.missing-parameter", "out_trade_no 和 trade_no 不能同时为空", code="40001")
    return content
