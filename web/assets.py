"""Static files under names with a hash, compressed, so that a browser loads each of them once.

The hash is of all files, because modules name one another by relative paths: `/static/v/<hash>/m/js/me.js`.
"""

import gzip
import hashlib
import mimetypes
import re
from functools import lru_cache
from pathlib import Path, PurePosixPath

from apiflask import APIBlueprint, APIFlask
from flask import Response, abort, request
from werkzeug.security import safe_join

FOLDER = Path(__file__).resolve().parent.parent / "static"
MAX_AGE_S = 365 * 24 * 3600
MIN_COMPRESSED_BYTES = 512
_COMPRESSIBLE = re.compile(r"text/|application/(json|javascript|xml)|image/svg")
_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}/[^"']+)["']""")

bp = APIBlueprint("assets", __name__, enable_openapi=False)


def init_app(app: APIFlask) -> None:
    """Register the route of the files, the functions for templates, and the compression of responses."""
    app.register_blueprint(bp)
    app.jinja_env.globals.update(asset_url=asset_url, imported_modules=imported_modules)
    app.after_request(_compress)


def asset_url(name: str) -> str:
    """Return the URL of a static file such as `m/css/base.css`."""
    return f"/static/v/{version()}/{name}"


@lru_cache(maxsize=1)
def version() -> str:
    """Return the hash of all static files."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(FOLDER)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@lru_cache(maxsize=100)
def imported_modules(name: str) -> tuple[str, ...]:
    """Return all modules that a module imports, also indirectly, so that a browser loads them at once."""
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        current = waiting.pop(0)
        for target in _IMPORT.findall((FOLDER / current).read_text(encoding="utf-8")):
            path = _join(PurePosixPath(current).parent, target)
            if path not in found and path != name:
                found[path] = None
                waiting.append(path)
    return tuple(found)


@bp.get("/static/v/<version_hash>/<path:name>")
def get_asset(version_hash: str, name: str) -> Response:
    """Return a static file. Only the current version may be kept: an old page gets the new file, and asks again."""
    path = safe_join(str(FOLDER), name)
    if path is None or not Path(path).is_file():
        abort(404)
    response = Response(_read(name), mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream")
    is_current = version_hash == version()
    response.headers["Cache-Control"] = (
        f"public, max-age={MAX_AGE_S}, immutable" if is_current else "no-cache"
    )
    if _accepts_gzip() and _is_compressible(response):
        _set_gzip(response, _read_compressed(name))
    return response


@lru_cache(maxsize=200)
def _read(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


@lru_cache(maxsize=200)
def _read_compressed(name: str) -> bytes:
    return gzip.compress(_read(name), 9, mtime=0)


def _compress(response: Response) -> Response:
    """Compress what is read; answers to writes may hold a token, whose length compression would tell."""
    if request.method == "GET" and response.status_code == 200 and _is_compressible(response):
        response.headers.add("Vary", "Accept-Encoding")
        if _accepts_gzip():
            _set_gzip(response, gzip.compress(response.get_data(), 5, mtime=0))
    return response


def _is_compressible(response: Response) -> bool:
    return (
        not response.direct_passthrough
        and "Content-Encoding" not in response.headers
        and bool(_COMPRESSIBLE.match(response.mimetype))
        and (response.content_length or 0) >= MIN_COMPRESSED_BYTES
    )


def _accepts_gzip() -> bool:
    return request.accept_encodings["gzip"] > 0


def _set_gzip(response: Response, body: bytes) -> None:
    response.set_data(body)
    response.headers["Content-Encoding"] = "gzip"


def _join(folder: PurePosixPath, target: str) -> str:
    """Return a relative import as a path below the folder of static files."""
    parts = list(folder.parts)
    for part in PurePosixPath(target).parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
