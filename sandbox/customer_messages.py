"""Customer service messages: messages that an account sends within the window and quota of a person."""

from typing import Any

from sandbox.accounts import Account
from sandbox.errors import WeChatError
from sandbox.people import Person
from sandbox.state import SandboxState

MAX_TEXT_BYTES = 2048
MAX_TITLE_BYTES = 128
MAX_DESCRIPTION_BYTES = 512
MAX_URL_BYTES = 1024
MAX_TYPING_DELAY_S = 30


def send(state: SandboxState, *, account: Account, payload: dict[str, Any]) -> None:
    person = _get_receiver(state, account, payload)
    kind = payload.get("msgtype")
    if not isinstance(kind, str) or kind not in CONTENT_BUILDERS:
        raise WeChatError(40008)
    body = payload.get(kind)
    content = CONTENT_BUILDERS[kind](body if isinstance(body, dict) else {})
    state.message_quotas.consume(appid=account.appid, person_id=person.id)
    state.chats.add_line("in", kind, content, appid=account.appid, person_id=person.id)


def show_typing(state: SandboxState, *, account: Account, payload: dict[str, Any]) -> None:
    """Show or hide the typing indicator, only within 30 seconds after a message of the person.

    Raises WeChatError, also if it is shown already.
    """
    person = _get_receiver(state, account, payload)
    chat = {"appid": account.appid, "person_id": person.id}
    command = payload.get("command")
    if command not in {"Typing", "CancelTyping"}:
        raise WeChatError(45072)
    if state.chats.seconds_since_last_message(**chat) > MAX_TYPING_DELAY_S:
        raise WeChatError(45080)
    if command == "Typing" and state.chats.is_typing(**chat):
        raise WeChatError(45081)
    state.chats.set_typing(command == "Typing", **chat)


def _get_receiver(state: SandboxState, account: Account, payload: dict[str, Any]) -> Person:
    person = state.people.find_by_openid(openid=str(payload.get("touser", "")), account=account)
    if person is None:
        raise WeChatError(40003)
    if state.followers.find(appid=account.appid, person_id=person.id) is None:
        raise WeChatError(43004)
    return person


def _text_content(body: dict[str, Any]) -> dict[str, Any]:
    content = body.get("content")
    if not isinstance(content, str) or not content:
        raise WeChatError(44004)
    if len(content.encode()) > MAX_TEXT_BYTES:
        raise WeChatError(45002)
    return {"Content": content}


def _image_content(body: dict[str, Any]) -> dict[str, Any]:
    return {"Image": {"MediaId": _require_media_id(body, "media_id")}}


def _news_content(body: dict[str, Any]) -> dict[str, Any]:
    articles = body.get("articles")
    if not isinstance(articles, list) or len(articles) != 1 or not isinstance(articles[0], dict):
        raise WeChatError(45008)
    article = articles[0]
    return {
        "Articles": [
            {
                "Title": _check_length(article.get("title"), MAX_TITLE_BYTES, 45003),
                "Description": _check_length(article.get("description", ""), MAX_DESCRIPTION_BYTES, 45004),
                "PicUrl": _check_length(article.get("picurl", ""), MAX_URL_BYTES, 45005),
                "Url": _check_length(article.get("url", ""), MAX_URL_BYTES, 45005),
            }
        ]
    }


def _mini_program_content(body: dict[str, Any]) -> dict[str, Any]:
    if not body.get("appid"):
        raise WeChatError(40013)
    return {
        "Title": _check_length(body.get("title", ""), MAX_TITLE_BYTES, 45003),
        "AppId": _check_length(body["appid"], 64, 40013),
        "PagePath": _check_length(body.get("pagepath", ""), MAX_URL_BYTES, 45005),
        "ThumbMediaId": _require_media_id(body, "thumb_media_id"),
    }


CONTENT_BUILDERS = {
    "text": _text_content,
    "image": _image_content,
    "news": _news_content,
    "miniprogrampage": _mini_program_content,
}


def _require_media_id(body: dict[str, Any], name: str) -> str:
    media_id = body.get(name)
    if not isinstance(media_id, str) or not media_id:
        raise WeChatError(40007)
    return media_id


def _check_length(value: object, max_bytes: int, errcode: int) -> str:
    if not isinstance(value, str) or len(value.encode()) > max_bytes:
        raise WeChatError(errcode)
    return value
