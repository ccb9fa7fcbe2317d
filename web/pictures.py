"""Pictures that staff have uploaded, for everybody who knows their random name."""

from apiflask import APIBlueprint
from flask import Response

import config
from store.core.errors import not_found
from store.tenants import pictures, registry

MAX_AGE_S = 365 * 24 * 3600

bp = APIBlueprint("pictures", __name__, enable_openapi=False)


@bp.get("/pictures/<tenant>/<name>")
def get_picture(tenant: str, name: str) -> Response:
    """Return a picture. It never changes, and a browser never runs it or guesses another type."""
    if not registry.SLUG_PATTERN.fullmatch(tenant):
        raise not_found("该图片")
    path = pictures.path_of(tenant, name, var=config.current().var)
    if not path.is_file():
        raise not_found("该图片")
    response = Response(path.read_bytes(), mimetype=pictures.MIME_TYPES[name.rpartition(".")[2]])
    response.headers.update({
        "Cache-Control": f"public, max-age={MAX_AGE_S}, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
    })  # fmt: skip
    return response
