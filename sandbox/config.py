"""The configuration of the sandbox from the environment."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Config:
    accounts_file: Path
    sms_key: str
    smtp_port: int = 0  # 0 starts no SMTP server


def load_from_environment() -> Config:
    return Config(
        accounts_file=Path(os.environ.get("SANDBOX_ACCOUNTS", "var/sandbox/accounts.json")),
        sms_key=os.environ.get("SANDBOX_SMS_KEY", "sandbox-sms-key"),
        smtp_port=int(os.environ.get("SANDBOX_SMTP_PORT") or 0),
    )
