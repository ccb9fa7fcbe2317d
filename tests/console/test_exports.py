"""Exports: a job is requested, written by the worker and downloaded by its owner, who may still read the list."""

import io
import zipfile

import pytest

import config
from store.core import clock
from store.exports import jobs, kinds, workbooks
from store.exports.jobs import ExportJob
from store.membership import member_list, registration
from store.membership.member_list import MemberFilter
from tasks import exports, relay
from tests.support.coupon_fixtures import create_member


@pytest.fixture(autouse=True)
def _var(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "current", lambda: type("Here", (), {"var": tmp_path}))


def texts_of(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()


def last_job() -> ExportJob:
    return ExportJob.select().order_by(ExportJob.id.desc()).get()


def test_an_export_is_written_and_downloaded(browser, tmp_path):
    browser.post("roles", {"key": "night", "name": "=1+1", "rights": []})
    body = {"kind": "audit_log", "filters": {"action": "roles.", "actor": ""}}
    first, second = (browser.post("exports", body, Idempotency_Key="k1") for _ in range(2))
    assert first.status_code == 201, first.text
    assert first.json["data"] == second.json["data"]
    job = first.json["data"]
    assert (job["state"], job["rows_total"]) == ("waiting", 1)
    assert browser.get(f"exports/{job['id']}/file").json["code"] == "export_not_ready"
    for _ in range(2):
        exports.write(last_job().id)
    shown = browser.get(f"exports/{job['id']}").json["data"]
    assert (shown["state"], shown["rows_done"]) == ("done", 1)
    answer = browser.get(f"exports/{job['id']}/file")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    sheet = texts_of(answer.data)
    assert "roles.create" in sheet
    assert "<f>" not in sheet
    assert browser.get("exports").json["data"]["list"] == [shown]
    (file,) = (tmp_path / "exports" / "acme").iterdir()
    assert file.stat().st_mode & 0o077 == 0


def test_an_export_is_refused_with_a_reason(browser):
    assert browser.post("exports", {"kind": "nothing"}).status_code == 404
    wrong = browser.post("exports", {"kind": "members", "filters": {"colour": "red"}})
    assert (wrong.status_code, wrong.json["data"]["field"]) == (422, "colour")
    for _ in range(jobs.MAX_UNFINISHED):
        assert browser.post("exports", {"kind": "members"}).status_code == 201
    assert browser.post("exports", {"kind": "members"}).json["code"] == "too_many_exports"


def test_a_cancelled_export_stops_at_its_next_progress(browser, tmp_path, monkeypatch):
    monkeypatch.setattr(workbooks, "PROGRESS_EVERY", 1)
    browser.post("roles", {"key": "night", "name": "夜班", "rights": []})
    job = browser.post("exports", {"kind": "audit_log"}).json["data"]
    row, table = last_job(), kinds.get_kind("audit_log")

    def cancel_meanwhile(filters, shop_ids):
        for cells in table.rows(filters, shop_ids):
            for _ in range(2):
                assert browser.delete(f"exports/{job['id']}").json["data"]["state"] == "cancelled"
            yield cells

    monkeypatch.setitem(
        kinds.KINDS, "audit_log", kinds.ExportKind(**{**vars(table), "rows": cancel_meanwhile})
    )
    exports.write(row.id)
    assert browser.get(f"exports/{job['id']}").json["data"]["state"] == "cancelled"
    assert not list((tmp_path / "exports" / "acme").iterdir())


def test_a_stopping_worker_gives_its_job_back(browser, monkeypatch):
    monkeypatch.setattr(workbooks, "PROGRESS_EVERY", 1)
    browser.post("exports", {"kind": "audit_log"})
    relay.stop_requested.set()
    try:
        exports.write(last_job().id)
    finally:
        relay.stop_requested.clear()
    assert (last_job().state, last_job().attempts) == ("waiting", 0)
    exports.write(last_job().id)
    assert last_job().state == "done"


def test_a_job_of_a_dead_worker_is_requested_again_and_fails_in_the_end(browser, monkeypatch):
    browser.post("exports", {"kind": "audit_log"})
    now = clock.now()
    for attempt in range(jobs.MAX_ATTEMPTS):
        assert jobs.claim(last_job().id) is not None
        assert jobs.claim(last_job().id) is None
        assert jobs.request_stalled() == 0
        later = now + (attempt + 1) * jobs.timedelta(seconds=2 * jobs.LEASE_S)
        monkeypatch.setattr(clock, "now", lambda later=later: later)
        assert jobs.request_stalled() == 1
    assert jobs.claim(last_job().id) is None
    assert last_job().state == "failed"


def test_a_failure_is_shown_and_the_rest_is_removed(browser, tmp_path):
    job = browser.post("exports", {"kind": "members"}).json["data"]
    last_job().update_fields(filters='{"programme": "gone"}')
    exports.write(last_job().id)
    shown = browser.get(f"exports/{job['id']}").json["data"]
    assert (shown["state"], shown["error"]) == ("failed", "没有找到会员计划 gone")
    assert not list((tmp_path / "exports" / "acme").iterdir())


def test_files_go_after_a_week(browser, tmp_path, monkeypatch):
    browser.post("exports", {"kind": "audit_log"})
    exports.write(last_job().id)
    assert exports.purge_expired() == 0
    later = clock.now() + jobs.timedelta(days=jobs.KEPT_DAYS, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert exports.purge_expired() == 1
    assert not list((tmp_path / "exports" / "acme").iterdir())


def test_only_the_owner_with_the_right_and_the_shops_gets_the_file(browser, new_browser, add_staff, shop):
    browser.post("roles", {"key": "reader", "name": "导出", "rights": ["members.export"]})
    account = add_staff("xiaomei", "reader")
    owner = new_browser().take_session(account)
    assert owner.post("exports", {"kind": "audit_log"}).status_code == 403
    job = owner.post("exports", {"kind": "members"}).json["data"]
    exports.write(last_job().id)
    assert owner.get(f"exports/{job['id']}/file").status_code == 200
    assert browser.get(f"exports/{job['id']}").status_code == 404
    browser.patch(f"staff/{account.public_id}", {"shops": [shop.public_id]})
    assert owner.get(f"exports/{job['id']}/file").status_code == 404
    browser.patch(f"staff/{account.public_id}", {"roles": ["cashier"], "shops": []})
    assert owner.get(f"exports/{job['id']}/file").status_code == 403


def test_an_account_of_a_shop_exports_members_of_its_shop(web, shop):
    here = registration.register_at_desk(phone="13800000001", shop_id=shop.id)
    create_member(2)
    listed = member_list.list_members(MemberFilter(shop_ids=frozenset({shop.id})))
    assert [row.card_number for row in listed] == [here.card_number]
    assert member_list.count_members(MemberFilter()) == 2


def test_cells_stay_text(tmp_path):
    path = tmp_path / "book.xlsx"
    cells = [("=1+1", "+1", "-1", "@x", "http://x", 5, None)]
    assert (
        workbooks.write(path, columns=[(str(n), 5) for n in range(7)], rows=cells, on_progress=lambda n: True)
        == 1
    )
    sheet = texts_of(path.read_bytes())
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert '<c r="F2"><v>5</v></c>' in sheet
