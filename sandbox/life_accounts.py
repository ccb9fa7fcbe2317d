"""Life accounts of Alipay (生活号): what they send and show. Buttons are kept in the form of WeChat's menus."""

import json
from typing import Any, Literal

from pydantic import Field

from sandbox.alipay_apps import App
from sandbox.alipay_requests import Strict
from sandbox.alipay_trades import AlipayError, identify
from sandbox.chats import Chats
from sandbox.errors import WeChatError
from sandbox.followers import Followers
from sandbox.menus import Menus
from sandbox.message_quotas import MessageQuotas
from sandbox.people import People, Person
from sandbox.qr_codes import QrCode, QrCodes

TYPES = {"out": ("click", "key"), "link": ("view", "url")}
MAX_NAMES = (4, 12)  # characters of a button of the first and of the second level
MAX_CODE_LIFETIME_S = 1800
NO_LOCATION = AlipayError("isv.no-location", "没有用户的位置")


class TextBody(Strict):
    content: str = Field(min_length=1, max_length=700)


class ArticleBody(Strict):
    title: str = Field(min_length=1, max_length=64)
    desc: str = Field(min_length=1, max_length=300)
    url: str = Field(pattern=r"^https?://", max_length=1000)
    image_url: str = Field(default="", max_length=1000)
    action_name: str = Field(default="", max_length=8)


class MessageContent(Strict):
    to_user_id: str = Field(min_length=1, max_length=128)
    msg_type: Literal["text", "image-text"]
    chat: Literal["0", "1"] = "0"
    text: TextBody | None = None
    articles: list[ArticleBody] = Field(default=[], max_length=10)


class ButtonBody(Strict):
    name: str = Field(min_length=1, max_length=12)
    action_type: Literal["out", "link"] | None = None
    action_param: str = Field(default="", max_length=1000)
    sub_button: list["ButtonBody"] = Field(default=[], max_length=5)


class MenuContent(Strict):
    type: Literal["text"] = "text"
    button: list[ButtonBody] = Field(min_length=1, max_length=4)


class SceneBody(Strict):
    scene_id: str = Field(pattern=r"^[0-9A-Za-z_]{1,32}$")


class CodeBody(Strict):
    scene: SceneBody
    goto_url: str = Field(default="", max_length=1000)


class CodeContent(Strict):
    code_info: CodeBody
    code_type: Literal["TEMP", "PERM"] = "TEMP"
    expire_second: str = Field(default="", pattern=r"^([1-9][0-9]{0,3})?$")
    show_logo: Literal["Y", "N"] = "N"


class LifeAccounts:
    def __init__(
        self, *, people: People, followers: Followers, chats: Chats, menus: Menus, quotas: MessageQuotas,
        codes: QrCodes,
    ) -> None:  # fmt: skip
        self._people, self._followers, self._chats = people, followers, chats
        self._menus, self._quotas, self._codes = menus, quotas, codes
        self.reset()

    def send(self, app: App, content: MessageContent) -> None:
        """Show a message to a follower who was active in the last 48 hours. Raises AlipayError."""
        person = self._find_person(app, content.to_user_id)
        if person is None or self._followers.find(appid=app.app_id, person_id=person.id) is None:
            raise AlipayError("isv.user-not-follow", "用户没有关注生活号")
        if (content.text is None) == (content.msg_type == "text") or bool(content.articles) == (
            content.msg_type == "text"
        ):
            raise AlipayError("isv.invalid-parameter", "消息内容与类型不符")
        try:
            self._quotas.consume(appid=app.app_id, person_id=person.id)
        except WeChatError:
            raise AlipayError("isv.out-of-window", "用户 48 小时内没有与生活号互动") from None
        kind, shown = (
            ("text", {"Content": content.text.content}) if content.text else ("news", _to_news(content))
        )
        self._chats.add_line("in", kind, shown, appid=app.app_id, person_id=person.id)

    def create_menu(self, app: App, content: MenuContent, *, replaces: bool) -> None:
        """Show a menu for the first time, or in place of another one. Raises AlipayError."""
        if (self._menus.find(app.app_id) is not None) != replaces:
            reason = "MENU_NOT_EXIST" if replaces else "MENU_EXIST"
            raise AlipayError(reason, "菜单不存在" if replaces else "菜单已存在")
        buttons = [_to_button(button, level=0) for button in content.button]
        try:
            self._menus.create(appid=app.app_id, menu={"button": buttons})
        except WeChatError:
            raise AlipayError("isv.invalid-menu", "菜单不符合规则") from None

    def read_menu(self, app: App) -> str:
        """Return the menu as JSON. Raises AlipayError."""
        buttons = self._menus.find(app.app_id)
        if buttons is None:
            raise AlipayError("MENU_NOT_EXIST", "菜单不存在")
        return json.dumps({"button": [_from_button(button) for button in buttons]}, ensure_ascii=False)

    def create_code(self, app: App, content: CodeContent) -> QrCode:
        """Create a QR code with a scene. Raises AlipayError."""
        lifetime_s = int(content.expire_second or MAX_CODE_LIFETIME_S)
        if content.code_type == "TEMP" and lifetime_s > MAX_CODE_LIFETIME_S:
            raise AlipayError("isv.invalid-parameter", "临时二维码最长 1800 秒")
        scene = content.code_info.scene.scene_id
        is_permanent = content.code_type == "PERM"
        return self._codes.create_for_alipay(
            appid=app.app_id, scene=scene, lifetime_s=None if is_permanent else lifetime_s
        )

    def allow_location(self, *, appid: str, person_id: str, lng: str, lat: str) -> None:
        """Keep where a person is, whom an account may then ask for it."""
        self._locations[appid, person_id] = {"longitude": lng, "latitude": lat}

    def read_location(self, app: App, user_id: str) -> dict[str, str]:
        """Return where a person is in GCJ-02. Raises AlipayError."""
        person = self._find_person(app, user_id)
        found = self._locations.get((app.app_id, person.id)) if person else None
        if found is None:
            raise NO_LOCATION
        return {**found, "accuracy": "60"}

    def reset(self) -> None:
        self._locations: dict[tuple[str, str], dict[str, str]] = {}

    def _find_person(self, app: App, user_id: str) -> Person | None:
        people = self._people.list_all()
        return next((person for person in people if user_id in identify(person.id, app).values()), None)


def _to_news(content: MessageContent) -> dict[str, Any]:
    return {
        "Articles": [
            {"Title": each.title, "Description": each.desc, "PicUrl": each.image_url, "Url": each.url}
            for each in content.articles
        ]
    }


def _to_button(button: ButtonBody, *, level: int) -> dict[str, Any]:
    if len(button.name) > MAX_NAMES[level]:
        raise AlipayError("isv.invalid-menu", "菜单名称太长")
    if button.sub_button and level == 0:
        subs = [_to_button(child, level=1) for child in button.sub_button]
        return {"name": button.name, "sub_button": subs}
    if button.action_type is None or button.sub_button:
        raise AlipayError("isv.invalid-menu", "菜单没有动作")
    kind, field = TYPES[button.action_type]
    return {"name": button.name, "type": kind, field: button.action_param}


def _from_button(button: dict[str, Any]) -> dict[str, Any]:
    if button.get("sub_button"):
        return {"name": button["name"], "sub_button": [_from_button(child) for child in button["sub_button"]]}
    action = next(action for action, (kind, _) in TYPES.items() if kind == button["type"])
    return {"name": button["name"], "action_type": action, "action_param": button[TYPES[action][1]]}
