"""Runs the commands in the fenced blocks of the documents in order: `python -m tests.support.document_commands`.

Each document begins in an installation of its own. The program prints a JSON list of the commands with their results.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from flask import Flask

ROOT = Path(__file__).resolve().parent.parent.parent
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.M | re.S)
SKIPPED = {
    "python -m venv": "installs packages from a registry",
    "bin/test": "runs this test",
}
# `doctor` ends with 1 while something is missing, which is what it is run for in a new installation.
ALLOWED_EXIT_CODES = {"doctor": (0, 1)}


def list_blocks(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield language, file name and text of each fenced block."""
    for block in FENCE.finditer(text):
        yield block[1], block[2] or "", block[3]


def list_commands(block: str) -> Iterator[str]:
    """Yield the commands of a block without comments; a line may be continued with a backslash."""
    for line in block.replace("\\\n", " ").splitlines():
        command = re.sub(r"\s+#.*", "", line).strip()
        if command and not command.startswith("#"):
            yield command


def run_document(path: Path, folder: Path) -> Iterator[dict[str, Any]]:
    """Run all commands of a document in an installation in `folder`."""
    runner = _Runner(folder)
    for language, name, text in list_blocks(path.read_text()):
        if name:
            (folder / name).write_text(text)
        elif language == "sh":
            for command in list_commands(text):
                yield {"document": path.name, "command": command, **runner.run(command)}
    runner.close()


class _Runner:
    """The shell of a document: `export` changes its environment, `flask` runs in this process."""

    def __init__(self, folder: Path) -> None:
        from bin import migrate_and_seed
        from store.tenants import registry

        self._folder, self._registry, self._prepare = folder, registry, migrate_and_seed
        os.environ["XIAOER_VAR"] = str(folder / "var")
        os.chdir(folder)
        self._bootstrap()
        registry.create_tenant(slug="other", name="另一家")  # so that a command must say its tenant

    def run(self, command: str) -> dict[str, Any]:
        """Run a command and return its exit code and output, or why it was skipped."""
        for prefix, reason in SKIPPED.items():
            if command.startswith(prefix):
                return {"skipped": reason}
        words = shlex.split(command)
        if words[0] == "export":
            return self._export(command)
        if words[0] == "flask":
            return self._run_flask(words[1:])
        if words[:3] == ["python", "-m", "bin.migrate_and_seed"]:
            self._is_current = False
            return {"ok": self._prepare.main() == 0, "output": ""}
        return _check_entry_point(words)

    def close(self) -> None:
        self._registry.close_all()

    def _bootstrap(self) -> None:
        """Open the installation that the environment names."""
        import config
        from bootstrap import bootstrap
        from tasks.subscriptions import SUBSCRIPTIONS

        config.current.cache_clear()
        self._registry.close_all()
        bootstrap(config.read(), subscriptions=SUBSCRIPTIONS, wake=lambda tenant: None)
        self._is_current = True

    def _export(self, command: str) -> dict[str, Any]:
        done = subprocess.run(
            ["bash", "-euc", f"{command}\nenv -0"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        settings = dict(pair.partition("=")[::2] for pair in done.stdout.split("\0") if pair)
        if "XIAOER_KEYS" in settings and "XIAOER_KEYS" not in os.environ:  # keys belong to an installation
            settings["XIAOER_VAR"] = str(self._folder / "var-with-keys")
        os.environ.update({name: value for name, value in settings.items() if name != "_"})
        self._is_current = False
        return {"ok": done.returncode == 0, "output": done.stderr}

    def _run_flask(self, words: list[str]) -> dict[str, Any]:
        import commands

        if not self._is_current:
            self._bootstrap()
        app = Flask("documents")
        commands.register(app)
        result = app.test_cli_runner().invoke(args=words, input="app-secret\n" * 3)
        failed = result.exception is not None and not isinstance(result.exception, SystemExit)
        is_allowed = result.exit_code in ALLOWED_EXIT_CODES.get(words[0], (0,))
        output = f"{result.output}{result.exception!r}" if failed else result.output
        return {"ok": is_allowed and not failed, "output": output}


def _check_entry_point(words: list[str]) -> dict[str, Any]:
    """Check a command that starts servers by what it would start."""
    if words[0] == "honcho":
        import honcho  # noqa: F401 - it has to be installed

        known = {line.partition(":")[0] for line in (ROOT / "Procfile").read_text().splitlines()}
        wanted = {word for word in words[2:] if word.isalpha()}
        return {"ok": wanted <= known, "output": f"not in the Procfile: {sorted(wanted - known)}"}
    path = ROOT / words[0]
    if path.is_file() and os.access(path, os.X_OK):
        done = subprocess.run(["bash", "-n", path], capture_output=True, text=True, check=False)
        return {"ok": done.returncode == 0, "output": done.stderr}
    return {"ok": False, "output": "no such command"}


def main(names: list[str]) -> None:
    """Run the named documents and print the results."""
    results = []
    environment = dict(os.environ)
    for name in names:
        os.environ.clear()
        os.environ.update(environment)
        results += run_document(ROOT / name, Path(mkdtemp(prefix="xiaoer-documents-", dir=sys.argv[1])))
    sys.stdout.write(json.dumps(results, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[2:])
