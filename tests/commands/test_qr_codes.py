import io
from datetime import timedelta

import pytest
from PIL import Image

from store.core import clock
from store.official_accounts import qr_codes
from store.shops import shops
from store.shops.coordinates import Coordinates
from tests.commands.fake_wechat import QR_CODE_PATH


def test_a_code_is_made_with_the_platform_once(run_command, platform, shop):
    first, second = (run_command("qr-codes", "make", "acme-mp", "shop", "S1") for _ in range(2))
    assert first.exit_code == 0, first.output
    assert first.output == second.output
    assert len(platform.bodies(QR_CODE_PATH)) == 1
    code = qr_codes.get_by_id(1)
    assert (code.name, code.target, code.permanent) == ("一号店", shop.public_id, True)
    assert code.url in first.output


def test_a_temporary_code_never_takes_the_place_of_the_printed_one(run_command, platform, shop):
    run_command("qr-codes", "make", "acme-mp", "shop", "S1")
    result = run_command("qr-codes", "make", "acme-mp", "shop", "S1", "--temporary", "7d")
    assert "有效期至" in result.output
    requests = platform.bodies(QR_CODE_PATH)
    assert [body["action_name"] for body in requests] == ["QR_LIMIT_STR_SCENE", "QR_STR_SCENE"]
    assert requests[1]["expire_seconds"] == 7 * 86_400


def test_a_temporary_code_is_renewed_once_it_has_run_out(run_command, platform, shop, monkeypatch):
    words = ("qr-codes", "make", "acme-mp", "shop", "S1", "--temporary", "1h")
    run_command(*words)
    run_command(*words)
    assert len(platform.bodies(QR_CODE_PATH)) == 1
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    run_command(*words)
    scenes = [body["action_info"]["scene"]["scene_str"] for body in platform.bodies(QR_CODE_PATH)]
    assert len(scenes) == 2
    assert scenes[0] == scenes[1]
    assert qr_codes.get_by_id(1).expires_at > later


def test_a_span_that_is_none_is_refused(run_command, shop):
    result = run_command("qr-codes", "make", "acme-mp", "shop", "S1", "--temporary", "soon")
    assert result.exit_code == 1
    assert "应写成 7d" in result.output


def test_a_mini_program_has_no_such_codes(run_command, shop):
    assert "不是公众号" in run_command("qr-codes", "make", "acme-mini", "shop", "S1").output


def test_make_all_makes_one_for_each_open_shop_and_goes_on_where_it_stopped(run_command, platform, shop):
    for number in (2, 3, 4):
        shops.create_shop(code=f"S{number}", name=f"{number}号店", location=Coordinates(121.4, 31.2))
    shops.pause(shops.get_by_code("S4"))
    answer, platform.answers[QR_CODE_PATH] = (
        platform.answers[QR_CODE_PATH],
        _reject_second(platform.answers[QR_CODE_PATH]),
    )
    assert run_command("qr-codes", "make-all", "acme-mp").exit_code == 1
    platform.answers[QR_CODE_PATH] = answer
    result = run_command("qr-codes", "make-all", "acme-mp")
    assert "共 3 家营业门店，新生成 2 个二维码" in result.output
    assert all(code.url for code in qr_codes.list_codes())
    assert "新生成 0 个" in run_command("qr-codes", "make-all", "acme-mp").output


def test_list_tells_scans_and_follows(run_command, run_json, shop):
    run_command("qr-codes", "make", "acme-mp", "shop", "S1")
    listed = run_json("qr-codes", "list", "--account", "acme-mp")
    assert [(row["account"], row["name"], row["scans"]) for row in listed] == [("acme-mp", "一号店", 0)]


def test_export_writes_a_picture_of_the_wanted_size(run_command, shop, tmp_path):
    run_command("qr-codes", "make", "acme-mp", "shop", "S1")
    logo, out = tmp_path / "logo.png", tmp_path / "code.png"
    Image.new("RGB", (60, 60), "red").save(logo)
    result = run_command("qr-codes", "export", "1", "--size", "600", "--logo", str(logo), "--out", str(out))
    assert result.exit_code == 0, result.output
    with Image.open(io.BytesIO(out.read_bytes())) as picture:
        assert (picture.format, picture.size) == ("PNG", (600, 600))
        assert picture.getpixel((300, 300)) == (255, 0, 0)


def test_export_as_svg_into_the_current_folder(run_command, shop, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_command("qr-codes", "make", "acme-mp", "shop", "S1")
    assert run_command("qr-codes", "export", "1", "--form", "svg").output == "已保存到 code-1.svg\n"
    assert (tmp_path / "code-1.svg").read_bytes().startswith(b"<svg")


def test_export_into_a_folder_that_is_not_there_is_refused(run_command, shop, tmp_path):
    run_command("qr-codes", "make", "acme-mp", "shop", "S1")
    result = run_command("qr-codes", "export", "1", "--out", str(tmp_path / "no" / "code.png"))
    assert result.exit_code == 1
    assert "不能写入" in result.output


def test_export_of_an_unknown_code_is_refused(run_command):
    assert "没有找到该二维码" in run_command("qr-codes", "export", "9").output


@pytest.fixture
def shop(acme):
    return shops.create_shop(code="S1", name="一号店", location=Coordinates(121.47, 31.23))


def _reject_second(answer):
    asked = []

    def tell(body):
        asked.append(body)
        return (
            answer(body) if len(asked) == 1 else {"errcode": 45011, "errmsg": "api minute-quota reach limit"}
        )

    return tell
