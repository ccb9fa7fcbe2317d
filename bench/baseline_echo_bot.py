"""The baseline of `webhook`: a minimal Flask application that echoes encrypted WeChat texts with wechatpy."""

import os

from flask import Flask, request
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import check_signature

app = Flask(__name__)
TOKEN, AES_KEY, APPID = (os.environ[name] for name in ("BOT_TOKEN", "BOT_AES_KEY", "BOT_APPID"))


@app.post("/wechat/<account>")
def echo(account: str) -> str:
    query = request.args
    check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
    crypto = WeChatCrypto(TOKEN, AES_KEY, APPID)
    xml = crypto.decrypt_message(request.data, query["msg_signature"], query["timestamp"], query["nonce"])
    message = parse_message(xml)
    reply = create_reply(f"you said {message.key}", message)
    return crypto.encrypt_message(reply.render(), query["nonce"], query["timestamp"])
