"""The clock of the sandbox is kept in a file that the service follows."""

import json

import pytest

from sandbox.clock import Clock
from sandbox.errors import SandboxError
from sandbox.json_file import JsonFile


def test_the_offset_is_in_the_file_and_survives_a_restart(tmp_path):
    file = JsonFile(tmp_path / "clock.json")
    clock = Clock(file)
    assert not file.path.exists()
    clock.advance(seconds=60)
    clock.advance(seconds=40)
    assert json.loads(file.path.read_text()) == {"offset_s": 100}
    assert Clock(file).offset_s == 100


def test_a_clock_that_a_service_follows_never_goes_back(tmp_path):
    """A service plans its jobs by this clock; they would not run again until the time comes."""
    clock, alone = Clock(JsonFile(tmp_path / "clock.json")), Clock()
    for each in (clock, alone):
        each.advance(seconds=100)
        each.reset()
    assert (clock.offset_s, alone.offset_s) == (100, 0)


def test_more_than_ten_years_are_refused(tmp_path):
    clock = Clock(JsonFile(tmp_path / "clock.json"))
    with pytest.raises(SandboxError):
        clock.advance(seconds=4e8)
    assert clock.offset_s == 0
