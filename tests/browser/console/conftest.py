"""An application of the console's own: its tests change settings that the pages of customers show."""

from collections.abc import Iterator

import pytest

from tests.browser.running_app import RunningApp, run_app


@pytest.fixture(scope="session")
def running_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with run_app(tmp_path_factory.mktemp("console")) as started:
        yield started


@pytest.fixture(scope="session")
def console_staff(running_app: RunningApp) -> dict[str, str]:
    """Staff and members of the tenant `walk`: see `seed_console`."""
    return running_app.run_seed("tests.browser.seed_console", "walk")
