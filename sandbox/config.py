"""The configuration of the sandbox from the environment."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Config:
    accounts_file: Path
    sms_key: str


def load_from_environment() -> Config:
    return Config(
        accounts_file=Path(os.environ.get("SANDBOX_ACCOUNTS", "var/sandbox/accounts.json")),
        sms_key=os.environ.get("SANDBOX_SMS_KEY", "sandbox-sms-key"),
    )
