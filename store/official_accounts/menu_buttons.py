"""The buttons of a menu (自定义菜单) as WeChat accepts them, with our replies to their keys."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

from store.core import errors
from store.official_accounts import message_content

FIRST_LEVEL_BYTES = 16
SECOND_LEVEL_BYTES = 60
ALIPAY_TYPES = ("click", "view")
_OPTIONAL = {"sub_button", "key", "url", "appid", "pagepath", "media_id", "article_id"}
_EMPTY: tuple[Any, ...] = ("", None, [])


class _NamedButton(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, values: Any) -> Any:
        """Drop the empty fields that WeChat adds to every button, such as `sub_button: []`."""
        if not isinstance(values, dict):
            return values
        optional = _OPTIONAL if "type" in values else _OPTIONAL - {"sub_button"}
        return {name: value for name, value in values.items() if name not in optional or value not in _EMPTY}


class Button(_NamedButton):
    """A button with an action. `answers` are the replies to a click on `key`."""

    type: Literal[
        "click", "view", "miniprogram", "scancode_push", "scancode_waitmsg", "location_select",
        "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "media_id", "view_limited", "article_id",
        "article_view_limited",
    ]  # fmt: skip
    key: str | None = None
    url: str | None = None
    appid: str | None = None
    pagepath: str | None = None
    media_id: str | None = None
    article_id: str | None = None
    answers: list[dict[str, Any]] = []

    @model_validator(mode="after")
    def _validate_complete(self) -> "Button":
        if self.type in ("view", "miniprogram"):
            _require(bool(self.url), "请填写网址")
            _require(len((self.url or "").encode()) <= 1024, "网址不能超过 1024 字节")
            _require(
                (self.url or "").startswith(("http://", "https://", "/")), "网址应以 http:// 或 https:// 开头"
            )
        elif self.type in ("media_id", "view_limited"):
            _require(bool(self.media_id), "请填写素材的 media_id")
        elif self.type in ("article_id", "article_view_limited"):
            _require(bool(self.article_id), "请填写文章的 article_id")
        else:
            _require(bool(self.key), "请填写按钮的 key")
            _require(len((self.key or "").encode()) <= 128, "key 不能超过 128 字节")
        if self.type == "miniprogram":
            _require(bool(self.appid and self.pagepath), "请填写小程序的 AppID 和页面路径")
        message_content.parse(self.answers)
        return self


class SubButton(Button):
    """A second-level button: at most eight Chinese characters are shown."""

    @field_validator("name")
    @classmethod
    def _validate_length(cls, name: str) -> str:
        _require(
            len(name.encode()) <= SECOND_LEVEL_BYTES and display_width(name) <= 16,
            "二级菜单名称最多 8 个汉字",
        )
        return name


class ButtonGroup(_NamedButton):
    """A first-level button that opens one to five others."""

    sub_button: list[SubButton] = Field(min_length=1, max_length=5)


def _button_kind(button: Any) -> str:
    if isinstance(button, dict):
        is_group = bool(button.get("sub_button")) or ("sub_button" in button and "type" not in button)
    else:
        is_group = isinstance(button, ButtonGroup)
    return "group" if is_group else "button"


FirstLevelButton = Annotated[
    Annotated[ButtonGroup, Tag("group")] | Annotated[Button, Tag("button")], Discriminator(_button_kind)
]


class Menu(BaseModel):
    """One to three first-level buttons of at most four Chinese characters each."""

    model_config = ConfigDict(extra="forbid")

    button: list[FirstLevelButton] = Field(min_length=1, max_length=3)

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, values: Any) -> Any:
        """Take also the whole response to the query of a menu.

        Its number and its menus for groups of followers are left out: publishing a menu changes neither.
        """
        if not isinstance(values, dict):
            return values
        inner = values.get("menu")
        menu = inner if isinstance(inner, dict) and "button" not in values else values
        return {name: value for name, value in menu.items() if name not in ("menuid", "conditionalmenu")}

    def ensure_fits_alipay(self) -> None:
        """Raise DomainError(invalid) for a button that a life account of Alipay cannot show."""
        unknown = next((leaf for leaf in self._list_leaves() if leaf.type not in ALIPAY_TYPES), None)
        if unknown is not None:
            raise errors.invalid("button", f"支付宝生活号的按钮只能是点击或网页，请改“{unknown.name}”")

    def _list_leaves(self) -> list[Button]:
        return [
            leaf
            for item in self.button
            for leaf in (item.sub_button if isinstance(item, ButtonGroup) else [item])
        ]

    def with_answers(self, kept: dict[str, list[dict[str, Any]]]) -> "Menu":
        """Return the menu with these answers, by key, at the buttons that were given without any."""
        return self.model_copy(update={"button": [_fill_button(button, kept) for button in self.button]})

    @field_validator("button")
    @classmethod
    def _validate_length(cls, buttons: list[ButtonGroup | Button]) -> list[ButtonGroup | Button]:
        for button in buttons:
            short = len(button.name.encode()) <= FIRST_LEVEL_BYTES and display_width(button.name) <= 8
            _require(short, "一级菜单名称最多 4 个汉字")
        return buttons

    @model_validator(mode="after")
    def _validate_keys(self) -> "Menu":
        """Refuse two buttons with one key: a click tells only the key, so both would get one answer."""
        keys = [leaf.key for leaf in self._list_leaves() if leaf.key]
        repeated = next((key for key in keys if keys.count(key) > 1), None)
        _require(repeated is None, f"两个按钮的 key 相同：{repeated}，请改用不同的 key")
        return self


Answers = dict[str, list[dict[str, Any]]]
LeafButton = TypeVar("LeafButton", bound=Button)


def _fill_button(button: ButtonGroup | Button, kept: Answers) -> ButtonGroup | Button:
    if isinstance(button, Button):
        return _fill_leaf(button, kept)
    return button.model_copy(update={"sub_button": [_fill_leaf(child, kept) for child in button.sub_button]})


def _fill_leaf(button: LeafButton, kept: Answers) -> LeafButton:
    if "answers" in button.model_fields_set or button.key not in kept:
        return button
    return button.model_copy(update={"answers": kept[button.key]})


def display_width(text: str) -> int:
    """Return the width as WeChat counts it: a Chinese character two, a Latin one one."""
    return sum(1 if ord(character) < 256 else 2 for character in text)


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)
