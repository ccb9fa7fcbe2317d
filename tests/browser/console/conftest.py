"""An application of the console's own: its tests change settings that the pages of customers show."""

from collections.abc import Iterator

import pytest

from tests.browser.running_app import RunningApp


@pytest.fixture(scope="session")
def running_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    running_app = RunningApp(tmp_path_factory.mktemp("console"))
    try:
        running_app.start()
        yield running_app
    finally:
        running_app.stop()


@pytest.fixture(scope="session")
def console_staff(running_app: RunningApp) -> dict[str, str]:
    """Staff and members of the tenant `walk`: see `seed_console`."""
    return running_app.run_seed("tests.browser.seed_console", "walk")
