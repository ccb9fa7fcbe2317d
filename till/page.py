"""The page of the till. It belongs to no tenant and holds no data: the secret of a terminal names the tenant."""

from apiflask import APIBlueprint
from flask import render_template

from web.security_headers import protect

bp = APIBlueprint("till_page", __name__, enable_openapi=False)
protect(bp, scans=True)


@bp.get("/till", strict_slashes=False)
def till_page() -> str:
    """Render the till."""
    return render_template("till/page.html")
