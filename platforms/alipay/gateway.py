"""The gateway of an application (应用网关): what Alipay posts about a life account (生活号), and the signed answers.

A request is a form whose signature covers every value, so a copy of it is the same message again. It is in GBK unless
it says otherwise, and it is verified as the bytes that came.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from platforms.alipay.sdk import Sdk
from platforms.xml import InvalidXmlError, cdata, parse_xml

MAX_BODY_BYTES = 64 * 1024
MAX_FIELDS = 50
MAX_AGE_S = 3600  # well below the time for which processed messages are known
MAX_CLOCK_ERROR_S = 300
CHECK, MESSAGE = "alipay.service.check", "alipay.mobile.public.message.notify"
CHARSETS = {"gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030", "utf-8": "utf-8"}
MAX_NAME_LENGTH = 128
EVENTS = {"follow", "unfollow", "enter", "click"}
MESSAGES = {"text", "image"}
_MILLISECONDS = re.compile(r"[0-9]{1,14}")


class InvalidRequestError(Exception):
    """A request that is not from Alipay, not for this application, or not readable."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


@dataclass(frozen=True, slots=True)
class GatewayMessage:
    """A message or event of a person. `kind` is `verifygw` for the check of the gateway, `sent_at` a second."""

    kind: str
    sender: str = ""
    sent_at: int = 0
    text: str = field(default="", repr=False)
    parameter: str = ""
    scene: str = ""
    msg_id: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    charset: str = "GBK"

    @property
    def dedupe_key(self) -> str:
        """Return a key that is the same for all repeats of this message and unique in the account."""
        if self.msg_id:
            return f"{self.sender}:{self.msg_id}"
        digest = hashlib.sha256(json.dumps(self.fields, sort_keys=True).encode()).hexdigest()
        return f"{self.sender}:{self.sent_at}:{self.kind}:{digest}"


def verify_and_parse(sdk: Sdk, body: bytes, *, app_id: str, now: int) -> GatewayMessage:
    """Return the message of a request. Raises InvalidRequestError."""
    if len(body) > MAX_BODY_BYTES:
        raise InvalidRequestError(413, "too large")
    form = _parse_form(body)
    charset = CHARSETS.get(form.get("charset", b"GBK").decode("latin-1").lower())
    if charset is None:
        raise InvalidRequestError(400, "charset is unknown")
    _verify(sdk, form)
    try:
        elements = parse_xml(_to_utf8(form.get("biz_content", b""), charset), root="XML")
    except (InvalidXmlError, UnicodeDecodeError):
        raise InvalidRequestError(400, "biz_content is not readable") from None
    shown_charset = "UTF-8" if charset == "utf-8" else "GBK"
    return _parse_message(
        form.get("service", b"").decode("latin-1"), elements, app_id=app_id, now=now, charset=shown_charset
    )


def write_check_answer(sdk: Sdk, private_key: str, *, charset: str) -> bytes:
    """Return the answer to the check of the gateway: our public key, signed."""
    return _write(
        sdk, f"<success>true</success><biz_content>{read_public_key(private_key)}</biz_content>", charset
    )


def write_acknowledgement(sdk: Sdk, message: GatewayMessage, *, app_id: str, now: int) -> bytes:
    """Return the answer to a message, which holds no reply: replies are sent by a call."""
    content = (
        f"<XML><ToUserId>{cdata(message.sender)}</ToUserId><AppId>{cdata(app_id)}</AppId>"
        f"<CreateTime>{now * 1000}</CreateTime><MsgType><![CDATA[ack]]></MsgType></XML>"
    )
    return _write(sdk, content, message.charset)


def read_public_key(private_key: str) -> str:
    """Return the public key of an application's private key as bare base64."""
    pem = private_key.strip()
    if "-----BEGIN" not in pem:
        pem = f"-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----"
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except ValueError:  # the tools of Alipay write keys also in the older form
        key = load_pem_private_key(pem.replace("PRIVATE KEY", "RSA PRIVATE KEY").encode(), password=None)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return "".join(line for line in public.splitlines() if not line.startswith("-----"))


