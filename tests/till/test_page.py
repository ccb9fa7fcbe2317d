"""The page of the till: without a tenant, and with the policy that a camera scanner needs."""

import re
from pathlib import Path

from apiflask import APIFlask

from till import page
from web import assets

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_page_opens_without_a_tenant_under_a_policy_without_eval() -> None:
    app = APIFlask("till-page", root_path=str(ROOT), static_folder=None)
    app.config.update(SANDBOX_URL=None)
    assets.init_app(app)
    app.register_blueprint(page.bp)
    answer = app.test_client().get("/till")
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status_code == 200
    assert re.search(r"script-src 'nonce-[^']{16,}' 'wasm-unsafe-eval';", policy)
    assert "unsafe-inline" not in policy
    assert "camera=(self)" in answer.headers["Permissions-Policy"]
    assert all("nonce=" in script for script in re.findall(r"<script\b[^>]*>", answer.text))
