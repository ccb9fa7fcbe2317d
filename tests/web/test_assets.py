"""Pages name their files by a hash, each is loaded once and compressed."""

import gzip
import re
import runpy

from apiflask import APIFlask
from flask.testing import FlaskClient

from store.staff import rights
from web import assets

GZIP = {"Accept-Encoding": "gzip"}
PAGES = (
    "", "nearby", "me", "coupons", "gifts", "tier", "points", "wallet", "orders", "cart", "checkout", "addresses",
    "favourites", "footprints", "promotions",
)  # fmt: skip
MAX_BYTES = 200_000
MAX_CONSOLE_BYTES = 430_000  # 450 kB are allowed: the rest is for headers, a page and its rows


def loaded_files(page: str) -> list[str]:
    return re.findall(r'(?:src|href)="(/static/[^"]+)"', page)


def first_load_bytes(client: FlaskClient, url: str) -> int:
    """The bytes of a page and of the files that it names, each of which is compressed and kept."""
    page = client.get(url, headers=GZIP)
    assert page.headers["Content-Encoding"] == "gzip"
    urls = loaded_files(gzip.decompress(page.data).decode())
    assert len(urls) == len(set(urls))
    total = len(page.data)
    for file in urls:
        answer = client.get(file, headers=GZIP)
        assert answer.status_code == 200, file
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        total += len(answer.data)
    return total


def test_n20_first_load_of_every_page_is_small_and_kept(web: APIFlask):
    client = web.test_client()
    for name in PAGES:
        total = first_load_bytes(client, f"/m/{name}?a=acme-mp&stay=out")
        assert total <= MAX_BYTES, f"{name}: {total} bytes"


def test_first_load_of_the_console_is_small_and_kept(web: APIFlask):
    total = first_load_bytes(web.test_client(), "/console")
    assert total <= MAX_CONSOLE_BYTES, f"{total} bytes"


def test_n20_all_modules_of_a_page_are_named_in_it(web: APIFlask):
    client = web.test_client()
    for name in PAGES:
        urls = loaded_files(client.get(f"/m/{name}?a=acme-mp&stay=out").text)
        named = {url.split("/", 4)[4] for url in urls}
        for module in [path for path in named if path.endswith(".js") and not path.startswith("vendor/v")]:
            assert set(assets.imported_modules(module)) <= named, module


def test_n20_pages_have_a_skeleton(web: APIFlask):
    assert 'class="skeleton"' in web.test_client().get("/m/nearby?a=acme-mp").text


def test_n20_file_of_another_version_is_not_kept(web: APIFlask):
    answer = web.test_client().get("/static/v/000000000000/m/js/me.js")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")


def test_n20_only_static_files_are_served(web: APIFlask):
    client: FlaskClient = web.test_client()
    for name in ("../app.py", "..%2fapp.py", "m/js", "nothing.js", "/etc/passwd", "%2e%2e/app.py"):
        assert client.get(f"/static/v/{assets.version()}/{name}").status_code == 404, name


def test_n20_clients_without_gzip_get_plain_bytes(web: APIFlask):
    answer = web.test_client().get(assets.asset_url("m/js/me.js"))
    assert "Content-Encoding" not in answer.headers
    assert answer.data == (assets.FOLDER / "m/js/me.js").read_bytes()


def test_n20_answers_to_writes_are_not_compressed(web: APIFlask):
    answer = web.test_client().post("/api/sessions", json={"x": "y" * 2000}, headers=GZIP)
    assert "Content-Encoding" not in answer.headers


def test_every_icon_of_the_pages_is_in_the_style_sheet():
    """`vant/subset_css.py` drops icons that no script names; it must run again for a new one."""
    scripts = "".join(path.read_text() for path in (assets.FOLDER / "m").rglob("*.js"))
    named = set(re.findall(r"""icon[:=]\s*"([a-z0-9-]+)\"""", scripts))
    css = (assets.FOLDER / "vendor" / "vant" / "vant.css").read_text()
    assert named
    assert [name for name in sorted(named) if f".van-icon-{name}:" not in css] == []


def test_the_style_sheet_of_the_console_has_every_component_that_its_scripts_name():
    folder = assets.FOLDER / "vendor" / "element-plus"
    unused = runpy.run_path(str(folder / "subset_css.py"))["UNUSED_COMPONENTS"]
    scripts = "".join(path.read_text() for path in (assets.FOLDER / "console" / "js").rglob("*.js"))
    named = {
        re.sub(r"(?<=[a-z])([A-Z])", r"-\1", name).lower() for name in re.findall(r"\bEl([A-Z]\w+)", scripts)
    }
    assert {"table", "form-item", "date-picker"} <= named
    assert named.isdisjoint(unused), (
        "take it out of the list in subset_css.py and run bin/fetch-vendored element-plus"
    )
    assert ".el-form-item" in (folder / "index.css").read_text()


def test_every_icon_of_the_console_is_there():
    icons = (assets.FOLDER / "vendor" / "element-plus-icons" / "icons.js").read_text()
    known = set(re.findall(r'^  "([a-z-]+)": \[', icons, re.MULTILINE))
    scripts = "".join(path.read_text() for path in (assets.FOLDER / "console" / "js").rglob("*.js"))
    named = set(re.findall(r'\bicon\("([\w-]+)"\)|\bicon: "([\w-]+)"', scripts))
    entries = {each.icon for group in rights.MENU for each in (group, *group.entries)}
    wanted = entries | {name for pair in named for name in pair if name}
    assert {re.sub(r"(?<=[a-z])([A-Z])", r"-\1", name).lower() for name in wanted} <= known
