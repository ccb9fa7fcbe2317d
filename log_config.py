"""Logs: one JSON line an entry, with the request id; phone numbers and secrets never get through."""

import logging
import re
import sys

import structlog

_PHONE_PATTERN = re.compile(r"(?<!\d)(?:\+?86)?(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_SECRET_PATTERN = re.compile(
    r"((?:access_token|secret|session_key|js_code|appsecret)[\"']?\s*[=:]\s*[\"']?)[^&\s\"',}]+", re.I
)


def redact(text: str) -> str:
    """A text with phone numbers masked and values of secret-looking names removed."""
    return _SECRET_PATTERN.sub(r"\1***", _PHONE_PATTERN.sub(r"\1****\2", text))


class RedactingFormatter(logging.Formatter):
    """The last gate before a line is written: whatever made it, it is cleaned here."""

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
    """Send all logging of the process through the cleaning formatter to standard error."""
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
