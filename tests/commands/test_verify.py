from store.core.database import db
from store.tenants import registry


def test_records_that_are_right_end_with_0(run_command, run_json):
    result = run_command("verify")
    assert result.exit_code == 0
    assert "✓ acme 累计积分等于流水之和" in result.output
    assert run_json("verify") == {"ok": True, "tenants": ["acme"], "violations": []}


def test_a_broken_promise_ends_with_1_and_names_the_row(run_command, run_json):
    db.database.execute_sql("UPDATE audit_entry SET actor = 'unknown' WHERE id = 2")
    result = run_command("verify")
    assert result.exit_code == 1
    assert "✗ acme 操作日志完整，未被改动\n    操作日志 2：" in result.output
    finding = run_json("verify")["violations"][0]
    assert (finding["tenant"], finding["check"], finding["id"]) == ("acme", "operations.chain", 2)


def test_a_warning_alone_ends_with_0(run_command):
    db.database.execute_sql(
        "INSERT INTO event (kind, at, properties) VALUES ('followers.followed', '2026-01-01 00:00:00', '{}')"
    )
    result = run_command("verify")
    assert result.exit_code == 0
    assert "! acme 每个订阅者都收到过投递" in result.output


def test_without_a_tenant_every_tenant_is_checked(run_json, monkeypatch):
    monkeypatch.delenv("XIAOER_TENANT")
    with registry.use_tenant("rival"):
        db.database.execute_sql("DELETE FROM audit_chain_head")
    report = run_json("verify")
    assert (report["ok"], report["tenants"]) == (False, ["acme", "rival"])
    assert {finding["tenant"] for finding in report["violations"]} == {"rival"}
