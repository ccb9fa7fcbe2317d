"""The home page: figures by right and shop, the last 30 days, and what waits."""

from store.insight import daily_figures
from store.membership import registration
from store.staff import rights
from store.tenants import business_days
from tests.support.order_fixtures import create_shop, line, pay_cash, place


def read_figures(browser):
    home = browser.get("home").json["data"]
    return {row["key"]: (row["today"], row["yesterday"], row["last_week"]) for row in home["figures"]}, home


def test_today_is_beside_yesterday_and_a_week_ago(browser, shop):
    registration.register_at_desk(phone="13900000001", shop_id=shop.id)
    pay_cash(place(shop, line(1_234)))
    found, home = read_figures(browser)
    assert found["members"] == (1, 0, 0)
    assert found["sales_fen"] == found["received_fen"] == (1_234, 0, 0)
    assert home["day"] == business_days.today().isoformat()
    assert home["waiting"] == []
    trend = browser.get("home/trend").json["data"]
    assert len(trend["days"]) == 30
    series = {row["key"]: row["values"] for row in trend["series"]}
    assert series["sales_fen"] == [0] * 29 + [1_234]
    assert set(series) == set(found)


def test_each_sees_the_figures_of_the_own_shops_and_rights(add_staff, new_browser, shop):
    pay_cash(place(create_shop("S2"), line(500)))
    pay_cash(place(shop, line(70)))
    manager = new_browser().take_session(add_staff("manager", "shop_manager", shops=(shop,)))
    assert read_figures(manager)[0]["sales_fen"] == (70, 0, 0)
    plain = new_browser().take_session(add_staff("plain", "user"))
    assert read_figures(plain)[0] == {}


def test_every_figure_is_explained_and_needs_a_right_that_exists(browser):
    figures = daily_figures.read_days([business_days.today()])
    assert all(figure.definition.endswith("。") for figure in figures)
    assert {figure.right for figure in figures} <= set(rights.RIGHTS)
