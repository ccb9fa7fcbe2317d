import pytest

from store.core import events
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.details import ShopDetails

CSV_HEADER = "code,name,lng,lat,city\n"
TWO_SHOPS_CSV = CSV_HEADER + "S1,一号店,121.47,31.23,上海市\nS2,二号店,121.48,31.24,上海市\n"


def test_open_pause_resume_close_walk_a_shop_through_its_life(run_command):
    opened = run_command(
        "shops", "create", "S1", "一号店", "--lng", "121.47", "--lat", "31.23", "--city", "上海市"
    )
    assert opened.output == "门店 S1（一号店）营业中\n"
    assert run_command("shops", "pause", "S1").output == "门店 S1（一号店）已暂停\n"
    assert run_command("shops", "resume", "S1").output == "门店 S1（一号店）营业中\n"
    assert run_command("shops", "close", "S1", "--yes").output == "门店 S1（一号店）已关店\n"
    assert "门店已关店" in run_command("shops", "resume", "S1").output


def test_close_asks_first(run_command, first_shop):
    assert run_command("shops", "close", "S1", input="n\n").exit_code == 1
    assert shops.get_by_code("S1").state == "open"


def test_a_gps_reading_is_moved_onto_the_map(run_command):
    run_command("shops", "create", "S1", "一号店", "--lng", "121.47", "--lat", "31.23", "--datum", "wgs84")
    assert shops.get_by_code("S1").lng == pytest.approx(121.4745, abs=1e-3)


def test_list_finds_by_word_and_state(run_json, run_command, first_shop):
    assert run_json("shops", "list", "--search", "一号")["total"] == 1
    assert run_json("shops", "list", "--state", "closed")["list"] == []
    assert "S1\t" in run_command("shops", "list").output


def test_import_opens_all(run_command, tmp_path):
    result = import_shops(run_command, tmp_path, TWO_SHOPS_CSV)
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "已新开 2 家，修改 0 家，0 家没有变化")
    assert shops.get_by_code("S2").city == "上海市"
    again = import_shops(run_command, tmp_path, TWO_SHOPS_CSV)
    assert again.output.splitlines()[-1] == "已新开 0 家，修改 0 家，2 家没有变化"


def test_one_wrong_line_leaves_all_unopened_and_tells_every_error(run_command, tmp_path):
    bad = "S3,,121,31,\nS4,四号店,east,31,\nS1,又一号,121,31,\nS5,五号店,121,99,\n"
    result = import_shops(run_command, tmp_path, TWO_SHOPS_CSV + bad)
    assert result.exit_code == 1
    for line, words in ((4, "name"), (5, "lng：应为数字"), (6, "与第 2 行重复"), (7, "纬度")):
        assert any(
            said.startswith(f"第 {line} 行") and words in said for said in result.output.splitlines()
        ), line
    assert "4 行有误，未导入任何门店" in result.output
    assert shops.list_shops() == ([], 0)
    assert events.Event.select().where(events.Event.kind == "shops.created").count() == 0


def test_a_dry_run_keeps_nothing(run_command, tmp_path, first_shop):
    planned = import_shops(run_command, tmp_path, TWO_SHOPS_CSV, "--dry-run").output.splitlines()
    assert planned == [
        "门店 S1 将修改：",
        "  城市：（空） → 上海市",
        "检查通过：将新开 1 家，修改 1 家，0 家没有变化",
    ]
    assert shops.list_shops()[1] == 1
    assert shops.get_by_code("S1").city == ""


def test_a_code_that_names_another_shop_is_an_error(run_command, tmp_path, first_shop):
    result = import_shops(run_command, tmp_path, CSV_HEADER + "S1,别的店,121,31,\n")
    assert "第 2 行：门店编码 S1 已被“一号店”使用" in result.output


def test_a_file_from_a_chinese_excel_is_read(run_command, tmp_path):
    (tmp_path / "shops.csv").write_bytes(TWO_SHOPS_CSV.encode("gb18030"))
    assert run_command("shops", "import", str(tmp_path / "shops.csv")).exit_code == 0
    assert shops.get_by_code("S1").name == "一号店"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,lng\n一号店,121\n", "code：缺少此列"),
        ("code,name\nS1,一号店\n", "第 2 行：lng：新门店请填写经度和纬度"),
        ("code,name,name\nS1,一号店,x\n", "name：此列重复"),
        (TWO_SHOPS_CSV.replace("city", "town"), "town：不认识的列"),
        (CSV_HEADER, "应有 1–20000 行"),
        (CSV_HEADER + 'S1,"一号店,121,31,\n', "不是有效的 CSV"),
    ],
)
def test_a_file_of_another_shape_is_refused(run_command, tmp_path, text, said):
    result = import_shops(run_command, tmp_path, text)
    assert result.exit_code == 1
    assert said in result.output


ALL_CHANGES = {
    "--hours": "周一至周五 08:00-22:00; 周六、周日 10:00-02:00", "--holidays": "2026-10-01至2026-10-03 休息",
    "--phone": "021-12345678", "--address": "人民大道 1 号", "--logo": "/files/logo.png", "--brand": "小二便利",
    "--description": "早餐、鲜食", "--introduction": "步行两分钟", "--region": "华东", "--province": "上海市",
    "--city": "上海市", "--district": "黄浦区", "--contact": "店长", "--industry": "便利店", "--shop-type": "直营",
    "--department": "华东分部", "--source": "门店收银", "--pictures": "/a.png https://cdn.example/b.png",
    "--advertisements": "/c.png | 新店 | /m/", "--template": "fresh", "--delivery": "否", "--pickup": "是",
}  # fmt: skip


