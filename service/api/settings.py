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
    maps: Path | None = None
    """Folder with the site's own ConceptMaps, which are put on top of those of the package."""
    terminology_server: str | None = None
    """Base URL of a FHIR terminology server that is asked for unknown SNOMED CT codes; never required."""
    public_url: str | None = None
    """Where callers reach the server, without a path. Without it, what a request names as its host."""
    async_from_bytes: int = 1024 * 1024
    """Smallest body that is answered later where the caller prefers it. Smaller ones are answered at once."""
    jobs: Path | None = None
    """Private folder for the answers that are fetched later. Without it, a fresh one that goes with the server."""
    max_jobs: int = 16
    """Most such answers at a time, those that are being made included. More are refused with 429."""
    job_seconds: int = 3600
    """How long such an answer is kept."""

    @classmethod
    def from_environment(cls) -> Settings:
        """The settings that the environment gives.

        Raises:
            environs.EnvError: a variable has a value that cannot be.
        """
        env = Env(prefix="SPINEMETS_")
        at_least_one = validate.Range(min=1)
        folder, maps, jobs = env.str("POLICIES", ""), env.str("MAPS", ""), env.str("JOBS", "")
        address = env.str("PUBLIC_URL", "", validate=validate.Regexp(r"(https?://[^/\s?#]+/?)?$"))
        return cls(
            max_body_bytes=env.int("MAX_BODY_BYTES", cls.max_body_bytes, validate=at_least_one),
            policies=Path(folder) if folder else None,
            maps=Path(maps) if maps else None,
            terminology_server=env.str("TERMINOLOGY_SERVER", "") or None,
            public_url=address.rstrip("/") or None,
            async_from_bytes=env.int("ASYNC_FROM_BYTES", cls.async_from_bytes, validate=at_least_one),
            jobs=Path(jobs) if jobs else None,
            max_jobs=env.int("MAX_JOBS", cls.max_jobs, validate=at_least_one),
            job_seconds=env.int("JOB_SECONDS", cls.job_seconds, validate=at_least_one),
        )
