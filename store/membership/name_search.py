"""The search for members by a part of their name or nickname, which the audit log records."""

import re
from collections.abc import Sequence
from typing import Any

from store.core import errors
from store.core.database import db
from store.customers import name_parts
from store.customers.customers import Customer
from store.customers.members import Member
from store.tenants import audit

MAX_FOUND = 500  # names that are decrypted for one search
_OTHER_KEY = re.compile(r"@|^[0-9Xx\s-]+$")


@db.transactional
def find_customer_ids(text: str, *, among: Sequence[Any]) -> list[int] | None:
    """Return the ids of the customers whose name or nickname contains a text, or None if they are too many.

    `among` are the conditions of the other filters. The log gets the number of results and never the text, which is
    personal data. A number or an address is no name and finds none.
    """
    if _OTHER_KEY.search(text) or not name_parts.is_searchable(text):
        return []
    columns = (Customer.id, Customer.name, Customer.nickname)
    conditions = name_parts.list_conditions(Customer.id, text)
    chosen: Any = Member.select(*columns).join(Customer).where(*among, *conditions).distinct()
    candidates = list(chosen.limit(MAX_FOUND + 1).objects(Customer))
    if len(candidates) > MAX_FOUND:
        audit.record("members.search_by_name", "members", after={"found": f"超过 {MAX_FOUND}"})
        return None
    found = [row.id for row in candidates if name_parts.matches(row, text)]
    audit.record("members.search_by_name", "members", after={"found": len(found)})
    return found


def too_many_found() -> errors.DomainError:
    """Return the error for a part of a name that too many people have."""
    message = f"符合的会员超过 {MAX_FOUND} 位，请补充姓名，或按手机号、卡号查找"
    return errors.DomainError("too_many_found", message, 422)
