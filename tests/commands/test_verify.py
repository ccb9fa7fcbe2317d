from store.company import tenants
from store.kernel import db


def test_records_that_are_right_end_with_0(shell, told):
    result = shell("verify")
    assert result.exit_code == 0
    assert "✓ acme 累计积分等于流水之和" in result.output
    assert told("verify") == {"ok": True, "tenants": ["acme"], "findings": []}


def test_a_broken_promise_ends_with_1_and_names_the_row(shell, told):
    db.database.execute_sql("UPDATE operation SET actor = 'nobody' WHERE id = 2")
    result = shell("verify")
    assert result.exit_code == 1
    assert "✗ acme 操作日志完整，未被改动\n    操作日志 2：" in result.output
    finding = told("verify")["findings"][0]
    assert (finding["tenant"], finding["check"], finding["id"]) == ("acme", "operations.chain", 2)


def test_a_warning_alone_ends_with_0(shell):
    db.database.execute_sql(
        "INSERT INTO event (kind, at, properties) VALUES ('fans.followed', '2026-01-01 00:00:00', '{}')"
    )
    result = shell("verify")
    assert result.exit_code == 0
    assert "! acme 每个反应都收到过投递" in result.output


def test_without_a_tenant_every_company_is_checked(told, monkeypatch):
    monkeypatch.delenv("XIAOER_TENANT")
    with tenants.using("rival"):
        db.database.execute_sql("DELETE FROM operation_head")
    report = told("verify")
    assert (report["ok"], report["tenants"]) == (False, ["acme", "rival"])
    assert {finding["tenant"] for finding in report["findings"]} == {"rival"}
