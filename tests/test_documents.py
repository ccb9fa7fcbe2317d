"""The commands of the documents run as they are written, and inline commands exist with their options."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask

import commands
from tests.support import document_commands
from tests.support.app_process import clean_environment

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ("README.md", "README.zh-CN.md", "docs/cli.md")
MAX_SKIPPED = 3
INLINE = re.compile(r"`(?:\.venv/bin/)?flask ([a-z][^`]*)`")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """All commands of the documents with their results."""
    folder = tmp_path_factory.mktemp("documents")
    program = [sys.executable, "-m", "tests.support.document_commands", str(folder), *DOCUMENTS]
    environment = clean_environment(folder / "var")
    done = subprocess.run(
        program, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_n03_every_command_of_the_documents_runs_as_written(results):
    assert {row["document"] for row in results} == {Path(name).name for name in DOCUMENTS}
    failed = [row for row in results if "skipped" not in row and not row["ok"]]
    assert not failed, json.dumps(failed, ensure_ascii=False, indent=1)
    assert len(results) > 40


def test_n03_few_commands_are_skipped_and_each_has_a_reason(results):
    skipped = {row["skipped"] for row in results if "skipped" in row}
    assert len(skipped) <= len(document_commands.SKIPPED) <= MAX_SKIPPED


def test_n03_token_and_aes_key_are_printed_when_they_are_generated(results):
    printed = [row["output"] for row in results if row["command"].startswith("flask channels add")]
    assert len(printed) == len(DOCUMENTS)
    for output in printed:
        assert re.search(r"Token）（已生成）：[A-Za-z0-9]{32}\n", output), output
        assert re.search(r"EncodingAESKey）（已生成）：[A-Za-z0-9]{43}\n", output), output


@pytest.mark.parametrize(
    "document", [*DOCUMENTS, "docs/sandbox.md", "docs/invariants.md", "docs/features.md"]
)
def test_n03_inline_commands_exist_with_their_options(document):
    app = Flask("documents")
    commands.register(app)
    wrong = [
        (text, fault)
        for text in INLINE.findall((ROOT / document).read_text())
        if (fault := find_fault(app.cli, text))
    ]
    assert not wrong


def find_fault(group: click.Group, text: str) -> str | None:
    """What a command line names that does not exist."""
    command: click.Command = group
    words = shlex.split(text.replace("…", ""))
    while words and isinstance(command, click.Group):
        found = command.commands.get(words[0])
        if found is None:
            return None if words[0].startswith("-") else words[0]
        command, words = found, words[1:]
    options = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    return next(
        (word for word in words if word.startswith("--") and word.partition("=")[0] not in options), None
    )


def test_n03_the_check_of_inline_commands_sees_what_does_not_exist():
    app = Flask("documents")
    commands.register(app)
    assert find_fault(app.cli, "channels open wx") == "open"
    assert find_fault(app.cli, "channels add wechat_official wx --nam x") == "--nam"
    assert find_fault(app.cli, "channels add wechat_official wx --name x") is None


def test_the_pages_and_pictures_of_the_manual_exist():
    manual = ROOT / "docs" / "manual"
    for page in manual.glob("*.md"):
        for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
            assert (manual / target).is_file(), f"{page.name} refers to {target}"
