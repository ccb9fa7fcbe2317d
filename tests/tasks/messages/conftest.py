"""The fixtures of messages and of the members that they go to."""

from tests.store.conftest import account, create_follower, process_group, register  # noqa: F401
from tests.support.member_fixtures import days, earn, mei  # noqa: F401
from tests.support.message_fixtures import all_templates, mini_program, platforms, reachable  # noqa: F401
