"""Lucky draws through the routes: what there is to win, a draw, my prizes and their claim."""

from store.draws.wins import Win
from tests.support.draw_fixtures import CUP, POINTS, create_draft, create_running

ADDRESS = {
    "name": "小梅", "phone": "13800138000", "region": ["上海市", "上海市", "徐汇区"], "detail": "虹桥路 1 号",
}  # fmt: skip


def test_a_customer_draws_wins_and_claims_goods(xiaomei):
    activity = create_running(total_draws=1, prizes=[CUP], members_only=False)
    url = f"/api/activities/{activity.public_id}"
    shown = xiaomei.get(url).json["data"]
    assert (shown["chances"]["left"], shown["draws_left"], shown["actions"]) == (1, 1, ["draw"])
    assert [(one["name"], one["quantity"], one["left"]) for one in shown["prizes"]] == [("保温杯", 1, 1)]
    first, second = (xiaomei.post(f"{url}/draws", {}, key="k") for _ in range(2))
    assert (first.status_code, second.json["data"]) == (201, first.json["data"])
    won = first.json["data"]["prize"]
    assert (won["name"], won["state"], won["actions"]) == ("保温杯", "waiting", ["claim"])
    assert xiaomei.post(f"{url}/draws", {}).json["code"] == "no_chances"
    numbers = xiaomei.get(f"{url}/draws").json["data"]["list"]
    assert [(one["draws_left"], one["prizes_left"], one["pick"], one["is_correct"]) for one in numbers] == [
        (1, [1], 0, True)
    ]
    claim = f"/api/me/prizes/{won['id']}/claims"
    assert xiaomei.post(claim, {"way": "delivery"}).json["data"]["field"] == "address"
    address = xiaomei.post("/api/me/addresses", ADDRESS).json["data"]
    claimed = xiaomei.post(claim, {"way": "delivery", "address_id": address["id"]}).json["data"]
    assert claimed["state"] == "claiming"
    assert [one["state"] for one in xiaomei.get("/api/me/prizes").json["data"]["list"]] == ["claiming"]
    winners = xiaomei.get(f"{url}/winners").json["data"]["list"]
    assert [one["prize"] for one in winners] == ["保温杯"]


def test_points_are_given_with_the_draw(xiaomei):
    activity = create_running(total_draws=1, prizes=[{**POINTS, "quantity": 1}], members_only=False)
    answer = xiaomei.post(f"/api/activities/{activity.public_id}/draws", {}).json["data"]
    assert (answer["prize"]["state"], answer["place"], answer["chances_left"]) == ("claimed", 0, 0)
    assert xiaomei.get("/api/me").json["data"]["points"]["available"] == 10


def test_a_prize_belongs_to_its_winner(xiaomei, laowang):
    activity = create_running(total_draws=1, prizes=[CUP], members_only=False)
    xiaomei.post(f"/api/activities/{activity.public_id}/draws", {})
    claim = f"/api/me/prizes/{Win.get().public_id}/claims"
    assert laowang.post(claim, {"way": "shop"}).status_code == 404
    assert len(xiaomei.post(claim, {"way": "shop"}).json["data"]["code"]) == 8
    assert laowang.get("/api/me/prizes").json["data"]["list"] == []


def test_drafts_are_not_shown(xiaomei):
    assert xiaomei.get(f"/api/activities/{create_draft().public_id}").status_code == 404


def test_a_visitor_sees_an_activity_and_a_browser_gets_a_device(web, acme):
    activity, browser = create_running(), web.test_client()
    shown = browser.get(f"/api/activities/{activity.public_id}?account=acme-mp")
    assert (shown.json["data"]["chances"], shown.json["data"]["actions"]) == (None, [])
    device = browser.get_cookie("xiaoer_device").value
    browser.get(f"/api/activities/{activity.public_id}?account=acme-mp")
    assert browser.get_cookie("xiaoer_device").value == device
    browser.set_cookie("xiaoer_device", "made-up.signature")
    browser.get(f"/api/activities/{activity.public_id}?account=acme-mp")
    assert browser.get_cookie("xiaoer_device").value != "made-up.signature"


def test_a_friend_counts_once_for_the_first_share(xiaomei, laowang):
    url = f"/api/activities/{create_running().public_id}"
    assert xiaomei.get(url).json["data"]["share_code"] is None
    code = xiaomei.post(f"{url}/shares").json["data"]["share_code"]
    assert xiaomei.get(url).json["data"]["share_code"] == code
    answers = [laowang.post(f"{url}/visits", {"share_code": code}).json["data"] for _ in range(2)]
    assert answers == [{"counted": True}] * 2
    assert xiaomei.post(f"{url}/visits", {"share_code": code}).json["data"] == {"counted": False}
    assert laowang.post(f"{url}/visits", {"share_code": "0" * 16}).status_code == 404
    assert xiaomei.get(url).json["data"]["chances"]["left"] == 1  # the switch of the tenant is off