def _write(sdk: Sdk, content: str, charset: str) -> bytes:
    text = (
        f'<?xml version="1.0" encoding="{charset}"?><alipay><response>{content}</response>'
        f"<sign>{sdk.sign_text(content)}</sign><sign_type>RSA2</sign_type></alipay>"
    )
    return text.encode(CHARSETS[charset.lower()])


def _parse_form(body: bytes) -> dict[str, bytes]:
    """Return the fields as the bytes that were signed."""
    try:
        pairs = parse_qsl(
            body.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise InvalidRequestError(400, "too many fields") from None
    if len({name for name, _ in pairs}) != len(pairs):  # two readers could take different ones
        raise InvalidRequestError(400, "a field is repeated")
    return {name: value.encode("latin-1") for name, value in pairs}


def _verify(sdk: Sdk, form: Mapping[str, bytes]) -> None:
    """Check the signature, which covers `sign_type` or, by older senders, leaves it out."""
    if form.get("sign_type", b"RSA2") != b"RSA2":
        raise InvalidRequestError(403, "sign_type is not RSA2")
    signature = form.get("sign", b"").decode("latin-1")
    for left_out in ({"sign"}, {"sign", "sign_type"}):
        pairs = sorted((name, value) for name, value in form.items() if name not in left_out and value)
        text = b"&".join(name.encode("latin-1") + b"=" + value for name, value in pairs)
        if sdk.is_signed(text, signature):
            return
    raise InvalidRequestError(403, "signature is wrong")


def _to_utf8(content: bytes, charset: str) -> bytes:
    return content.decode(charset).encode()


def _parse_message(
    service: str, elements: Mapping[str, Any], *, app_id: str, now: int, charset: str
) -> GatewayMessage:
    message_type, event = _read(elements, "MsgType").lower(), _read(elements, "EventType").lower()
    if _read(elements, "AppId") not in ("", app_id) or (service == MESSAGE and not _read(elements, "AppId")):
        raise InvalidRequestError(403, "request is for another application")
    if service == CHECK and event == "verifygw":
        return GatewayMessage("verifygw", charset=charset)
    if service != MESSAGE or not message_type:
        raise InvalidRequestError(400, "service is unknown")
    sender = _read(elements, "FromAlipayUserId") or _read(elements, "FromUserId")
    if not 1 <= len(sender) <= MAX_NAME_LENGTH:
        raise InvalidRequestError(400, "sender is missing")
    parameter = _read(elements, "ActionParam")
    return GatewayMessage(
        kind=_name_kind(message_type, event),
        sender=sender,
        sent_at=_parse_time(_read(elements, "CreateTime"), now=now),
        text=_read(elements.get("Text"), "Content"),
        parameter=parameter,
        scene=_parse_scene(parameter),
        msg_id=_read(elements, "MsgId")[:MAX_NAME_LENGTH],
        fields=elements,
        charset=charset,
    )


def _name_kind(message_type: str, event: str) -> str:
    if message_type == "event":
        return event if event in EVENTS else f"event:{event}"
    return message_type if message_type in MESSAGES else f"message:{message_type}"


def _parse_time(text: str, *, now: int) -> int:
    """Return the second of a message. An old one may be a copy of one that is no longer known."""
    if not _MILLISECONDS.fullmatch(text):
        raise InvalidRequestError(400, "CreateTime is not a time")
    sent_at = int(text) // 1000
    if not now - MAX_AGE_S <= sent_at <= now + MAX_CLOCK_ERROR_S:
        raise InvalidRequestError(403, "CreateTime is not recent")
    return sent_at


def _parse_scene(parameter: str) -> str:
    """Return the scene of the QR code by which a person came, or ""."""
    try:
        scene = json.loads(parameter)["scene"]["sceneId"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return scene if isinstance(scene, str) and len(scene) <= 64 else ""


def _read(elements: Any, name: str) -> str:
    value = elements.get(name) if isinstance(elements, Mapping) else None
    return value if isinstance(value, str) else ""
