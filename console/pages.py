"""The page of the console. It belongs to no tenant and holds no data: the sign-in names the merchant."""

from apiflask import APIBlueprint
from flask import abort, render_template

from web.security_headers import protect

bp = APIBlueprint("console_pages", __name__, enable_openapi=False)
protect(bp, is_framed=False, shows_blobs=True)


@bp.get("/console", strict_slashes=False)
@bp.get("/console/<path:path>")
def console_page(path: str = "") -> str:
    """Render the shell, in which the script shows the page of the path."""
    if path.partition("/")[0] == "api":
        abort(404)
    return render_template("console/shell.html")
