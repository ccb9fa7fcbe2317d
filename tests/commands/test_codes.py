import io
from datetime import timedelta

import pytest
from PIL import Image

from store.activities import qr_codes
from store.kernel import clock
from store.shop import shops
from store.shop.places import Place
from tests.commands.platform import CODE


def test_a_code_is_made_with_the_platform_once(shell, platform, shop):
    first, second = (shell("codes", "make", "acme-mp", "shop", "S1") for _ in range(2))
    assert first.exit_code == 0, first.output
    assert first.output == second.output
    assert len(platform.bodies(CODE)) == 1
    code = qr_codes.find(1)
    assert (code.name, code.target, code.permanent) == ("一号店", shop.public_id, True)
    assert code.url in first.output


def test_a_temporary_code_never_takes_the_place_of_the_printed_one(shell, platform, shop):
    shell("codes", "make", "acme-mp", "shop", "S1")
    result = shell("codes", "make", "acme-mp", "shop", "S1", "--temporary", "7d")
    assert "有效期至" in result.output
    wishes = platform.bodies(CODE)
    assert [wish["action_name"] for wish in wishes] == ["QR_LIMIT_STR_SCENE", "QR_STR_SCENE"]
    assert wishes[1]["expire_seconds"] == 7 * 86_400


def test_a_temporary_code_is_renewed_once_it_has_run_out(shell, platform, shop, monkeypatch):
    words = ("codes", "make", "acme-mp", "shop", "S1", "--temporary", "1h")
    shell(*words)
    shell(*words)
    assert len(platform.bodies(CODE)) == 1
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    shell(*words)
    scenes = [wish["action_info"]["scene"]["scene_str"] for wish in platform.bodies(CODE)]
    assert len(scenes) == 2
    assert scenes[0] == scenes[1]
    assert qr_codes.find(1).expires_at > later


def test_a_span_that_is_none_is_refused(shell, shop):
    result = shell("codes", "make", "acme-mp", "shop", "S1", "--temporary", "soon")
    assert result.exit_code == 1
    assert "应写成 7d" in result.output


def test_a_mini_program_has_no_such_codes(shell, shop):
    assert "不是公众号" in shell("codes", "make", "acme-mini", "shop", "S1").output


def test_make_all_makes_one_for_each_open_shop_and_goes_on_where_it_stopped(shell, platform, shop):
    for number in (2, 3, 4):
        shops.open_shop(code=f"S{number}", name=f"{number}号店", place=Place(121.4, 31.2))
    shops.pause(shops.of_code("S4"))
    answer, platform.answers[CODE] = platform.answers[CODE], _second_refused(platform.answers[CODE])
    assert shell("codes", "make-all", "acme-mp").exit_code == 1
    platform.answers[CODE] = answer
    result = shell("codes", "make-all", "acme-mp")
    assert "共 3 家营业门店，新生成 2 个二维码" in result.output
    assert all(code.url for code in qr_codes.listing())
    assert "新生成 0 个" in shell("codes", "make-all", "acme-mp").output


def test_list_tells_scans_and_follows(shell, told, shop):
    shell("codes", "make", "acme-mp", "shop", "S1")
    listed = told("codes", "list", "--account", "acme-mp")
    assert [(row["account"], row["name"], row["scans"]) for row in listed] == [("acme-mp", "一号店", 0)]


def test_export_writes_a_picture_of_the_wanted_size(shell, shop, tmp_path):
    shell("codes", "make", "acme-mp", "shop", "S1")
    logo, out = tmp_path / "logo.png", tmp_path / "code.png"
    Image.new("RGB", (60, 60), "red").save(logo)
    result = shell("codes", "export", "1", "--size", "600", "--logo", str(logo), "--out", str(out))
    assert result.exit_code == 0, result.output
    with Image.open(io.BytesIO(out.read_bytes())) as picture:
        assert (picture.format, picture.size) == ("PNG", (600, 600))
        assert picture.getpixel((300, 300)) == (255, 0, 0)


def test_export_as_svg_into_the_folder_one_stands_in(shell, shop, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shell("codes", "make", "acme-mp", "shop", "S1")
    assert shell("codes", "export", "1", "--form", "svg").output == "已保存到 code-1.svg\n"
    assert (tmp_path / "code-1.svg").read_bytes().startswith(b"<svg")


def test_export_into_a_folder_that_is_not_there_is_refused(shell, shop, tmp_path):
    shell("codes", "make", "acme-mp", "shop", "S1")
    result = shell("codes", "export", "1", "--out", str(tmp_path / "no" / "code.png"))
    assert result.exit_code == 1
    assert "不能写入" in result.output


def test_export_of_an_unknown_code_is_refused(shell):
    assert "没有找到该二维码" in shell("codes", "export", "9").output


@pytest.fixture
def shop(acme):
    return shops.open_shop(code="S1", name="一号店", place=Place(121.47, 31.23))


def _second_refused(answer):
    asked = []

    def tell(wish):
        asked.append(wish)
        return (
            answer(wish) if len(asked) == 1 else {"errcode": 45011, "errmsg": "api minute-quota reach limit"}
        )

    return tell
