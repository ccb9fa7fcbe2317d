import json

import pytest

from store.activities import replies

HOURS = {
    "name": "营业时间",
    "match": "contains",
    "words": ["几点"],
    "answers": [{"type": "text", "text": "九点"}],
}


def test_what_is_saved_is_listed_in_the_form_of_the_file(shell, told, tmp_path):
    assert "已保存 1 条" in save(shell, tmp_path, HOURS).output
    listed = told("replies", "list")
    assert listed == [HOURS | {"account": None, "pick": "all", "place": 100, "enabled": True}]
    assert save(shell, tmp_path, listed).exit_code == 0
    assert told("replies", "list") == listed


def test_one_wrong_rule_leaves_all_unsaved(shell, tmp_path):
    result = save(shell, tmp_path, [HOURS, HOURS | {"name": "坏", "match": "pattern", "words": ["("]}])
    assert result.exit_code == 1
    assert "写法不正确" in result.output
    assert replies.listing() == []


def test_an_unknown_field_is_refused_by_name(shell, tmp_path):
    assert "不认识的字段" in save(shell, tmp_path, HOURS | {"wordz": []}).output


def test_a_rule_of_one_account_is_removed_without_the_others(shell, told, tmp_path):
    save(shell, tmp_path, [HOURS, HOURS | {"account": "acme-mp"}])
    shell("replies", "remove", "营业时间", "--account", "acme-mp")
    assert [row["account"] for row in told("replies", "list")] == [None]
    assert "营业时间" in shell("replies", "list").output


def save(shell, folder, rules):
    file = folder / "replies.json"
    file.write_text(json.dumps(rules, ensure_ascii=False))
    return shell("replies", "save", str(file))


@pytest.mark.parametrize("depth", [900, 100_000])
def test_a_file_that_is_nested_too_deeply_is_refused(shell, tmp_path, depth):
    file = tmp_path / "deep.json"
    file.write_text('{"a":' * depth + "1" + "}" * depth)
    result = shell("replies", "save", str(file))
    assert result.exit_code == 1
    assert len(result.output.strip().splitlines()) == 1
