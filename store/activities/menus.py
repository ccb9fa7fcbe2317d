"""The menu (自定义菜单) of an official account: a draft, what it answers, and its publications."""

from typing import Annotated, Any, Literal

import peewee
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

from store.activities import answers
from store.company import audit
from store.company.channels import Channel
from store.kernel import clock, db, events, recent, refusals
from store.kernel.events import Delivery, Event
from store.kernel.fields import Json, Moment
from store.kernel.records import Record
from store.kernel.validation import checked

FIRST_LEVEL_BYTES = 16
SECOND_LEVEL_BYTES = 60
STATES = ("asked", "live", "failed")


class _Named(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1)


class Button(_Named):
    """A button that does something. `answers` is ours: what a click on `key` is answered with."""

    type: Literal[
        "click", "view", "miniprogram", "scancode_push", "scancode_waitmsg", "location_select",
        "pic_sysphoto", "pic_photo_or_album", "pic_weixin",
    ]  # fmt: skip
    key: str | None = None
    url: str | None = None
    appid: str | None = None
    pagepath: str | None = None
    answers: list[dict[str, Any]] = []

    @model_validator(mode="after")
    def _complete(self) -> "Button":
        if self.type in ("view", "miniprogram"):
            _demand(bool(self.url), "请填写网址")
            _demand(len((self.url or "").encode()) <= 1024, "网址不能超过 1024 字节")
            _demand(
                (self.url or "").startswith(("http://", "https://", "/")), "网址应以 http:// 或 https:// 开头"
            )
        else:
            _demand(bool(self.key), "请填写按钮的 key")
            _demand(len((self.key or "").encode()) <= 128, "key 不能超过 128 字节")
        if self.type == "miniprogram":
            _demand(bool(self.appid and self.pagepath), "请填写小程序的 AppID 和页面路径")
        answers.read(self.answers)
        return self


class SubButton(Button):
    """A second-level button: at most eight Chinese characters are shown."""

    @field_validator("name")
    @classmethod
    def _short(cls, name: str) -> str:
        _demand(len(name.encode()) <= SECOND_LEVEL_BYTES and width(name) <= 16, "二级菜单名称最多 8 个汉字")
        return name


class Group(_Named):
    """A first-level button that opens one to five others."""

    sub_button: list[SubButton] = Field(min_length=1, max_length=5)


def _form(button: Any) -> str:
    return (
        "group"
        if isinstance(button, Group) or (isinstance(button, dict) and "sub_button" in button)
        else "button"
    )


FirstLevel = Annotated[
    Annotated[Group, Tag("group")] | Annotated[Button, Tag("button")], Discriminator(_form)
]


class Menu(BaseModel):
    """One to three first-level buttons of at most four Chinese characters each."""

    model_config = ConfigDict(extra="forbid")

    button: list[FirstLevel] = Field(min_length=1, max_length=3)

    @field_validator("button")
    @classmethod
    def _short(cls, buttons: list[Group | Button]) -> list[Group | Button]:
        for button in buttons:
            short = len(button.name.encode()) <= FIRST_LEVEL_BYTES and width(button.name) <= 8
            _demand(short, "一级菜单名称最多 4 个汉字")
        return buttons


class MenuDraft(Record):
    """The menu as it is being edited."""

    channel = peewee.ForeignKeyField(Channel, unique=True, on_delete="CASCADE")
    menu = Json()
    saved_at = Moment(default=clock.now)


class MenuPublication(Record):
    """One attempt to put a menu in force: asked → live, or failed with the platform's reason."""

    channel = peewee.ForeignKeyField(Channel, on_delete="CASCADE")
    menu = Json()
    state = peewee.CharField(max_length=10, default="asked", constraints=[peewee.Check(f"state IN {STATES}")])
    reason = peewee.CharField(max_length=300, default="")
    asked_at = Moment(default=clock.now)
    ended_at = Moment(null=True)


@db.verb
def save(channel: Channel, values: dict[str, Any]) -> MenuDraft:
    """Save a draft; refuses what WeChat would refuse, naming the button's field."""
    menu = checked(Menu, values).model_dump(mode="json", exclude_none=True)
    draft = _locked(channel) or MenuDraft(channel=channel, menu=None)
    if draft.menu != menu:
        audit.record("menus.save", f"channel:{channel.key}", before=draft.menu, after=menu)
        draft.menu, draft.saved_at = menu, clock.now()
        draft.save()
    return draft


@db.verb
def ask_publish(channel: Channel) -> MenuPublication:
    """Ask for the draft to be put in force; while the same one is already on its way it is that one."""
    draft = _locked(channel)  # of two who publish at once the second finds what the first asked for
    if draft is None:
        raise refusals.Refused("no_menu", "请先编辑并保存菜单", 409)
    asked = (MenuPublication.channel == channel) & (MenuPublication.state == "asked")
    last = MenuPublication.select().where(asked).order_by(MenuPublication.id.desc()).first()
    if last is not None and last.menu == draft.menu:
        return last
    publication = MenuPublication.create(channel=channel, menu=draft.menu)
    audit.record("menus.publish", f"channel:{channel.key}", after={"publication": publication.id})
    events.record("menus.publish_asked", channel_id=channel.id, publication_id=publication.id)
    return publication


