"""The requests of API v3 with their strict rules."""

from datetime import datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from sandbox.wechat_pay_orders import PayError

MAX_FEN = 10**10


def _check_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise ValueError("notify_url must be an address without a query")
    return value


def _check_time(value: str) -> str:
    if datetime.fromisoformat(value).tzinfo is None:
        raise ValueError("time without a zone")
    return value


Number = Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-*]{6,32}$")]
RefundNumber = Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-|*@]{1,64}$")]
Address = Annotated[str, Field(max_length=255), AfterValidator(_check_address)]
Time = Annotated[str, Field(max_length=64), AfterValidator(_check_time)]
Fen = Annotated[int, Field(ge=1, le=MAX_FEN)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Amount(Strict):
    total: Fen
    currency: Annotated[str, Field(pattern="^CNY$")] = "CNY"


class Payer(Strict):
    openid: str = Field(min_length=1, max_length=128)


class CodePayer(Strict):
    auth_code: str = Field(pattern=r"^1[0-5]\d{16}$")


class Store(Strict):
    id: str = Field(default="", max_length=32)
    out_id: str = Field(default="", max_length=32)


class Scene(Strict):
    device_id: str = Field(default="", max_length=32)
    device_ip: str = Field(default="", max_length=45)
    store_info: Store


class OrderRequest(Strict):
    appid: str = Field(min_length=1, max_length=32)
    mchid: str = Field(min_length=1, max_length=32)
    description: str = Field(min_length=1, max_length=127)
    out_trade_no: Number
    amount: Amount
    attach: str = Field(default="", max_length=128)


class NativeRequest(OrderRequest):
    notify_url: Address
    time_expire: Time | None = None


class JsapiRequest(NativeRequest):
    payer: Payer


class CodepayRequest(OrderRequest):
    payer: CodePayer
    scene_info: Scene


class CloseRequest(Strict):
    mchid: str


class ReverseRequest(Strict):
    appid: str
    mchid: str


class RefundAmount(Strict):
    refund: Fen
    total: Fen
    currency: Annotated[str, Field(pattern="^CNY$")]


class RefundRequest(Strict):
    out_trade_no: Number
    out_refund_no: RefundNumber
    amount: RefundAmount
    reason: str = Field(default="", max_length=80)
    notify_url: Address | None = None


Model = TypeVar("Model", bound=Strict)


def parse(model: type[Model], value: Any) -> Model:
    """Return a request. Raises PayError(PARAM_ERROR)."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise PayError(400, "PARAM_ERROR", f"参数错误：{field} {first['msg']}"[:200]) from None
