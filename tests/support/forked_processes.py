"""What the server of the forked processes loads before it forks the first one: all that the test files import."""

import gc

import pytest  # noqa: F401 - each test file imports it

from store import layers
from tests.support import processes  # noqa: F401 - what each process runs

layers.import_all()
gc.freeze()  # so that a process does not copy the memory of the server when it collects garbage
gc.set_threshold(10_000, 10, 10)
