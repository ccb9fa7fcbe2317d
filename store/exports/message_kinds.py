"""The exports of message records: SMS, WeChat messages, e-mails and site messages."""

from collections.abc import Callable, Iterator
from functools import partial

from store.core.validation import IsoDate
from store.exports.kind import Cells, ExportFilters, ExportKind, ShopIds, Text, to_local_text
from store.messages import message_list, message_rows
from store.messages.kinds import MEDIA
from store.messages.message_list import MessageFilter
from store.messages.message_rows import MessageRow
from store.messages.messages import STATES


class MessageFilters(ExportFilters):
    """See `MessageFilter`."""

    search: Text = ""
    state: Text | None = None
    kind: Text | None = None
    medium: Text | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


Column = tuple[str, int, Callable[[MessageRow], object]]
_HEAD: tuple[Column, ...] = (
    ("主题", 20, lambda row: row.message.title or row.kind),
    ("业务类型", 10, lambda row: row.purpose),
    ("模板名称", 18, lambda row: row.message.template_name),
    ("客户", 12, lambda row: row.customer),
    ("会员账号", 18, lambda row: row.card_number),
)
_TAIL: tuple[Column, ...] = (
    ("创建时间", 20, lambda row: to_local_text(row.message.created_at)),
    ("发送时间", 20, lambda row: to_local_text(row.message.sent_at)),
    ("发送状态", 12, lambda row: STATES[row.message.state]),
    ("状态描述", 24, lambda row: row.message.reason),
    ("发送内容", 50, lambda row: row.message.text),
)
_WECHAT: tuple[Column, ...] = (
    ("模板ID", 30, lambda row: row.message.platform_template),
    ("openID", 14, lambda row: row.address),
    ("渠道", 16, lambda row: row.channel),
    ("消息类型", 16, lambda row: MEDIA[row.message.medium]),
    ("页面", 20, lambda row: row.message.path),
)
_GROUPS: dict[str, tuple[str, tuple[Column, ...]]] = {
    "sms": ("短信消息", (*_HEAD, ("手机号码", 14, lambda row: row.address), *_TAIL)),
    "wechat": ("微信消息", (*_HEAD, *_WECHAT, *_TAIL)),
    "email": ("邮件", (*_HEAD, ("邮箱", 22, lambda row: row.address), *_TAIL)),
    "site": ("站内信", (*_HEAD, ("阅读时间", 20, lambda row: to_local_text(row.message.read_at)), *_TAIL)),
}


def _to_criteria(group: str, filters: MessageFilters, shop_ids: ShopIds) -> MessageFilter:
    return MessageFilter(
        group=group, search=filters.search, state=filters.state, kind=filters.kind, medium=filters.medium,
        from_day=filters.since, until_day=filters.until, shop_ids=shop_ids,
    )  # fmt: skip


def _list_rows(group: str, filters: MessageFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    _, columns = _GROUPS[group]
    found = message_list.iterate(_to_criteria(group, filters, shop_ids))
    for row in message_rows.list_rows(found):
        yield tuple(read(row) for _, _, read in columns)


def _count(group: str, filters: MessageFilters, shop_ids: ShopIds) -> int:
    return message_list.count(_to_criteria(group, filters, shop_ids))


KINDS: dict[str, ExportKind] = {
    f"{group}_messages": ExportKind(
        title=title, right="messages.export", columns=tuple((name, width) for name, width, _ in columns),
        filters=MessageFilters, rows=partial(_list_rows, group), count=partial(_count, group),
    )
    for group, (title, columns) in _GROUPS.items()
}  # fmt: skip
