"""Activation codes: imported all or none, used once, guessed five times an hour at most."""

import io

import pytest
import xlsxwriter

from store.activation_codes import codes, imports
from store.activation_codes.codes import ActivationCode, CodeFilter
from store.core import excel_files
from store.core.database import db
from store.core.errors import DomainError
from store.core.listing import Page
from store.physical_cards.cards import PhysicalCard
from store.tills import member_search
from tests.support import database
from tests.support.coupon_fixtures import create_member, error_code_of
from tests.support.plastic_card_fixtures import NUMBER, OTHER_NUMBER, STOCK, create_kinds, import_stock
from tests.support.races import with_barrier, without_write_queue


@pytest.fixture
def plain(acme: str):
    return create_kinds()[0]


def activate(member, number=NUMBER, code="123456", address="203.0.113.7"):
    return codes.activate(member=member, number=number, code=code, address=address)


def errors_of(text: str) -> dict[int, str]:
    return dict(imports.dry_run(imports.parse(text)).errors)


def test_lines_with_errors_are_named_and_nothing_is_imported(plain):
    import_stock(plain, "卡号,激活码\n6200000000000000009,000000\n")
    text = (
        STOCK
        + "6200000000000000001,111111\n6200000000000000009,111111\n6200000000000000003,12345\nabc,111111\n"
        "6901234567892,111111\n13800138000,111111\n6200000000000000004,111111,多\n"
    )
    found = errors_of(text)
    assert sorted(found) == [2, 4, 5, 6, 7, 8, 9, 10]
    assert [found[line] for line in (5, 6)] == ["该卡号已存在", "激活码应为 6 位数字"]
    assert "也可能是商品" in found[8]
    assert error_code_of(lambda: import_stock(plain, text)) == "invalid"
    assert PhysicalCard.select().count() == 1


def test_an_ambiguous_number_is_imported_when_confirmed(plain):
    import_stock(plain, "卡号,激活码,确认是卡号\n6901234567892,111111,是\n")
    assert errors_of("卡号,激活码,确认是卡号\n13800138000,111111,是\n12345,111111,是\n").keys() == {2, 3}
    mei = create_member(7)
    activate(mei, "6901234567892", "111111")
    assert member_search.find_member("6901234567892", till="t") == mei


def test_an_excel_file_is_read_by_the_lines_of_its_rows(plain):
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["卡号", "激活码"])
        sheet.write_row(2, 0, [NUMBER, "012345"])
        sheet.write_string(3, 0, "6200000000000000002")
        sheet.write_number(3, 1, 654321)
    rows = imports.parse(excel_files.to_csv_text(data.getvalue()))
    assert [(row.number, row.cells["code"]) for row in rows] == [(3, "012345"), (4, "654321")]
    for broken in (b"PK\x03\x04none", b"", data.getvalue()[:-40]):
        assert error_code_of(lambda data=broken: excel_files.to_csv_text(data)) == "invalid"


def test_a_code_works_once_and_for_its_own_card(plain):
    import_stock(plain)
    mei, lan = create_member(1), create_member(2)
    assert error_code_of(lambda: activate(mei, code="654321")) == "activation_rejected"
    assert activate(mei) == activate(mei) == PhysicalCard.get(PhysicalCard.number == NUMBER)
    assert error_code_of(lambda: activate(lan)) == "activation_rejected"
    assert error_code_of(lambda: activate(mei, OTHER_NUMBER, "654321")) == "card_exists"
    assert member_search.find_member(NUMBER, till="t") == mei
    assert "123456" not in str(db.database.execute_sql("SELECT * FROM activation_code").fetchall())


def test_five_tries_an_hour_for_a_card_and_for_an_address(plain):
    import_stock(plain)
    mei = create_member(1)
    for number in range(5):
        guess = lambda number=number: activate(mei, code=f"00000{number}", address=f"203.0.113.{number}")  # noqa: E731
        assert error_code_of(guess) == "activation_rejected"
    assert error_code_of(lambda: activate(mei, address="203.0.113.9")) == "too_many"
    for number in range(4):
        guess = lambda number=number: activate(mei, f"62000000000000001{number}", "1", "203.0.113.0")  # noqa: E731
        assert error_code_of(guess) == "activation_rejected"
    assert error_code_of(lambda: activate(mei, OTHER_NUMBER, "654321", "203.0.113.0")) == "too_many"
    for number in range(6):  # who succeeds uses up no try
        assert activate(mei, OTHER_NUMBER, "654321", "203.0.113.77").number == OTHER_NUMBER, number


def test_staff_list_codes_by_state(plain):
    import_stock(plain)
    activate(create_member(1))
    (row,), total = codes.list_page(CodeFilter(state="used"), Page())
    assert (row.card.number, total) == (NUMBER, 1)
    assert [row.card.number for row in codes.iterate_codes(CodeFilter(state="open", kind="plain"))] == [
        OTHER_NUMBER
    ]


def use_twice():
    people = [create_member(1), create_member(2)]
    return database.run_concurrently(2, lambda n: codes.use(member=people[n], number=NUMBER, code="123456"))


def test_two_people_at_once_use_a_code_once(plain):
    import_stock(plain)
    outcomes = use_twice()
    assert sorted(type(one).__name__ for one in outcomes) == ["DomainError", "PhysicalCard"]
    (rejected,) = [one for one in outcomes if isinstance(one, DomainError)]
    assert rejected.code == "activation_rejected"


def test_control_without_its_guards_a_code_is_used_twice(plain, monkeypatch):
    import_stock(plain)
    for model in (PhysicalCard, ActivationCode):
        find = model.find.__func__
        unlocked = lambda cls, *, lock=False, find=find, **equal: find(cls, **equal)  # noqa: E731
        monkeypatch.setattr(model, "find", classmethod(unlocked))
    monkeypatch.setattr(codes, "_mark_used", with_barrier(lambda row: None))
    with without_write_queue():
        outcomes = use_twice()
    assert [type(one).__name__ for one in outcomes] == ["PhysicalCard", "PhysicalCard"]
