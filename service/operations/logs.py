"""What a line of the log is: JSON, or text for a terminal. Ours and those of libraries go the same way.

No line holds a value of a record. An exception is said by its kind and its place, for its message may quote what was
sent; of a line of a library, whose words are not ours to vouch for, there is the template alone. A line is one line:
whatever would end it, or move a terminal, is written as its code.
"""

from __future__ import annotations

import logging
import sys
import unicodedata
from types import TracebackType
from typing import Any, Protocol, TextIO

import orjson
import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

#: The logger of the service, and the one of requests beneath it.
OURS = "spinemets"
#: Loggers whose lines are shown as they are: ours, and gunicorn's, of which what callers sent is kept out before.
_KNOWN = (OURS, "gunicorn")
#: Control signs, signs that turn the direction, private ones, halves of pairs, ends of lines and paragraphs.
_UNSAFE = frozenset(("Cc", "Cf", "Co", "Cs", "Zl", "Zp"))
_LONGEST = 500


class Wanted(Protocol):
    """The settings that logs hang on."""

    @property
    def log_level(self) -> str: ...
    @property
    def log_format(self) -> str: ...


def configure(wanted: Wanted, stream: TextIO | None = None) -> None:
    """Sends all logs of this process to standard error, or to ``stream``."""
    to = stream or sys.stderr
    as_text = wanted.log_format == "text" or (wanted.log_format == "auto" and to.isatty())
    handler = logging.StreamHandler(to)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_of_a_library, *_COMMON],
            pass_foreign_args=True,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _safe, _text if as_text else _json],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    level = logging.getLevelNamesMapping()[wanted.log_level.upper()]
    for name in _KNOWN:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)


def configure_if_nobody_has(wanted: Wanted) -> None:
    """The same, unless the process that runs the application has set up its own logs."""
    if not logging.getLogger().handlers:
        configure(wanted)


def place(trace: TracebackType | None) -> str:
    """Where something went wrong: the module and line of the innermost step."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "?"


def safe(text: str) -> str:
    """A text as part of one line, whatever is in it, and not without end."""
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    if cut.isascii() and cut.isprintable():
        return cut
    return "".join(f"\\u{{{ord(sign):x}}}" if unicodedata.category(sign) in _UNSAFE else sign for sign in cut)


def _exception(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """The kind and place of an exception, and no more of it."""
    given: ExcInfo | BaseException | bool | None = event.pop("exc_info", None)
    event.pop("stack_info", None)
    if isinstance(given, BaseException):
        kind, trace = type(given), given.__traceback__
    elif isinstance(given, tuple) and given[0] is not None:
        kind, trace = given[0], given[2]
    elif given is True and sys.exc_info()[0] is not None:
        kind, trace = sys.exc_info()[0], sys.exc_info()[2]  # type: ignore[assignment]  # it has just been looked at
    else:
        return event
    return {**event, "kind": kind.__name__, "place": place(trace)}


def _of_a_library(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Of a line that is not ours, what its author wrote, without what was put in."""
    record: logging.LogRecord = event["_record"]
    put_in = event.pop("positional_args", ())
    if record.name.partition(".")[0] not in _KNOWN:
        event["event"] = record.msg if put_in and isinstance(record.msg, str) else "(a message that is not shown)"
    return event


def _safe(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Every text as part of one line; what is neither a text nor a number, by its kind."""
    return {safe(name): _said(value) for name, value in event.items()}


def _said(value: Any) -> Any:
    if isinstance(value, str):
        return safe(value)
    return value if isinstance(value, int | float | None) else f"({type(value).__name__})"


def _json(logger: WrappedLogger, method: str, event: EventDict) -> str:
    first = {name: event.pop(name) for name in ("time", "level", "logger", "event") if name in event}
    return orjson.dumps({**first, **event}, option=orjson.OPT_NON_STR_KEYS).decode()


def _text(logger: WrappedLogger, method: str, event: EventDict) -> str:
    time, level, event_ = event.pop("time", ""), event.pop("level", ""), event.pop("event", "")
    event.pop("logger", None)
    more = "".join(f"  {name}={value}" for name, value in event.items() if value is not None)
    return f"{time} {level:7} {event_}{more}"


_COMMON: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    _exception,
]

structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *_COMMON, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=False,
)
