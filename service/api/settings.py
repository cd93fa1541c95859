"""The settings of the server, from the environment."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from environs import Env, EnvError, validate

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?", re.ASCII)


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
    fhir_servers: tuple[str, ...] = ()
    """Base URLs of the FHIR servers that may be read for a CDS Hooks call or a SMART launch; commas between them."""
    cds_budget_ms: int = 300
    """Time that a CDS Hooks call may take in all, reading from its FHIR server included."""
    remembered: int = 64
    """Records whose assessment is kept in memory for the next call about them, for each worker; 0 for none."""
    remembered_seconds: int = 120
    """How long such an assessment is kept."""
    cors_origins: tuple[str, ...] = ("*",)
    """Origins of the pages that may call the CDS Hooks services, commas between them; credentials are never sent."""
    database: str | None = None
    """URL of the database for feedback and SMART sessions, SQLite or PostgreSQL. Without it, an SQLite file."""
    smart_client_id: str | None = None
    """The id under which this service is registered as a SMART app. Without it there is no launch."""
    smart_client_secret: str | None = field(default=None, repr=False)
    """Its secret, where it is registered as a confidential client."""
    frame_origins: tuple[str, ...] = ()
    """Origins of the pages of EHRs that show a launched page in a frame, commas between them."""

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
        secret = env.str("SMART_CLIENT_SECRET", "")
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
            fhir_servers=_listed(env.str("FHIR_SERVERS", "")),
            cds_budget_ms=env.int("CDS_BUDGET_MS", cls.cds_budget_ms, validate=at_least_one),
            remembered=env.int("REMEMBERED", cls.remembered, validate=validate.Range(min=0, max=10_000)),
            remembered_seconds=env.int("REMEMBERED_SECONDS", cls.remembered_seconds, validate=at_least_one),
            cors_origins=_listed(env.str("CORS_ORIGINS", ",".join(cls.cors_origins))),
            database=env.str("DATABASE", "") or None,
            smart_client_id=env.str("SMART_CLIENT_ID", "") or None,
            smart_client_secret=secret or None,
            frame_origins=_origins(env.str("FRAME_ORIGINS", "")),
        )


def _listed(text: str) -> tuple[str, ...]:
    """``a, b`` as its parts."""
    return tuple(part for each in text.split(",") if (part := each.strip().rstrip("/")))


def _origins(text: str) -> tuple[str, ...]:
    """A list of origins. They become part of a header, so nothing else may be among them.

    Raises:
        environs.EnvError: one is not an origin.
    """
    found = _listed(text)
    if not all(_ORIGIN.fullmatch(each) for each in found):
        raise EnvError("SPINEMETS_FRAME_ORIGINS: give origins such as https://hospital.example, commas between them")
    return found
