"""What keeps the server from starting: said in one plain line, and not as a trace of the program."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from service.operations.logs import safe

#: The exit code where what was given is wrong, as on the command line.
_BAD_INPUT = 2


@contextmanager
def or_ended() -> Iterator[None]:
    """Ends the process where a setting, or a file or folder that one names, cannot be used.

    Raises:
        SystemExit: that is so. Every other fault is one of ours, and keeps its trace.
    """
    try:
        yield
    except (ValueError, RuntimeError) as error:
        _end(str(error))
    except OSError as error:
        _end(f"A file or folder that the settings name cannot be used: {error.strerror}. Correct it.")


def _end(message: str) -> None:
    print(f"spinemets: {safe(message)}", file=sys.stderr, flush=True)
    sys.exit(_BAD_INPUT)
