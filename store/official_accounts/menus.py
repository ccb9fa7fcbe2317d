"""The menu (自定义菜单) of an official account: a draft, the replies to its keys, and its publications."""

from typing import Any

import peewee

from store.core import cache, clock, errors, events
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.core.events import Event, EventDelivery
from store.core.validation import validate
from store.official_accounts import message_content
from store.official_accounts.menu_buttons import Menu
from store.tenants import audit
from store.tenants.channels import Channel

STATES = ("requested", "live", "failed")


class MenuDraft(Model):
    """The menu that is being edited."""

    channel = peewee.ForeignKeyField(Channel, unique=True, on_delete="CASCADE")
    menu = JsonField()
    saved_at = UtcDateTimeField(default=clock.now)


class MenuPublication(Model):
    """One attempt to publish a menu: requested → live, or failed with the platform's reason.

    A menu without buttons takes the published one off the platform.
    """

    channel = peewee.ForeignKeyField(Channel, on_delete="CASCADE")
    menu = JsonField()
    state = peewee.CharField(
        max_length=10, default="requested", constraints=[peewee.Check(f"state IN {STATES}")]
    )
    reason = peewee.CharField(max_length=300, default="")
    requested_at = UtcDateTimeField(default=clock.now)
    ended_at = UtcDateTimeField(null=True)


@db.transactional
def save_draft(channel: Channel, values: dict[str, Any]) -> MenuDraft:
    """Save a draft. Raises DomainError for what WeChat would reject, naming the button's field.

    A button without `answers` keeps those of the draft: the menu that WeChat returns has none.
    """
    given = validate(Menu, values)
    if channel.kind == "alipay":
        given.ensure_fits_alipay()
    draft = _lock_draft(channel) or MenuDraft(channel=channel, menu=None)
    kept = {button["key"]: button["answers"] for button in _list_keys(draft.menu)}
    menu = given.with_answers(kept).model_dump(mode="json", exclude_none=True)
    if draft.menu != menu:
        audit.record("menus.save", f"channel:{channel.key}", before=draft.menu, after=menu)
        draft.menu, draft.saved_at = menu, clock.now()
        draft.save()
    return draft


@db.transactional
def request_publication(channel: Channel) -> MenuPublication:
    """Request the publication of the draft. Idempotent while the same draft is under way."""
    draft = _lock_draft(channel)  # of two who publish at once the second finds what the first asked for
    if draft is None:
        raise errors.DomainError("no_menu", "请先编辑并保存菜单", 409)
    return _request(channel, draft.menu, action="menus.publish")


@db.transactional
def request_withdrawal(channel: Channel) -> MenuPublication:
    """Request that the platform shows no menu any more. Idempotent while it is under way. The draft stays.

    Alipay cannot take a menu off.
    """
    if channel.kind == "alipay":
        raise errors.DomainError("no_withdrawal", "支付宝不支持撤下菜单，请发布新的菜单", 409)
    _lock_draft(channel)
    if find_published(channel) is None and find_last_publication(channel, state="requested") is None:
        raise errors.DomainError("no_menu", "没有已发布的菜单", 409)
    return _request(channel, {"button": []}, action="menus.withdraw")


@db.transactional
def start_publication(publication_id: int, *, event_id: int) -> MenuPublication:
    """Return the publication of an event if it is its turn. A newer one of the account ends it.

    The delivery's lease covers the call: while an older publication is under way this raises DomainError(busy), so
    that no call overtakes another.
    """
    row = db.lock(MenuPublication.select().where(MenuPublication.id == publication_id)).get()
    if row.state != "requested":
        return row
    newer = (MenuPublication.channel == row.channel_id) & (MenuPublication.id > row.id)
    if MenuPublication.select().where(newer).exists():
        return finish_publication(row.id, reason="已被更新的菜单取代")
    if _has_older_pending(row.channel_id, event_id):
        raise errors.busy()
    return row


@db.transactional
def finish_publication(publication_id: int, *, reason: str = "") -> MenuPublication:
    """Record the outcome: live without a `reason`, otherwise failed. Idempotent."""
    row = db.lock(MenuPublication.select().where(MenuPublication.id == publication_id)).get()
    if row.state == "requested":
        row.state, row.reason, row.ended_at = ("failed" if reason else "live"), reason[:300], clock.now()
        row.save()
        db.after_commit(cache.clear)
    return row


