from store.company import audit


def test_list_tells_the_latest_acts_first(told, shell):
    shell("settings", "set", "CheckInRules", "points=8")
    latest = told("operations", "list", "--limit", "2")
    assert [row["verb"] for row in latest] == ["settings.change", audit.listing(limit=2)[1].verb]
    assert (latest[0]["actor_kind"], latest[0]["address"], latest[0]["after"]["points"]) == (
        "operator",
        "shell",
        8,
    )
    assert "settings.change\tCheckInRules" in shell("operations", "list").output


def test_list_pages_on_before_an_id(told):
    first = told("operations", "list", "--limit", "1")[0]
    second = told("operations", "list", "--limit", "1", "--before", str(first["id"]))[0]
    assert second["id"] == first["id"] - 1
