"""The settings of the server, from the environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from environs import Env, validate


@dataclass(frozen=True)
class Settings:
    """Each setting is the environment variable ``SPINEMETS_`` and its name in capitals."""

    max_body_bytes: int = 16 * 1024 * 1024
    """Largest body, before and after decompression. Larger ones are refused with 413."""
    policies: Path | None = None
    """Folder with the site's policies, a JSON file each. Without it there is the default policy."""

    @classmethod
    def from_environment(cls) -> Settings:
        """The settings that the environment gives.

        Raises:
            environs.EnvError: a variable has a value that cannot be.
        """
        env = Env(prefix="SPINEMETS_")
        folder = env.str("POLICIES", "")
        return cls(
            max_body_bytes=env.int("MAX_BODY_BYTES", cls.max_body_bytes, validate=validate.Range(min=1)),
            policies=Path(folder) if folder else None,
        )
