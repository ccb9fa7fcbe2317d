"""`flask activities`: what there is, and the emergency stop."""

from tests.support.draw_fixtures import create_running


def test_an_activity_is_listed_stopped_and_resumed(run_command, run_json, acme):
    activity = create_running()
    for verb, state in (("stop", "paused"), ("stop", "paused"), ("resume", "running")):
        reason = ["核对奖品"] if verb == "stop" else []
        assert run_command("activities", verb, activity.public_id, *reason).exit_code == 0
        (row,) = run_json("activities", "list")
        assert (row["id"], row["state"], row["prizes"], row["given"]) == (activity.public_id, state, 1, 0)
    assert run_command("activities", "stop", "act_x", "核对").exit_code != 0
