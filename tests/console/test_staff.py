"""Staff accounts and roles: who may change whom, and what a change does at once."""

import pytest

from store.staff import account_changes, accounts, roles
from store.tenants import audit
from tests.console.conftest import PASSWORD


def test_an_account_is_added_with_a_link_and_listed(browser, new_browser, shop):
    body = {
        "login": "xiaomei",
        "nickname": "小美",
        "phone": "13800138000",
        "roles": ["service"],
        "shops": [shop.public_id],
    }
    first = browser.post("staff", body, Idempotency_Key="k1")
    assert first.status_code == 201, first.text
    assert browser.post("staff", body, Idempotency_Key="k1").json["data"] == first.json["data"]
    token = first.json["data"]["link"]["url"].partition("#")[2]
    visitor = new_browser()
    assert visitor.post("sign-in-links", {"token": token, "password": PASSWORD}).status_code == 201
    answer = browser.get("staff", search="美", sort="-created_at").json["data"]
    assert (answer["total"], answer["page_size"], answer["has_more"]) == (1, 15, False)
    row = answer["list"][0]
    assert row["phone"] == "138****8000"
    assert row["roles"] == [{"key": "service", "name": "客服"}]
    assert [each["name"] for each in row["shops"]] == ["西站店"]
    assert browser.get(f"staff/{row['id']}").json["data"]["phone"] == "13800138000"
    assert "13800138000" not in str([entry.after for entry in audit.list_entries()])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"login": "a b", "roles": ["service"]}, "login"),
        ({"login": "xiaomei", "roles": []}, "roles"),
        ({"login": "xiaomei", "roles": ["service"], "phone": "x"}, "phone"),
        ({"login": "xiaomei", "roles": ["service"], "email": "x"}, "email"),
    ],
)
def test_what_is_wrong_about_an_account_is_named(browser, body, field):
    answer = browser.post("staff", body)
    assert (answer.status_code, answer.json["data"]["field"]) == (422, field)
    assert browser.get("staff").json["data"]["total"] == 1


def test_changed_roles_count_from_the_next_request(browser, new_browser, add_staff):
    account = add_staff("xiaomei", "service")
    other = new_browser().take_session(account)
    assert other.get("staff").status_code == 403
    for _ in range(2):
        changed = browser.patch(
            f"staff/{account.public_id}", {"roles": ["service", "admin"], "nickname": "小美"}
        )
        assert changed.status_code == 200, changed.text
    assert other.get("staff").status_code == 200
    assert [entry.action for entry in audit.list_entries()].count("staff.change") == 1


def test_a_disabled_account_is_out_until_it_is_enabled(browser, new_browser, add_staff):
    account = add_staff("xiaomei", "service")
    other = new_browser().take_session(account)
    for _ in range(2):
        answer = browser.post(f"staff/{account.public_id}/disablement")
        assert answer.json["data"]["state"] == "disabled"
    assert other.get("me").status_code == 401
    assert browser.post(f"staff/{account.public_id}/password-reset").json["code"] == "staff_disabled"
    assert browser.delete(f"staff/{account.public_id}/disablement").json["data"]["state"] == "active"
    assert new_browser().sign_in("xiaomei").status_code == 201


def test_the_last_admin_stays(browser, admin, add_staff):
    answer = browser.patch(f"staff/{admin.public_id}", {"roles": ["service"]})
    assert (answer.status_code, answer.json["code"]) == (409, "last_admin")
    assert browser.post(f"staff/{admin.public_id}/disablement").json["code"] == "own_account"
    second = add_staff("second")
    assert browser.post(f"staff/{second.public_id}/disablement").status_code == 200
    assert accounts.list_role_keys(admin) == ["admin"]


def test_a_person_gives_and_takes_only_what_they_have(browser, new_browser, add_staff, admin, shop):
    held = [
        "staff.read",
        "staff.create",
        "staff.edit",
        "staff.delete",
        "staff.send_link",
        "roles.create",
        "roles.edit",
    ]
    browser.post("roles", {"key": "leader", "name": "组长", "rights": held})
    leader = new_browser().take_session(add_staff("leader", "leader"))
    assert leader.post("staff", {"login": "x1", "roles": ["admin"]}).json["code"] == "right_not_held"
    for refused in (
        leader.patch(f"staff/{admin.public_id}", {"nickname": "老板"}),
        leader.post(f"staff/{admin.public_id}/disablement"),
        leader.post(f"staff/{admin.public_id}/password-reset"),
        leader.post("roles", {"key": "more", "name": "更多", "rights": ["orders.refund"]}),
        leader.patch("roles/leader", {"rights": [*held, "orders.refund"]}),
        leader.patch("roles/admin", {"name": "老板"}),
    ):
        assert (refused.status_code, refused.json["code"]) == (403, "right_not_held")
    assert leader.post("staff", {"login": "x1", "roles": ["leader"]}).status_code == 201
    assert accounts.find_by_login("boss").state == "active"


