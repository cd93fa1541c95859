"""The logs of gunicorn, as lines like all others. It quotes what callers sent where a request fails: that stays out."""

from __future__ import annotations

from typing import Any

from gunicorn import glogging
from gunicorn.config import Config

from service.api.settings import BadSettings, Settings
from service.operations import logs

_NO_REQUEST = "Invalid request"


class Logger(glogging.Logger):  # type: ignore[misc]  # gunicorn ships no types
    """The logger of gunicorn. It keeps no access log: the application logs its requests itself."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True
        try:
            logs.configure(Settings.from_environment())
        except BadSettings:  # said, with what is wrong, by whoever needs them next
            logs.configure(Settings())

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        if str(msg).startswith(_NO_REQUEST):
            self.error_log.warning("a request that is none was refused")
        else:
            super().warning(msg, *args, **kwargs)

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        self.error_log.error("gunicorn has met an exception", exc_info=True)

    def debug(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        self.error_log.debug(str(msg).partition("%")[0].rstrip(" .:"))

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Nothing: the application has its own line."""
