"""A one-time link is used once, and every wrong password is counted, however many come at the same time."""

from collections import Counter

from store.core.database import db
from store.core.errors import DomainError
from store.staff import account_changes, attempts, roles, sign_in_links
from store.staff.attempts import StaffAttempt
from tests.support import database
from tests.support.races import with_barrier, without_write_queue


def issue_link() -> str:
    """The token of a one-time link of a new administrator."""
    roles.ensure_builtin()
    account = account_changes.add(login="boss", role_keys=["admin"])
    return sign_in_links.issue(account).path.partition("#")[2]


def use_twice(token: str) -> Counter:
    """Two people who open the same link, each with a password of their own."""

    def use(number: int) -> None:
        sign_in_links.use(token=token, password=f"correct horse {number}")

    outcomes = database.run_concurrently(2, use)
    return Counter(one.code if isinstance(one, DomainError) else one for one in outcomes)


def test_a_link_that_two_open_at_once_lets_one_in(acme):
    assert use_twice(issue_link()) == {None: 1, "link_invalid": 1}


def test_control_without_the_lock_both_are_let_in(acme, monkeypatch):
    token, look = issue_link(), sign_in_links._get_usable
    monkeypatch.setattr(
        sign_in_links, "_get_usable", with_barrier(lambda token, lock: look(token, lock=False))
    )
    with without_write_queue():  # the session of the first may have ended when the second one opens its own
        assert use_twice(token).keys() <= {None, "unauthorized"}


def test_wrong_passwords_at_the_same_time_are_each_counted(acme):
    numbers = database.run_concurrently(attempts.MAX_FAILURES, lambda _: attempts.count("boss"))
    assert sorted(numbers) == list(range(1, attempts.MAX_FAILURES + 1))
    assert attempts.read_state("boss").is_locked


def test_control_without_the_lock_two_wrong_passwords_count_as_one(acme, monkeypatch):
    attempts.count("boss")
    monkeypatch.setattr(db, "advisory_lock", lambda name: None)
    monkeypatch.setattr(StaffAttempt, "find", with_barrier(StaffAttempt.find))
    with without_write_queue():
        assert database.run_concurrently(2, lambda _: attempts.count("boss")) == [2, 2]