def _request(channel: Channel, menu: dict[str, Any], *, action: str) -> MenuPublication:
    """Request the publication of a menu, or return the one of the same menu that is the last under way.

    Requires the lock of the draft.
    """
    last = find_last_publication(channel, state="requested")
    if last is not None and last.menu == menu:
        return last
    publication = MenuPublication.create(channel=channel, menu=menu)
    audit.record(action, f"channel:{channel.key}", after={"publication": publication.id})
    events.record("menus.publication_requested", channel_id=channel.id, publication_id=publication.id)
    return publication


def _has_older_pending(channel_id: int, event_id: int) -> bool:
    alike = (
        (Event.kind == "menus.publication_requested")
        & (Event.channel_id == channel_id)
        & (Event.id < event_id)
    )
    leased = (EventDelivery.state == "pending") & (EventDelivery.lease_until > clock.now())
    return EventDelivery.select().join(Event).where(alike & leased).exists()


def find_draft(channel: Channel) -> MenuDraft | None:
    """Return the draft of an account, or None."""
    return MenuDraft.get_or_none(MenuDraft.channel == channel)


def _lock_draft(channel: Channel) -> MenuDraft | None:
    return MenuDraft.find(channel=channel.id, lock=True)


def get_publication(publication_id: int) -> MenuPublication:
    """Return one publication."""
    return MenuPublication.get_by_id(publication_id)


def find_published(channel: Channel) -> MenuPublication | None:
    """Return the publication that the platform shows, or None."""
    last = find_last_publication(channel, state="live")
    return last if last is not None and last.menu["button"] else None


def find_last_publication(channel: Channel, *, state: str | None = None) -> MenuPublication | None:
    """Return the latest publication of an account, or the latest one in a state, or None."""
    mine = MenuPublication.select().where(MenuPublication.channel == channel)
    if state is not None:
        mine = mine.where(MenuPublication.state == state)
    return mine.order_by(MenuPublication.id.desc()).first()


def list_publications(channel: Channel, *, limit: int = 20) -> list[MenuPublication]:
    """Return the latest publications of an account, the newest first."""
    mine = MenuPublication.select().where(MenuPublication.channel == channel)
    return list(mine.order_by(MenuPublication.id.desc()).limit(limit))


@cache.cached(ttl_s=1)
def answers_by_key(channel_id: int) -> dict[str, list[Any]]:
    """Return the replies to each key of the live menu."""
    row = find_published(Channel(id=channel_id))
    buttons = _flatten_buttons(row.menu["button"]) if row else []
    return {
        button["key"]: message_content.parse(button.get("answers", []))
        for button in buttons
        if button.get("key")
    }


def to_wechat_json(menu: dict[str, Any], public_url: str) -> list[dict[str, Any]]:
    """Return the buttons in WeChat's format: without our replies, with absolute URLs."""
    return [_to_wechat_button(button, public_url) for button in menu["button"]]


def diff(
    expected: list[dict[str, Any]], actual: list[dict[str, Any]] | None, *, location_label: str = "公众号上"
) -> list[str]:
    """Return the differences between two menus in WeChat's format, one sentence each.

    `where` names in the sentences where the other menu is.
    """
    if actual is None:
        return [f"{location_label}没有菜单"]
    left, right = _describe_buttons(expected), _describe_buttons(actual)
    missing = [f"{location_label}缺少：{line}" for line in left if line not in right]
    return missing + [f"{location_label}多出：{line}" for line in right if line not in left]


def _list_keys(menu: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return the buttons of a draft that have a key."""
    buttons = _flatten_buttons(menu["button"]) if menu else []
    return [button for button in buttons if button.get("key")]


def _flatten_buttons(buttons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [leaf for button in buttons for leaf in button.get("sub_button") or [button]]


def _to_wechat_button(button: dict[str, Any], public_url: str) -> dict[str, Any]:
    form = {name: value for name, value in button.items() if name not in ("answers", "sub_button")}
    if form.get("url", "").startswith("/"):
        form["url"] = public_url + form["url"]
    if button.get("sub_button"):
        form["sub_button"] = [_to_wechat_button(child, public_url) for child in button["sub_button"]]
    return form


def _describe_buttons(buttons: list[dict[str, Any]]) -> list[str]:
    lines = []
    for place, button in enumerate(buttons, 1):
        leaves = button.get("sub_button") or [button]
        for number, leaf in enumerate(leaves, 1):
            facts = ", ".join(
                f"{name}={leaf[name]}"
                for name in sorted(leaf)
                if leaf[name] and name not in ("name", "sub_button")
            )
            where = f"{place}" if leaf is button else f"{place}.{number} {button['name']}"
            lines.append(f"{where} {leaf['name']} ({facts})")
    return lines
