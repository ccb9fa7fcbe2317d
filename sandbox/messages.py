"""Messages: what an account sends to a person on its own account, within window and quota."""

from typing import Any

from sandbox.accounts import Account
from sandbox.errors import WeChatError
from sandbox.people import Person
from sandbox.world import World

TEXT_BYTES = 2048
TITLE_BYTES = 128
DESCRIPTION_BYTES = 512
URL_BYTES = 1024
TYPING_AFTER_S = 30


def send(world: World, *, account: Account, wish: dict[str, Any]) -> None:
    person = _receiver(world, account, wish)
    kind = wish.get("msgtype")
    if not isinstance(kind, str) or kind not in FORMS:
        raise WeChatError(40008)
    body = wish.get(kind)
    content = FORMS[kind](body if isinstance(body, dict) else {})
    world.quotas.take(appid=account.appid, person_id=person.id)
    world.chats.say("in", kind, content, appid=account.appid, person_id=person.id)


def type_along(world: World, *, account: Account, wish: dict[str, Any]) -> None:
    """The three dots: only for who wrote within the last half minute, and not twice."""
    person = _receiver(world, account, wish)
    chat = {"appid": account.appid, "person_id": person.id}
    command = wish.get("command")
    if command not in {"Typing", "CancelTyping"}:
        raise WeChatError(45072)
    if world.chats.quiet_s(**chat) > TYPING_AFTER_S:
        raise WeChatError(45080)
    if command == "Typing" and world.chats.typing(**chat):
        raise WeChatError(45081)
    world.chats.set_typing(command == "Typing", **chat)


def _receiver(world: World, account: Account, wish: dict[str, Any]) -> Person:
    person = world.people.behind(openid=str(wish.get("touser", "")), account=account)
    if person is None:
        raise WeChatError(40003)
    if world.followers.get(appid=account.appid, person_id=person.id) is None:
        raise WeChatError(43004)
    return person


def _text(body: dict[str, Any]) -> dict[str, Any]:
    content = body.get("content")
    if not isinstance(content, str) or not content:
        raise WeChatError(44004)
    if len(content.encode()) > TEXT_BYTES:
        raise WeChatError(45002)
    return {"Content": content}


def _image(body: dict[str, Any]) -> dict[str, Any]:
    return {"Image": {"MediaId": _media_id(body, "media_id")}}


def _news(body: dict[str, Any]) -> dict[str, Any]:
    articles = body.get("articles")
    if not isinstance(articles, list) or len(articles) != 1 or not isinstance(articles[0], dict):
        raise WeChatError(45008)
    article = articles[0]
    return {
        "Articles": [
            {
                "Title": _limited(article.get("title"), TITLE_BYTES, 45003),
                "Description": _limited(article.get("description", ""), DESCRIPTION_BYTES, 45004),
                "PicUrl": _limited(article.get("picurl", ""), URL_BYTES, 45005),
                "Url": _limited(article.get("url", ""), URL_BYTES, 45005),
            }
        ]
    }


def _mini_program_page(body: dict[str, Any]) -> dict[str, Any]:
    if not body.get("appid"):
        raise WeChatError(40013)
    return {
        "Title": _limited(body.get("title", ""), TITLE_BYTES, 45003),
        "AppId": _limited(body["appid"], 64, 40013),
        "PagePath": _limited(body.get("pagepath", ""), URL_BYTES, 45005),
        "ThumbMediaId": _media_id(body, "thumb_media_id"),
    }


FORMS = {"text": _text, "image": _image, "news": _news, "miniprogrampage": _mini_program_page}


def _media_id(body: dict[str, Any], name: str) -> str:
    media_id = body.get(name)
    if not isinstance(media_id, str) or not media_id:
        raise WeChatError(40007)
    return media_id


def _limited(value: object, most_bytes: int, errcode: int) -> str:
    if not isinstance(value, str) or len(value.encode()) > most_bytes:
        raise WeChatError(errcode)
    return value