def test_an_account_of_a_shop_manages_its_shop_only(new_browser, add_staff, browser, admin, shop):
    browser.post(
        "roles",
        {
            "key": "leader",
            "name": "组长",
            "rights": ["staff.read", "staff.create", "staff.edit", "audit_log.read"],
        },
    )
    leader = new_browser().take_session(add_staff("leader", "leader", shops=(shop,)))
    assert [row["login"] for row in leader.get("staff").json["data"]["list"]] == ["leader"]
    assert leader.get(f"staff/{admin.public_id}").status_code == 404
    assert leader.patch(f"staff/{admin.public_id}", {"nickname": "x"}).status_code == 404
    everywhere = leader.post("staff", {"login": "x1", "roles": ["leader"]})
    assert (everywhere.status_code, everywhere.json["code"]) == (403, "shop_not_held")
    assert (
        leader.post("staff", {"login": "x1", "roles": ["leader"], "shops": [shop.public_id]}).status_code
        == 201
    )
    actors = {row["actor"] for row in leader.get("audit-log", page_size=100).json["data"]["list"]}
    assert actors == {"leader"}


def test_roles_are_created_changed_and_deleted(browser, add_staff):
    body = {"key": "night", "name": "夜班", "rights": ["orders.refund"]}
    for _ in range(2):
        assert browser.post("roles", body).status_code == 201
    assert browser.get("roles/night").json["data"]["rights"] == ["orders.read", "orders.refund"]
    assert browser.patch("roles/night", {"rights": ["nothing.read"]}).json["data"]["field"] == "rights"
    assert browser.patch("roles/night", {"description": "晚上"}).json["data"]["name"] == "夜班"
    account = add_staff("xiaomei", "night")
    assert browser.delete("roles/night").json["code"] == "role_in_use"
    account_changes.change(account, role_keys=["user"])
    assert browser.delete("roles/night").status_code == 200
    assert browser.get("roles/night").status_code == 404
    assert browser.delete("roles/service").json["code"] == "role_fixed"
    assert browser.patch("roles/admin", {"rights": ["orders.read"]}).json["code"] == "role_fixed"
    assert browser.get("roles").json["data"]["list"][0]["has_all_rights"]
    tree = browser.get("roles/rights").json["data"]
    assert tree[0]["entries"][0]["buttons"][0] == {"right": "home.read", "title": "查询"}


def test_ready_made_roles_are_created_once_and_stay_changed(acme):
    roles.ensure_builtin()
    roles.get_by_key("service").update_fields(name="客户服务")
    roles.ensure_builtin()
    assert {role.key: role.name for role in roles.list_roles()} == {
        "admin": "超级管理员", "marketing": "营销", "service": "客户服务", "shop_manager": "店长", "approver": "审批员",
        "cashier": "收银", "analyst": "分析", "user": "普通用户",
    }  # fmt: skip
    assert all(role.description for role in roles.list_roles())
    may_approve = [role.key for role in roles.list_roles() if "coupon_rules.approve" in role.rights]
    assert may_approve == ["shop_manager", "approver"]


def test_the_operation_log_is_filtered(browser, admin):
    browser.post("roles", {"key": "night", "name": "夜班", "rights": []})
    browser.patch("roles/night", {"name": "晚班"})
    rows = browser.get("audit-log", action="roles.", actor="boss").json["data"]["list"]
    assert [row["action"] for row in rows] == ["roles.change", "roles.create"]
    assert (rows[0]["before"], rows[0]["after"]) == ({"name": "夜班"}, {"name": "晚班"})
    assert [row["action_name"] for row in rows] == ["修改角色", "新建角色"]
    assert browser.get("audit-log", action="新建角色").json["data"]["total"] == 1
    assert browser.get("audit-log", subject="role:night").json["data"]["total"] == 2
    assert browser.get("audit-log", until="2001-01-01").json["data"]["total"] == 0
    assert browser.get("audit-log", page_size=17).json["data"]["field"] == "page_size"
    assert browser.get("audit-log", sort="actor").json["data"]["field"] == "sort"
