"""Shared by the tests of this package."""

import pytest

from store.customers import followers, profiles
from store.tenants import channels

PROFILE = {
    "name": "王小美",
    "nickname": "小美",
    "birthday": "1990-05-01",
    "email": "xiaomei@example.com",
    "id_number": "11010519491231002x",
    "address": "延安西路 2299 号",
    "marketing_consent": True,
}


@pytest.fixture
def xiaomei(acme):
    customer = followers.get_or_create_customer(
        channel=channels.get_by_key("acme-mini"), openid="o-1", source="wechat_miniprogram"
    )
    return profiles.change(customer, **PROFILE)
