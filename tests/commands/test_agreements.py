"""`flask agreements`: set, list and show."""

from store.tenants import agreements


def test_a_text_is_set_listed_and_shown(run_command, run_json, tmp_path):
    file = tmp_path / "terms.txt"
    file.write_text("本店协议", "gb18030")
    assert "《用户协议》第 2 版已发布" in run_command("agreements", "set", "terms", str(file)).output
    assert "没有变化，仍为第 2 版" in run_command("agreements", "set", "terms", str(file)).output
    listed = run_json("agreements", "list")
    assert [(each["kind"], each["version"]) for each in listed] == [
        ("terms", 2),
        ("terms", 1),
        ("privacy", 1),
    ]
    assert run_command("agreements", "show", "terms").output == "本店协议\n"
    first = run_command("agreements", "show", "terms", "--version", "1").output
    assert first == agreements.get_version("terms", 1).text + "\n"


def test_an_empty_text_is_refused(run_command, tmp_path):
    file = tmp_path / "terms.txt"
    file.write_text(" \n")
    result = run_command("agreements", "set", "terms", str(file))
    assert (result.exit_code, "协议正文应为 1 到 50000 个字" in result.output) == (1, True)
