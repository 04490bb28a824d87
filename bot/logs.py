"""Log for machines or for people, and never a secret or what somebody wrote.

Everything passes here, the libraries' lines too. Tokens, secrets and response addresses are masked wherever
they stand; the content of messages is replaced by its length unless the line is a debug line.
"""

import json
import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any, Literal, TextIO

import structlog
from structlog.types import Processor

MASK = "•••"

_SECRET_KEYS = re.compile(
    r"token|secret|password|passwd|authorization|cookie|signature|api_?key|\bcode\b|response_url|database_url",
    re.IGNORECASE,
)
#: Where Slack payloads and our own rows keep what people wrote.
_CONTENT_KEYS = {"text", "blocks", "view", "body", "payload", "reason", "attachments"}
_SECRETS_IN_TEXT = [
    (re.compile(r"\bx(?:ox[a-z]|app|wfp)(?:[.-][A-Za-z0-9]+)+"), MASK),
    (re.compile(r"(https://hooks\.slack(?:-gov)?\.com/)\S+"), rf"\1{MASK}"),
    (re.compile(r"(wss?://[^\s?]+\?)\S+"), rf"\1{MASK}"),
    (re.compile(r"(\w+://[^\s:/@]+:)[^\s@]+(@)"), rf"\1{MASK}\2"),
    (re.compile(r"\bv0=[0-9a-f]{64}\b"), f"v0={MASK}"),
    (re.compile(r"(/calendar/)[\w-]{20,}"), rf"\1{MASK}"),
]
#: What Postgres adds to an error, such as "Failing row contains (…)", up to where SQLAlchemy or Python go on.
_DETAIL = re.compile(r"(\nDETAIL:).*?(?=\n\[SQL: |\n\nThe above exception was|\n\nDuring handling of|\Z)", re.DOTALL)
#: What each of those has in it: most strings are told apart from them at one look.
_SUSPECT = re.compile(r"xox|xapp|xwfp|://|v0=|/calendar/")
#: Made once: `json.dumps` makes one for every line.
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=repr)
#: Their debug and info lines repeat whole payloads.
_TALKATIVE = ("slack_bolt", "slack_sdk", "aiohttp.access", "apscheduler", "sqlalchemy.engine", "alembic")


def configure(style: Literal["json", "console"], *, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send every log line of the process to `stream` (stderr without one), in the given style."""
    out = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        withhold_content,
        mask_secrets,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(_json)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=out.isatty())
    )
    structlog.configure(
        processors=[*shared, renderer],
        logger_factory=partial(_Lines, out),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


class _Lines:
    """Where the lines of one of our loggers end.

    They do not pass the standard library, whose record of a line costs more than all that we do with it.
    """

    def __init__(self, out: TextIO, name: str = "") -> None:
        self.name = name
        self._out = out

    def msg(self, line: str) -> None:
        """Write it. A log that cannot be written (a full disk, a reader that is gone) fails nothing else."""
        with suppress(OSError, ValueError):
            self._out.write(line + "\n")
            self._out.flush()

    debug = info = warning = error = critical = msg


def _json(line: MutableMapping[str, Any], **_: Any) -> str:
    return _ENCODER.encode(line)


def mask_secrets(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace every secret in the line, however deep, by a mask."""
    for key, value in line.items():
        line[key] = MASK if _is_secret(key) and value else _masked(value)
    return line


def withhold_content(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace what people wrote by its length, except in debug lines."""
    if line.get("level") != "debug":
        for key in _CONTENT_KEYS & line.keys():
            line[key] = f"<{len(str(line[key]))} characters>"
        if "exception" in line:
            line["exception"] = _DETAIL.sub(rf"\1 {MASK}", str(line["exception"]))
    return line


@lru_cache(1024)
def _is_secret(key: str) -> bool:
    return _SECRET_KEYS.search(key) is not None


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        if not _SUSPECT.search(value):
            return value
        for secret, mask in _SECRETS_IN_TEXT:
            value = secret.sub(mask, value)
        return value
    if isinstance(value, dict):
        return {key: MASK if _is_secret(str(key)) and one else _masked(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_masked(one) for one in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return _masked(str(value))
