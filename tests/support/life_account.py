"""A life account of Alipay whose requests are signed here, as the SDKs of the platform do it, not by the sandbox."""

import base64
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from apiflask import APIFlask
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

APP_ID = "2021000000000001"
USER = "2088000000000001"
MESSAGE, CHECK = "alipay.mobile.public.message.notify", "alipay.service.check"
_ANSWER = re.compile(r"<response>(.*)</response><sign>(.*)</sign>", re.S)


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class LifeAccount:
    """The keys of both sides. `post` sends a body, `send` signs and sends a message."""

    web: APIFlask
    key: str = "acme-alipay"
    mine: rsa.RSAPrivateKey = field(default_factory=_new_key)
    platform: rsa.RSAPrivateKey = field(default_factory=_new_key)

    @property
    def private_key(self) -> str:
        return self.mine.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def platform_key(self) -> str:
        """The bare base64 that Alipay's page shows."""
        return base64.b64encode(
            self.platform.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ).decode()

    def sign(
        self, form: dict[str, str], *, key: rsa.RSAPrivateKey | None = None, charset: str = "gbk"
    ) -> bytes:
        """The body of a form. The signature covers `sign_type`, as the platform's SDK does at a gateway."""
        text = "&".join(f"{name}={form[name]}" for name in sorted(form)).encode(charset)
        signature = (key or self.platform).sign(text, padding.PKCS1v15(), SHA256())
        return urlencode({**form, "sign": base64.b64encode(signature).decode()}, encoding=charset).encode()

    def form(
        self, elements: str, *, app_id: str = APP_ID, service: str = MESSAGE, at: float = 0
    ) -> dict[str, str]:
        moment = int((at or time.time()) * 1000)
        content = (
            f"<XML><AppId><![CDATA[{app_id}]]></AppId><FromAlipayUserId><![CDATA[{USER}]]></FromAlipayUserId>"
            f"<CreateTime><![CDATA[{moment}]]></CreateTime>{elements}</XML>"
        )
        return {"service": service, "charset": "GBK", "sign_type": "RSA2", "biz_content": content}

    def post(self, body: bytes) -> Any:
        return self.web.test_client().post(
            f"/alipay/{self.key}", data=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
        )

    def send(self, elements: str) -> str:
        """Send a message and return the signed content of the answer."""
        return self.read(self.post(self.sign(self.form(elements))))

    def read(self, answer: Any) -> str:
        assert answer.status_code == 200, answer.data
        content, signature = _ANSWER.search(answer.data.decode("gbk")).groups()
        self.mine.public_key().verify(
            base64.b64decode(signature), content.encode("gbk"), padding.PKCS1v15(), SHA256()
        )
        return content

    def is_public_key(self, text: str) -> bool:
        return (
            load_der_public_key(base64.b64decode(text)).public_numbers()
            == self.mine.public_key().public_numbers()
        )


def event(name: str, parameter: str = "") -> str:
    return (
        f"<MsgType><![CDATA[event]]></MsgType><EventType><![CDATA[{name}]]></EventType>"
        f"<ActionParam><![CDATA[{parameter}]]></ActionParam>"
    )


def text(content: str, number: str) -> str:
    return (
        f"<MsgType><![CDATA[text]]></MsgType><MsgId><![CDATA[{number}]]></MsgId>"
        f"<Text><Content><![CDATA[{content}]]></Content></Text>"
    )
