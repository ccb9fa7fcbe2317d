"""`flask closings`: list, finish, and settle what a former member is owed."""

from store.closings import closings, listings
from store.closings.closings import ClosingSettings, MembershipClosing
from store.customers.customers import Customer
from store.membership import registration
from store.tenants import business_days, settings


def test_a_clerk_follows_a_closing_to_the_last_yuan(run_command, run_json):
    card = registration.register_at_desk(phone="13800138000").card_number
    run_command("stored-value", "top-up", card, "97.50", "--receipt", "in-1")
    settings.change(ClosingSettings, waiting_days=0)
    customer = Customer.get()
    version = listings.build(customer).version
    row = closings.request(customer=customer, listing_version=version, channel="h5")
    assert f"{row.number}\t待办理" in run_command("closings", "list").output
    assert "已办理 0 项" in run_command("closings", "finish").output
    MembershipClosing.update(due_day=business_days.today().replace(year=2020)).execute()
    assert "已办理 1 项" in run_command("closings", "finish").output
    (listed,) = run_json("closings", "list")
    assert (listed["state"], listed["listing"]["principal_fen"]) == ("finished", 9_750)
    (owed,) = run_json("closings", "payouts")
    assert row.number in owed["reason"]
    assert (owed["card_number"], owed["amount_fen"], owed["channel"]) == (card, 9_750, "cash")
    for _ in range(2):
        paid = run_command("closings", "settle", owed["number"], "--receipt", "out-1")
        assert paid.output == f"{owed['number']} 已退还 97.50 元\n"
    assert "没有待退款项" in run_command("closings", "payouts").output
    assert "没有" in run_command("closings", "settle", "po_x", "--receipt", "out-2").output
