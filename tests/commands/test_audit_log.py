from store.tenants import audit


def test_list_tells_the_latest_acts_first(run_json, run_command):
    run_command("settings", "set", "check_in", "points=8")
    latest = run_json("audit-log", "list", "--limit", "2")
    assert [row["action"] for row in latest] == ["settings.change", audit.list_entries(limit=2)[1].action]
    assert (latest[0]["actor_kind"], latest[0]["address"], latest[0]["after"]["points"]) == (
        "operator",
        "shell",
        8,
    )
    assert "settings.change\tcheck_in" in run_command("audit-log", "list").output


def test_list_pages_on_before_an_id(run_json):
    first = run_json("audit-log", "list", "--limit", "1")[0]
    second = run_json("audit-log", "list", "--limit", "1", "--before", str(first["id"]))[0]
    assert second["id"] == first["id"] - 1
