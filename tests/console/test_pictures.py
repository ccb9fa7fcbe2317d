"""Pictures that staff upload: encoded again, under a random name, for everybody who knows it."""

import io

import pytest
from PIL import Image

import config
from store.core.errors import DomainError
from store.tenants import pictures


def make_picture(form="PNG", size=(40, 30), colour="red", **options):
    out = io.BytesIO()
    Image.new("RGBA" if form == "PNG" else "RGB", size, colour).save(out, form, **options)
    return out.getvalue()


def upload(browser, data, name="a.png"):
    form = {"file": (io.BytesIO(data), name)}
    return browser.request("POST", "pictures", data=form, content_type="multipart/form-data")


def test_an_uploaded_picture_is_served_to_everybody(browser, web):
    answer = upload(browser, make_picture("JPEG", size=(3000, 100), comment=b"<script>"), "x.html")
    assert answer.status_code == 201, answer.text
    path = answer.json["data"]["url"].removeprefix(config.current().public_url)
    assert path.endswith(".jpg")
    shown = web.test_client().get(path)
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert b"<script>" not in shown.data
    assert Image.open(io.BytesIO(shown.data)).width == pictures.MAX_SIDE_PX


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        make_picture()[:60],
        make_picture("GIF"),
    ],
)
def test_other_files_are_refused(browser, data):
    assert upload(browser, data).json["data"]["field"] == "file"


@pytest.mark.parametrize("limit", ["MAX_BYTES", "MAX_PIXELS"])
def test_a_picture_that_is_too_large_is_refused(monkeypatch, limit):
    monkeypatch.setattr(pictures, limit, 50)
    with pytest.raises(DomainError) as refused:
        pictures.encode(make_picture("PNG", size=(60, 40)))
    assert refused.value.details["field"] == "file"


@pytest.mark.parametrize(
    "path",
    [
        "/pictures/acme/..%2Fregistry.db",
        "/pictures/acme/a.jpg",
        f"/pictures/Acme/{'a' * 24}.jpg",
        f"/pictures/acme/{'a' * 24}.jpg",
    ],
)
def test_other_names_are_not_found(web, path):
    assert web.test_client().get(path).status_code == 404


def test_readers_upload_nothing(new_browser, add_staff):
    assert upload(new_browser().take_session(add_staff("reader", "user")), make_picture()).status_code == 403
