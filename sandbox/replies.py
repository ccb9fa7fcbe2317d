"""Replies: what an account answers to a push, read as strictly as the platform reads it."""

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from sandbox import crypto, markup
from sandbox.accounts import Account

TEXT_BYTES = 2048
LETTER = {"ToUserName", "FromUserName", "CreateTime", "MsgType"}
# Fields of each type below the letter head: True must be there, False may be.
FORMS: dict[str, dict[str, Any]] = {
    "text": {"Content": True},
    "image": {"Image": {"MediaId": True}},
    "voice": {"Voice": {"MediaId": True}},
    "video": {"Video": {"MediaId": True, "Title": False, "Description": False}},
    "music": {
        "Music": {
            "Title": False,
            "Description": False,
            "MusicUrl": False,
            "HQMusicUrl": False,
            "ThumbMediaId": False,
        }
    },
    "news": {"ArticleCount": True, "Articles": list},
    "transfer_customer_service": {"TransInfo": {"KfAccount": True}},
}
OPTIONAL = {"transfer_customer_service": {"TransInfo"}}
ARTICLE = {"Title": True, "Description": True, "PicUrl": True, "Url": True}


class BadReply(Exception):
    """An answer for which WeChat would tell the person that the account is out of order."""


@dataclass(frozen=True)
class Reply:
    kind: str
    content: dict[str, Any]


def read(body: str, *, account: Account, openid: str, most_articles: int) -> Reply | None:
    """The message in an answer, or None for silence. Articles beyond the limit are cut off, as in WeChat."""
    if body in {"", "success"}:
        return None
    fields = _opened(_parsed(body), account=account)
    _check_letter(fields, account=account, openid=openid)
    kind = fields["MsgType"]
    content = {name: value for name, value in fields.items() if name not in LETTER}
    _check_form(content, form=FORMS[kind], optional=OPTIONAL.get(kind, set()), where=kind)
    if kind == "text":
        _check_text(content["Content"])
    if kind == "news":
        _check_articles(content)
        content["Articles"] = content["Articles"][:most_articles]
    return Reply(kind, content)


def _parsed(body: str) -> dict[str, Any]:
    try:
        return markup.read(body)
    except markup.BadMarkup as error:
        raise BadReply(str(error)) from error


def _opened(fields: dict[str, Any], *, account: Account) -> dict[str, Any]:
    """The fields inside the envelope; safe mode insists on one, compatible mode takes both."""
    if "Encrypt" not in fields:
        if account.mode == "safe":
            raise BadReply("安全模式下回复必须加密")
        return fields
    if account.mode == "plain":
        raise BadReply("明文模式下回复不能加密")
    if set(fields) != {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}:
        raise BadReply(f"加密回复的字段不对：{'、'.join(sorted(fields))}")
    signed = crypto.signature(account.token, fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])
    if not crypto.same(signed, fields["MsgSignature"]):
        raise BadReply("加密回复的签名不对")
    try:
        inner = crypto.decrypt(fields["Encrypt"], key43=account.encoding_aes_key or "", appid=account.appid)
    except crypto.BadEnvelope as error:
        raise BadReply(f"加密回复解不开：{error}") from error
    return _parsed(inner)


def _check_letter(fields: dict[str, Any], *, account: Account, openid: str) -> None:
    if missing := LETTER - set(fields):
        raise BadReply(f"缺少 {'、'.join(sorted(missing))}")
    if fields["ToUserName"] != openid:
        raise BadReply("ToUserName 不是这位用户的 openid")
    if fields["FromUserName"] != account.original_id:
        raise BadReply("FromUserName 不是这个公众号的原始 ID")
    if not (
        isinstance(fields["CreateTime"], str)
        and fields["CreateTime"].isascii()
        and fields["CreateTime"].isdigit()
    ):
        raise BadReply("CreateTime 不是整数")
    if not isinstance(fields["MsgType"], str) or fields["MsgType"] not in FORMS:
        raise BadReply(f"没有这种 MsgType：{fields['MsgType']}")


def _check_form(value: Any, *, form: Any, where: str, optional: Set[str] = frozenset()) -> None:
    if form in (True, False):
        if not isinstance(value, str) or (form and not value.strip()):
            raise BadReply(f"{where} 是空的或不是文字")
        return
    if form is list:
        if not isinstance(value, list):
            raise BadReply(f"{where} 里应是 item")
        return
    # An empty element reads as text, and as a list of no fields it is the same thing.
    fields = value if isinstance(value, dict) else {}
    if unknown := set(fields) - set(form):
        raise BadReply(f"{where} 里不该有 {'、'.join(sorted(unknown))}")
    for name, inner in form.items():
        if name in fields:
            _check_form(fields[name], form=inner, where=name)
        elif inner is not False and name not in optional:
            raise BadReply(f"{where} 里缺少 {name}")


def _check_text(content: str) -> None:
    if len(content.encode()) > TEXT_BYTES:
        raise BadReply(f"Content 超过 {TEXT_BYTES} 字节")


def _check_articles(content: dict[str, Any]) -> None:
    if content["ArticleCount"] != str(len(content["Articles"])):
        raise BadReply("ArticleCount 和 item 的个数不一致")
    for article in content["Articles"]:
        _check_form(article, form={name: False for name in ARTICLE}, where="item")
        if missing := set(ARTICLE) - set(article if isinstance(article, dict) else {}):
            raise BadReply(f"item 里缺少 {'、'.join(sorted(missing))}")
        if not article["Title"].strip():
            raise BadReply("item 的 Title 是空的")
