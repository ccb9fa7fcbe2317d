"""Masks that show personal data only in part."""


def mask_phone(phone: str) -> str:
    """Mask a phone: `+8613812345678` → `138****5678`. Other countries keep their code and last four digits."""
    national = phone.removeprefix("+86")
    if national == phone:
        return f"{phone[:3]}****{phone[-4:]}"
    return f"{national[:3]}****{national[-4:]}"


def mask_name(name: str) -> str:
    """Mask a name: `王小美` → `王**`."""
    return name[:1] + "*" * (len(name) - 1)


def mask_email(email: str) -> str:
    """Mask an e-mail address: `xiaomei@example.com` → `x***@example.com`."""
    name, _, host = email.rpartition("@")
    return f"{name[:1]}***@{host}"


def mask_id_number(number: str) -> str:
    """Mask an ID number: `11010519491231002X` → `1****************X`."""
    return number[:1] + "*" * (len(number) - 2) + number[-1:]


def mask_address(address: str) -> str:
    """Mask an address: `延安西路 2299 号 5 楼` → `延安西路****`."""
    return f"{address[:4]}****"


def mask_birthday(day: str) -> str:
    """Mask a birthday: `1990-05-01` → `****-05-01`."""
    return f"****{day[4:]}"


def mask_card(number: str) -> str:
    """Mask a card number: `8000000000001234` → `****1234`."""
    return f"****{number[-4:]}"
