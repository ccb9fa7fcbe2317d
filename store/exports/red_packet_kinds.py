"""The export of red packets."""

from collections.abc import Iterator
from itertools import islice

from pydantic import StrictBool

from store.core.validation import IsoDate
from store.exports.kind import Cells, ExportFilters, ExportKind, ShopIds, Text, to_local_text, to_yuan
from store.red_packets import red_packet_list, states
from store.red_packets.red_packet_list import RedPacketFilter
from store.red_packets.red_packets import PURPOSES

BATCH_SIZE = 500


class RedPacketFilters(ExportFilters):
    """See `RedPacketFilter`."""

    search: Text = ""
    state: Text | None = None
    way: Text | None = None
    purpose: Text | None = None
    held: StrictBool = False
    since: IsoDate | None = None
    until: IsoDate | None = None


def _to_criteria(filters: RedPacketFilters, shop_ids: ShopIds) -> RedPacketFilter:
    return RedPacketFilter(**filters.model_dump(), shop_ids=shop_ids)


def _list_red_packets(filters: RedPacketFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    rows = red_packet_list.iterate_packets(_to_criteria(filters, shop_ids))
    while batch := list(islice(rows, BATCH_SIZE)):
        members = red_packet_list.read_members(batch)
        for row in batch:
            member = members.get(row.customer_id)
            yield (
                row.number, to_local_text(row.requested_at), member.card_number if member else "",
                to_yuan(row.amount_fen), states.WAYS[row.way], PURPOSES[row.purpose], row.title,
                states.STATE_LABELS[row.state], row.message, row.platform_number, to_local_text(row.sent_at),
                to_local_text(row.finished_at),
            )  # fmt: skip


KINDS: dict[str, ExportKind] = {
    "red_packets": ExportKind(
        title="红包发放", right="red_packets.export", filters=RedPacketFilters, rows=_list_red_packets,
        columns=(
            ("单号", 30), ("申请时间", 20), ("会员卡号", 20), ("金额", 10), ("方式", 12), ("用途", 12),
            ("活动名称", 20), ("状态", 10), ("说明", 30), ("平台单号", 30), ("发出时间", 20), ("结束时间", 20),
        ),
        count=lambda filters, shop_ids: red_packet_list.count_packets(_to_criteria(filters, shop_ids)),
    ),
}  # fmt: skip
