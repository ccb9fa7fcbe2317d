from store.kernel import schedule


def test_list_tells_when_and_how_each_job_ran(shell, told):
    for name in ("one", "two", "three"):
        schedule.declare(name=name, every_s=60)
    for name, error in (("one", None), ("two", "ValueError: x")):
        schedule.finish(name=name, lease=schedule.take(name=name), error=error)
    results = {
        line.split("\t")[0]: line.split("\t")[3] for line in shell("schedule", "list").output.splitlines()
    }
    assert results == {"one": "成功", "two": "失败：ValueError: x", "three": "尚未运行"}
    assert [job["last_error"] for job in told("schedule", "list")] == [None, None, "ValueError: x"]


def test_a_clock_that_never_ran_is_told(shell):
    assert "clock" in shell("schedule", "list").output
