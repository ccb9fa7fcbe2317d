from store.core import scheduled_jobs


def test_list_tells_when_and_how_each_job_ran(run_command, run_json):
    for name in ("one", "two", "three"):
        scheduled_jobs.declare(name=name, every_s=60)
    for name, error in (("one", None), ("two", "ValueError: x")):
        scheduled_jobs.finish(name=name, lease=scheduled_jobs.claim(name=name), error=error)
    results = {
        line.split("\t")[0]: line.split("\t")[3]
        for line in run_command("schedule", "list").output.splitlines()
    }
    assert results == {"one": "成功", "two": "失败：ValueError: x", "three": "尚未运行"}
    assert [job["last_error"] for job in run_json("schedule", "list")] == [None, None, "ValueError: x"]


def test_a_scheduler_that_never_ran_is_reported(run_command):
    assert "scheduler" in run_command("schedule", "list").output
