"""The baselines of `notices`: minimal Flask routes that verify the signature of a notice and do nothing else."""

import base64
import os
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from flask import Flask, Response, request

app = Flask(__name__)
key = serialization.load_pem_public_key(os.environ["NOTICE_PUBLIC_KEY"].encode())
assert isinstance(key, rsa.RSAPublicKey)


@app.post("/notify/wechat-pay/<merchant>")
def receive_wechat_pay(merchant: str) -> Response:
    """Verify a notice of WeChat Pay."""
    head = request.headers
    text = f"{head['Wechatpay-Timestamp']}\n{head['Wechatpay-Nonce']}\n".encode() + request.get_data() + b"\n"
    _verify(head["Wechatpay-Signature"], text)
    return Response(status=204)


@app.post("/notify/alipay/<merchant>")
def receive_alipay(merchant: str) -> str:
    """Verify a notice of Alipay."""
    form = dict(parse_qsl(request.get_data().decode(), keep_blank_values=True))
    signature = form.pop("sign")
    del form["sign_type"]
    _verify(signature, "&".join(f"{name}={form[name]}" for name in sorted(form)).encode())
    return "success"


def _verify(signature: str, text: bytes) -> None:
    key.verify(base64.b64decode(signature), text, padding.PKCS1v15(), hashes.SHA256())
