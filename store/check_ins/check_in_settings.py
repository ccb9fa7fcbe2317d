"""Change of the settings of check-ins and make-ups (签到设置) together."""

from collections.abc import Mapping
from typing import Any

from store.check_ins.check_ins import CheckInSettings
from store.check_ins.make_ups import MakeUpSettings
from store.core import errors
from store.core.database import db
from store.tenants import cost_centres, settings


@db.transactional
def change(
    *, check_in: Mapping[str, Any], make_up: Mapping[str, Any]
) -> tuple[CheckInSettings, MakeUpSettings]:
    """Change the settings of both, or nothing if one is invalid. Idempotent. Raises DomainError(invalid)."""
    code = check_in.get("cost_centre")
    if code is not None and code != settings.read(CheckInSettings).cost_centre:
        centre = cost_centres.find_by_code(code)
        if centre is None:
            raise errors.invalid("cost_centre", f"没有编码为 {code} 的成本中心，请先开设")
        cost_centres.ensure_open(centre)
    return settings.change(CheckInSettings, **check_in), settings.change(MakeUpSettings, **make_up)
