"""Files of member cards that the browser sends: one card number a line."""

from console.auth import StaffCaller
from console.csv_files import read_csv_text
from store.core import csv_rows, numbers
from store.core.csv_rows import CsvRow
from store.coupons import shop_scope
from store.customers import members

_HEADINGS = ("卡号", "会员卡号", "card")


def read_rows(field: str = "file") -> list[CsvRow]:
    """Return the rows of the file of the form, without a heading. Raises DomainError(invalid) without a file."""
    rows = csv_rows.parse(read_csv_text(field), columns=["card"]).rows
    return rows[1:] if rows and rows[0].cells["card"].lower() in _HEADINGS else rows


def find_members(rows: list[CsvRow], caller: StaffCaller) -> tuple[set[int], dict[int, str]]:
    """Return the ids of the members whom the caller sees, and the errors by the number of the line."""
    cards = {row.number: numbers.normalize(row.cells["card"]) for row in rows}
    known = {card: members.survivor(row).id for card, row in members.find_by_cards(cards.values()).items()}
    seen = find_seen(list(known.values()), caller)
    wrong = {
        row.number: row.error or "没有该会员卡"
        for row in rows
        if row.error or known.get(cards[row.number]) not in seen
    }
    return {known[card] for number, card in cards.items() if number not in wrong}, wrong


def find_seen(member_ids: list[int], caller: StaffCaller) -> set[int]:
    """Return those of some members whom the caller sees."""
    if caller.shop_ids is None:
        return set(member_ids)
    return shop_scope.find_members(member_ids, caller.shop_ids)
