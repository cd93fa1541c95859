"""What of the deployment is tried with nginx runs by ``make deploy-check`` alone: nginx has to be there for it."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("DEPLOY") else ["test_behind_nginx*.py"]