def test_n02_every_detail_of_a_shop_can_be_changed(run_command, first_shop):
    arguments = [part for pair in ALL_CHANGES.items() for part in pair]
    changed = run_command("shops", "change", "S1", *arguments)
    assert (changed.exit_code, changed.output.splitlines()[0]) == (0, "门店 S1（一号店）已修改")
    assert "  电话：（空） → 021-12345678" in changed.output
    shop = shops.get_by_code("S1")
    assert (shop.hours["mon"], shop.hours["sun"]) == ([["08:00", "22:00"]], [["10:00", "02:00"]])
    assert shop.holidays == {f"2026-10-0{day}": [] for day in (1, 2, 3)}
    assert (shop.region, shop.shop_type, shop.delivery, shop.pickup) == ("华东", "直营", False, True)
    assert (shop.pictures, shop.logo_url) == (["/a.png", "https://cdn.example/b.png"], "/files/logo.png")
    assert shop.advertisements == [{"picture": "/c.png", "title": "新店", "link": "/m/"}]
    assert run_command("shops", "change", "S1", *arguments).output == "门店 S1（一号店）没有变化\n"
    assert "周一至周五 08:00-22:00" in run_command("shops", "show", "S1").output


def test_n02_a_dash_clears_a_detail_and_a_datum_is_converted(run_command, run_json, first_shop):
    run_command("shops", "change", "S1", "--phone", "021-1", "--hours", "每天 00:00-24:00")
    run_command(
        "shops", "change", "S1", "--hours", "-", "--lng", "121.47", "--lat", "31.23", "--datum", "wgs84"
    )
    shop = run_json("shops", "show", "S1")
    assert (shop["hours"], shop["phone"]) == ({}, "021-1")
    assert shop["lng"] == pytest.approx(121.4745, abs=1e-3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--hours", "早八点到晚八点"), "应写成“周一至周五 08:00-22:00"),
        (("--hours", "周一 08:00-22:00; 周一至周三 09:00-12:00"), "周一写了两次"),
        (("--hours", "周一 08:00-25:00"), "hours"),
        (("--holidays", "2026-13-01 休息"), "应写成“2026-10-01至2026-10-03 休息"),
        (("--delivery", "也许"), "应为是或否"),
        (("--phone", "call me"), "phone"),
        (("--lng", "121"), "经度和纬度要一起填写"),
    ],
)
def test_n02_what_cannot_be_read_changes_nothing(run_command, first_shop, arguments, said):
    result = run_command("shops", "change", "S1", "--city", "上海市", *arguments)
    assert result.exit_code == 1
    assert said in result.output
    assert shops.get_by_code("S1").city == ""


def test_n02_an_import_changes_shops_after_it_showed_the_differences(run_command, tmp_path, first_shop):
    text = "code,phone,hours,city\nS1,021-7,周一至周五 08:00-22:00,\n"
    declined = import_shops(run_command, tmp_path, text, confirmed=False)
    assert "  营业时间：（空） → 周一至周五 08:00-22:00" in declined.output
    assert (declined.exit_code, shops.get_by_code("S1").phone) == (1, "")
    done = import_shops(run_command, tmp_path, text)
    assert done.output.splitlines()[-1] == "已新开 0 家，修改 1 家，0 家没有变化"
    assert shops.get_by_code("S1").phone == "021-7"


def test_n02_every_column_can_be_imported(run_command, tmp_path):
    columns = [name.removeprefix("--").replace("-", "_").replace("logo", "logo_url") for name in ALL_CHANGES]
    header = ",".join(["code,name,lng,lat,datum,payment", *columns])
    cells = ",".join(f'"{value}"' for value in ALL_CHANGES.values())
    result = import_shops(run_command, tmp_path, f"{header}\nS9,九号店,121.47,31.23,bd09,否,{cells}\n")
    assert result.exit_code == 0, result.output
    shop = shops.get_by_code("S9")
    assert (shop.department, shop.payment, shop.template) == ("华东分部", False, "fresh")
    assert set(columns) | {"payment"} == set(ShopDetails.model_fields)


def test_f10_a_cell_too_many_is_an_error_and_empty_rows_are_left_out(run_command, tmp_path):
    empty = ",,,,\n\n"
    bad = "S3,三号店,121,31,上海市,多的\n"
    result = import_shops(run_command, tmp_path, TWO_SHOPS_CSV + empty + bad)
    assert (result.exit_code, result.output.splitlines()[0]) == (1, "第 6 行：多出 1 格：多的")
    assert shops.list_shops() == ([], 0)
    assert import_shops(run_command, tmp_path, TWO_SHOPS_CSV + empty).exit_code == 0


@pytest.fixture
def first_shop(acme):
    return shops.create_shop(code="S1", name="一号店", location=Coordinates(121.47, 31.23))


def import_shops(run_command, folder, text, *options, confirmed=True):
    file = folder / "shops.csv"
    file.write_text(text)
    return run_command("shops", "import", str(file), *options, input="y\n" if confirmed else "n\n")
