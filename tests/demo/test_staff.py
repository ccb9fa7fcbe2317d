"""The administrator of the demo: the printed link works once, and each start prints a new one."""

import pytest

from demo import staff
from store.core.errors import DomainError
from store.staff import account_changes, accounts, sign_in_links


@pytest.fixture
def link(acme, tmp_path):
    assert staff.read_link(tmp_path) is None
    staff.seed_staff()
    staff.seed_staff()
    staff.renew_link(tmp_path)
    return staff.read_link(tmp_path)


def token_of(link):
    path, _, token = link.partition("#")
    assert path == "/console/link"
    return token


def test_the_printed_link_signs_in_as_administrator_until_the_next_start(link, tmp_path):
    account = sign_in_links.find_account(token_of(link))
    assert "roles.edit" in accounts.read_rights(account)
    assert accounts.find_shop_ids(account) is None
    assert (tmp_path / "sandbox" / "console.json").stat().st_mode & 0o077 == 0
    staff.renew_link(tmp_path)
    assert sign_in_links.find_account(token_of(staff.read_link(tmp_path))) == account
    with pytest.raises(DomainError, match="链接已失效"):
        sign_in_links.find_account(token_of(link))


def test_what_a_person_changed_stays_and_a_disabled_administrator_gets_no_link(link, tmp_path):
    account_changes.add(login="second", role_keys=["admin"])
    account = accounts.get_by_login(staff.LOGIN)
    account_changes.change(account, role_keys=["analyst"])
    staff.seed_staff()
    assert accounts.list_role_keys(account) == ["analyst"]
    account_changes.disable(account)
    staff.renew_link(tmp_path)
    assert staff.read_link(tmp_path) is None
