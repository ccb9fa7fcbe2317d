"""Logs: one JSON line per entry with the request id; phone numbers and secrets are redacted."""

import logging
import re
import sys

import structlog

_PHONE_PATTERN = re.compile(r"(?<!\d)(?:\+?86)?(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_SECRET_PATTERN = re.compile(
    r"((?:access_token|secret|session_key|js_code|appsecret)[\"']?\s*[=:]\s*[\"']?)[^&\s\"',}]+", re.I
)


def redact(text: str) -> str:
    """Mask phone numbers and remove the values of names that look like secrets."""
    return _SECRET_PATTERN.sub(r"\1***", _PHONE_PATTERN.sub(r"\1****\2", text))


class RedactingFormatter(logging.Formatter):
    """Formatter that redacts every line before it is written, whichever library logged it."""

    def __init__(self) -> None:
        super().__init__()
        self._structured = structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
            foreign_pre_chain=_PROCESSORS,
        )

    def format(self, record: logging.LogRecord) -> str:
        return redact(self._structured.format(record))


_PROCESSORS: list = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def configure(level: int = logging.INFO) -> None:
    """Send all logs of the process through the redacting formatter to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("wechatpy", "urllib3", "peewee", "rq.worker"):
        logging.getLogger(noisy).setLevel(logging.WARNING)  # their debug lines carry keys and tokens
    structlog.configure(
        processors=[*_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