@db.verb
def begin(publication_id: int, *, event_id: int) -> MenuPublication:
    """A publication whose turn has come, for the event that asked for it; a newer one of the account ends it.

    The delivery's lease stands for the call that is being made: while an older publication is under way
    this raises Refused(busy), so that no call overtakes another.
    """
    row = db.lock(MenuPublication.select().where(MenuPublication.id == publication_id)).get()
    if row.state != "asked":
        return row
    newer = (MenuPublication.channel == row.channel_id) & (MenuPublication.id > row.id)
    if MenuPublication.select().where(newer).exists():
        return settle(row.id, reason="已被更新的菜单取代")
    if _older_under_way(row.channel_id, event_id):
        raise refusals.busy()
    return row


@db.verb
def settle(publication_id: int, *, reason: str = "") -> MenuPublication:
    """Record what the platform said: live without a `reason`, else failed; settled twice it stays."""
    row = db.lock(MenuPublication.select().where(MenuPublication.id == publication_id)).get()
    if row.state == "asked":
        row.state, row.reason, row.ended_at = ("failed" if reason else "live"), reason[:300], clock.now()
        row.save()
        db.after_commit(recent.forget)
    return row


def _older_under_way(channel_id: int, event_id: int) -> bool:
    alike = (Event.kind == "menus.publish_asked") & (Event.channel_id == channel_id) & (Event.id < event_id)
    leased = (Delivery.state == "pending") & (Delivery.lease_until > clock.now())
    return Delivery.select().join(Event).where(alike & leased).exists()


def of(channel: Channel) -> MenuDraft | None:
    """The draft of an account."""
    return MenuDraft.get_or_none(MenuDraft.channel == channel)


def _locked(channel: Channel) -> MenuDraft | None:
    return MenuDraft.find(channel=channel.id, lock=True)


def publication(publication_id: int) -> MenuPublication:
    """One publication."""
    return MenuPublication.get_by_id(publication_id)


def live(channel: Channel) -> MenuPublication | None:
    """The publication that we believe to be in force."""
    mine = (MenuPublication.channel == channel) & (MenuPublication.state == "live")
    return MenuPublication.select().where(mine).order_by(MenuPublication.id.desc()).first()


@recent.remembered(seconds=1)
def answers_by_key(channel_id: int) -> dict[str, list[Any]]:
    """What each key of the live menu is answered with."""
    row = live(Channel(id=channel_id))
    buttons = _flat(row.menu["button"]) if row else []
    return {button["key"]: answers.read(button.get("answers", [])) for button in buttons if button.get("key")}


def platform_form(menu: dict[str, Any], public_url: str) -> list[dict[str, Any]]:
    """The buttons as the platform takes them: without our answers, with whole addresses."""
    return [_platform_button(button, public_url) for button in menu["button"]]


def differences(
    ours: list[dict[str, Any]], theirs: list[dict[str, Any]] | None, *, where: str = "公众号上"
) -> list[str]:
    """What is different between two menus in platform form, a sentence each; none when they agree.

    `where` says in the sentences where the other menu is.
    """
    if theirs is None:
        return [f"{where}没有菜单"]
    left, right = _lines(ours), _lines(theirs)
    missing = [f"{where}缺少：{line}" for line in left if line not in right]
    return missing + [f"{where}多出：{line}" for line in right if line not in left]


def width(text: str) -> int:
    """The width as WeChat counts it: a Chinese character two, a Latin one one."""
    return sum(1 if ord(character) < 256 else 2 for character in text)


def _demand(right: bool, sentence: str) -> None:
    if not right:
        raise ValueError(sentence)


def _flat(buttons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [leaf for button in buttons for leaf in button.get("sub_button") or [button]]


def _platform_button(button: dict[str, Any], public_url: str) -> dict[str, Any]:
    form = {name: value for name, value in button.items() if name not in ("answers", "sub_button")}
    if form.get("url", "").startswith("/"):
        form["url"] = public_url + form["url"]
    if button.get("sub_button"):
        form["sub_button"] = [_platform_button(child, public_url) for child in button["sub_button"]]
    return form


def _lines(buttons: list[dict[str, Any]]) -> list[str]:
    lines = []
    for place, button in enumerate(buttons, 1):
        leaves = button.get("sub_button") or [button]
        for number, leaf in enumerate(leaves, 1):
            facts = ", ".join(
                f"{name}={leaf[name]}" for name in sorted(leaf) if name not in ("name", "sub_button")
            )
            where = f"{place}" if leaf is button else f"{place}.{number} {button['name']}"
            lines.append(f"{where} {leaf['name']} ({facts})")
    return lines
