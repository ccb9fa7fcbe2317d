from store.company import channels
from store.loyalty import check_ins, memberships, points
from store.people import codes, fans, identities, members
from tests import world


def test_first(acme):
    ch = channels.of_key("acme-mp")
    f = fans.follow(channel=ch, openid="o1")
    out = world.at_once(8, lambda n: check_ins.check_in(customer=f.customer, source="menu"))
    assert sum(1 for o in out if not o.already) == 1, out
    assert points.balance(members.of_customer(f.customer)) == 5


def test_merge(acme):
    ch = channels.of_key("acme-mp")
    a = fans.follow(channel=ch, openid="o1").customer
    b = fans.follow(channel=ch, openid="o2").customer
    check_ins.check_in(customer=a, source="menu")
    check_ins.check_in(customer=b, source="menu")
    for c in (a, b):
        code = codes.ask(phone="+8613812345678", purpose="register", address="1.1.1.1")
        m = memberships.register_by_sms(phone="13812345678", code=code, source="h5", customer=c)
        codes.SmsCode.delete().execute()
    assert points.balance(m) == 10
    assert identities.phone_holder("+8613812345678").id == m.customer_id
