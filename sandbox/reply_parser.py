"""Parser of the replies of an account, as strict as WeChat."""

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from sandbox import crypto, message_xml
from sandbox.accounts import Account

MAX_TEXT_BYTES = 2048
HEADER_FIELDS = {"ToUserName", "FromUserName", "CreateTime", "MsgType"}
# Fields of each type besides the header: True is required, False is optional.
MESSAGE_TYPES: dict[str, dict[str, Any]] = {
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
OPTIONAL_FIELDS = {"transfer_customer_service": {"TransInfo"}}
ARTICLE_FIELDS = {"Title": True, "Description": True, "PicUrl": True, "Url": True}


class InvalidReplyError(Exception):
    """A reply for which WeChat would show that the account is out of service."""


@dataclass(frozen=True)
class Reply:
    kind: str
    content: dict[str, Any]


def parse(body: str, *, account: Account, openid: str, max_articles: int) -> Reply | None:
    """Return the message in a response body, or None without a reply. Articles beyond the limit are dropped.

    Raises InvalidReplyError.
    """
    if body in {"", "success"}:
        return None
    fields = _decrypt_if_needed(_parse_xml(body), account=account)
    _check_header(fields, account=account, openid=openid)
    kind = fields["MsgType"]
    content = {name: value for name, value in fields.items() if name not in HEADER_FIELDS}
    _check_fields(content, expected=MESSAGE_TYPES[kind], optional=OPTIONAL_FIELDS.get(kind, set()), path=kind)
    if kind == "text":
        _check_text(content["Content"])
    if kind == "news":
        _check_articles(content)
        content["Articles"] = content["Articles"][:max_articles]
    return Reply(kind, content)


def _parse_xml(body: str) -> dict[str, Any]:
    try:
        return message_xml.parse(body)
    except message_xml.InvalidXmlError as error:
        raise InvalidReplyError(str(error)) from error


def _decrypt_if_needed(fields: dict[str, Any], *, account: Account) -> dict[str, Any]:
    """Return the decrypted fields. Safe mode requires encryption, compatible mode allows both.

    Raises InvalidReplyError.
    """
    if "Encrypt" not in fields:
        if account.mode == "safe":
            raise InvalidReplyError("安全模式下回复必须加密")
        return fields
    if account.mode == "plain":
        raise InvalidReplyError("明文模式下回复不能加密")
    if set(fields) != {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}:
        raise InvalidReplyError(f"加密回复的字段不对：{'、'.join(sorted(fields))}")
    signature = crypto.compute_signature(
        account.token, fields["TimeStamp"], fields["Nonce"], fields["Encrypt"]
    )
    if not crypto.equal_in_constant_time(signature, fields["MsgSignature"]):
        raise InvalidReplyError("加密回复的签名不对")
    try:
        inner = crypto.decrypt(
            fields["Encrypt"], encoding_aes_key=account.encoding_aes_key or "", appid=account.appid
        )
    except crypto.DecryptionError as error:
        raise InvalidReplyError(f"加密回复解不开：{error}") from error
    return _parse_xml(inner)


def _check_header(fields: dict[str, Any], *, account: Account, openid: str) -> None:
    if missing := HEADER_FIELDS - set(fields):
        raise InvalidReplyError(f"缺少 {'、'.join(sorted(missing))}")
    if fields["ToUserName"] != openid:
        raise InvalidReplyError("ToUserName 不是这位用户的 openid")
    if fields["FromUserName"] != account.original_id:
        raise InvalidReplyError("FromUserName 不是这个公众号的原始 ID")
    if not (
        isinstance(fields["CreateTime"], str)
        and fields["CreateTime"].isascii()
        and fields["CreateTime"].isdigit()
    ):
        raise InvalidReplyError("CreateTime 不是整数")
    if not isinstance(fields["MsgType"], str) or fields["MsgType"] not in MESSAGE_TYPES:
        raise InvalidReplyError(f"没有这种 MsgType：{fields['MsgType']}")


def _check_fields(value: Any, *, expected: Any, path: str, optional: Set[str] = frozenset()) -> None:
    if expected in (True, False):
        if not isinstance(value, str) or (expected and not value.strip()):
            raise InvalidReplyError(f"{path} 是空的或不是文字")
        return
    if expected is list:
        if not isinstance(value, list):
            raise InvalidReplyError(f"{path} 里应是 item")
        return
    # An empty element is parsed as text, but it also means no fields.
    fields = value if isinstance(value, dict) else {}
    if unknown := set(fields) - set(expected):
        raise InvalidReplyError(f"{path} 里不该有 {'、'.join(sorted(unknown))}")
    for name, inner in expected.items():
        if name in fields:
            _check_fields(fields[name], expected=inner, path=name)
        elif inner is not False and name not in optional:
            raise InvalidReplyError(f"{path} 里缺少 {name}")


def _check_text(content: str) -> None:
    if len(content.encode()) > MAX_TEXT_BYTES:
        raise InvalidReplyError(f"Content 超过 {MAX_TEXT_BYTES} 字节")


def _check_articles(content: dict[str, Any]) -> None:
    if content["ArticleCount"] != str(len(content["Articles"])):
        raise InvalidReplyError("ArticleCount 和 item 的个数不一致")
    for article in content["Articles"]:
        _check_fields(article, expected={name: False for name in ARTICLE_FIELDS}, path="item")
        if missing := set(ARTICLE_FIELDS) - set(article if isinstance(article, dict) else {}):
            raise InvalidReplyError(f"item 里缺少 {'、'.join(sorted(missing))}")
        if not article["Title"].strip():
            raise InvalidReplyError("item 的 Title 是空的")
