"""A payer is a customer from the first payment on, with the identity that a follower has."""

import pytest

from store.core.errors import DomainError
from store.core.events import Event
from store.customers import followers, identities, payers
from store.customers.customers import Customer
from store.customers.identities import Identity
from store.tenants import channels
from tests.support import database
from tests.support.races import with_barrier, without_index, without_write_queue

APP = "wxacmemini"
USER_ID = "2088000000000001"


def pay(payer_id: str = "o1", *, app_id: str = APP, platform: str = "wechat", union_id: str = "") -> Customer:
    return payers.find_or_open(platform=platform, app_id=app_id, payer_id=payer_id, union_id=union_id)


def notices_of_threads(number: int) -> list[int]:
    return [customer.id for customer in database.run_concurrently(8, lambda _: pay())]


def count_opened() -> int:
    return Event.select().where(Event.kind == "customers.opened_by_payment").count()


def test_a_stranger_who_pays_is_a_customer_once(acme, verify_afterwards):
    customer = pay()
    before = database.dump_rows()
    assert pay() == customer == payers.find(platform="wechat", app_id=APP, payer_id="o1")
    assert database.dump_rows() == before
    assert (customer.source, count_opened()) == ("wechat_pay", 1)


def test_a_follower_who_pays_is_the_same_customer(acme, verify_afterwards):
    official = channels.get_by_key("acme-mp")
    follower = followers.follow(channel=official, openid="o1").customer
    assert pay(app_id=official.appid) == follower
    assert count_opened() == 0


def test_a_payer_who_follows_later_is_the_same_customer(acme, verify_afterwards):
    official = channels.get_by_key("acme-mp")
    payer = pay(app_id=official.appid)
    assert followers.follow(channel=official, openid="o1").customer == payer


def test_a_unionid_joins_a_payer_with_the_follower(acme, verify_afterwards):
    follower = followers.get_or_create_customer(
        channel=channels.get_by_key("acme-mp"), openid="f1", source="h5", unionid="u1"
    )
    assert pay(union_id="u1") == follower
    assert count_opened() == 0


def test_a_unionid_that_comes_later_joins_what_was_apart(acme, verify_afterwards):
    first, second = pay(), pay("f1", app_id="wxacmemp-unknown")
    assert first != second
    follower = followers.get_or_create_customer(
        channel=channels.get_by_key("acme-mp"), openid="f1", source="h5", unionid="u1"
    )
    assert pay(union_id="u1").id == first.id == Customer.get_by_id(follower.id).merged_into_id


def test_a_unionid_of_an_account_that_is_not_known_joins_no_one(acme):
    assert pay(app_id="wxother", union_id="u1") != pay(app_id="wxanother", union_id="u1")


def test_an_alipay_user_is_one_person_in_all_applications(acme, verify_afterwards):
    first = pay(USER_ID, app_id="2021000000000001", platform="alipay")
    assert pay(USER_ID, app_id="2021000000000002", platform="alipay") == first
    assert [row.provider for row in identities.list_for(first)] == ["alipay_user"]
    assert first.source == "alipay"


def test_an_open_id_of_alipay_belongs_to_its_application(acme):
    first = pay("open-1", app_id="2021000000000001", platform="alipay")
    assert pay("open-1", app_id="2021000000000002", platform="alipay") != first


def test_wechat_and_alipay_never_share_an_identity(acme):
    assert pay(USER_ID) != pay(USER_ID, platform="alipay")


@pytest.mark.parametrize(
    "wrong",
    [{"platform": "cash"}, {"app_id": ""}, {"payer_id": ""}, {"payer_id": "o" * 129}, {"union_id": "\x00"}],
)
def test_what_is_no_payer_changes_nothing(acme, wrong):
    before = database.dump_rows()
    with pytest.raises(DomainError, check=lambda no: no.code == "invalid"):
        payers.find_or_open(**{"platform": "wechat", "app_id": APP, "payer_id": "o1", **wrong})
    assert database.dump_rows() == before


def test_sixteen_notices_of_one_payer_in_two_processes_open_one_customer(process_group, verify_afterwards):
    found = [customer for part in process_group.run_together(2, notices_of_threads) for customer in part]
    assert (len(found), len(set(found))) == (16, 1)
    assert Customer.select().count() == Identity.select().count() == count_opened() == 1


def test_without_the_unique_index_two_notices_open_two_customers(acme, monkeypatch):
    monkeypatch.setattr(identities, "_find_bound", with_barrier(identities._find_bound))
    with without_index("identity_bound"), without_write_queue():
        database.run_concurrently(2, lambda _: pay())
        assert Identity.select().where(Identity.subject == "o1").count() == 2
