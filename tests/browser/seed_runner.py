"""Runs seeds for a running application: `python -m tests.browser.seed_runner`, with a JSON list a line to its input.

Each runs in a process forked from this one, which has imported the application: to import it takes two seconds of a
processor, and to seed a tenth of a second.
"""

import gc
import importlib
import json
import os
import runpy
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

SEEDS = [f"tests.browser.{path.stem}" for path in Path(__file__).parent.glob("seed*.py")] + [
    "tests.browser.use_code"
]


def run_forked(module: str, arguments: Sequence[str]) -> dict[str, Any]:
    """Run a module as a program in a process of its own, and return its exit code and what it wrote."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        child = os.fork()
        if child == 0:
            _become_program(module, arguments, output, errors)
        _, status = os.waitpid(child, 0)
        written = {}
        for name, file in (("output", output), ("errors", errors)):
            file.seek(0)
            written[name] = file.read().decode()
        return {"exit_code": os.waitstatus_to_exitcode(status), **written}


def _become_program(module: str, arguments: Sequence[str], output: IO[bytes], errors: IO[bytes]) -> NoReturn:
    os.dup2(output.fileno(), 1)
    os.dup2(errors.fileno(), 2)
    sys.argv = [module, *arguments]
    sys.modules.pop(module, None)  # runpy warns of a module that is imported already
    exit_code = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        exit_code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
        exit_code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)


if __name__ == "__main__":
    for name in SEEDS:
        if name != "tests.browser.seed_runner":
            importlib.import_module(name)
    gc.freeze()  # so that a process does not copy the memory of this one when it collects garbage
    for line in sys.stdin:
        program, *rest = json.loads(line)
        sys.stdout.write(json.dumps(run_forked(program, rest)) + "\n")
        sys.stdout.flush()
