import json

import pytest

from store.official_accounts import keyword_replies

HOURS = {
    "name": "营业时间",
    "match": "contains",
    "keywords": ["几点"],
    "answers": [{"type": "text", "text": "九点"}],
}


def test_what_is_saved_is_listed_in_the_form_of_the_file(run_command, run_json, tmp_path):
    assert "已保存 1 条" in save(run_command, tmp_path, HOURS).output
    listed = run_json("keyword-replies", "list")
    assert listed == [HOURS | {"account": None, "selection": "all", "priority": 100, "enabled": True}]
    assert save(run_command, tmp_path, listed).exit_code == 0
    assert run_json("keyword-replies", "list") == listed


def test_one_wrong_rule_leaves_all_unsaved(run_command, tmp_path):
    result = save(
        run_command, tmp_path, [HOURS, HOURS | {"name": "坏", "match": "pattern", "keywords": ["("]}]
    )
    assert result.exit_code == 1
    assert "写法不正确" in result.output
    assert keyword_replies.list_rules() == []


def test_an_unknown_field_is_refused_by_name(run_command, tmp_path):
    assert "不认识的字段" in save(run_command, tmp_path, HOURS | {"wordz": []}).output


def test_a_rule_of_one_account_is_removed_without_the_others(run_command, run_json, tmp_path):
    save(run_command, tmp_path, [HOURS, HOURS | {"account": "acme-mp"}])
    run_command("keyword-replies", "remove", "营业时间", "--account", "acme-mp")
    assert [row["account"] for row in run_json("keyword-replies", "list")] == [None]
    assert "营业时间" in run_command("keyword-replies", "list").output


def save(run_command, folder, rules):
    file = folder / "replies.json"
    file.write_text(json.dumps(rules, ensure_ascii=False))
    return run_command("keyword-replies", "save", str(file))


@pytest.mark.parametrize("depth", [900, 100_000])
def test_a_file_that_is_nested_too_deeply_is_refused(run_command, tmp_path, depth):
    file = tmp_path / "deep.json"
    file.write_text('{"a":' * depth + "1" + "}" * depth)
    result = run_command("keyword-replies", "save", str(file))
    assert result.exit_code == 1
    assert len(result.output.strip().splitlines()) == 1
