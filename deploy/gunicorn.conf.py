"""gunicorn's settings are a part of the package, where they are explained: service/server/gunicorn_conf.py."""

from service.server.gunicorn_conf import *  # noqa: F403
