"""The doors of operations, as the document describes them."""

from __future__ import annotations

from service.api.openapi.model import HTML, JSON, Answer, Door, ref, refusals

_GROUP = "Operations"
_NO_FIGURES = Answer(503, "The figures cannot be read.", {"text/plain": {"type": "string"}}, ("Retry-After",))
_KEPT = Answer(304, "It is as the caller has it.")

DOORS: tuple[Door, ...] = (
    Door(
        "GET",
        "/healthz",
        _GROUP,
        "Whether the process answers",
        "Looks at nothing else: for the probe that restarts a process.",
        (Answer(200, "It answers.", {JSON: ref("Alive")}), *refusals()),
        call="curl '{address}/healthz'",
        shown='{"status": "ok", "version": "...", "knowledge": "..."}',
    ),
    Door(
        "GET",
        "/readyz",
        _GROUP,
        "Whether it can do its work",
        "For the probe that sends requests, or sends none.",
        (
            Answer(200, "It can.", {JSON: ref("Ready")}),
            *refusals(),
            Answer(503, "It cannot: which check says so.", {JSON: ref("Ready")}, ("Retry-After",)),
        ),
        call="curl '{address}/readyz'",
        shown='{"status": "...", "version": "...", "knowledge": "..."}',
    ),
    Door(
        "GET",
        "/metrics",
        _GROUP,
        "Figures for Prometheus",
        "Counts and times. Nothing of a record is among them.",
        (Answer(200, "The figures.", {"text/plain": {"type": "string"}}), *refusals(401, 403, 404), _NO_FIGURES),
        call="curl '{address}/metrics'",
    ),
    Door(
        "GET",
        "/openapi.json",
        _GROUP,
        "This document",
        "The doors in OpenAPI 3.1.",
        (Answer(200, "The document.", {JSON: {"type": "object"}}, ("ETag", "Vary")), _KEPT, *refusals()),
        call="curl '{address}/openapi.json'",
    ),
    Door(
        "GET",
        "/docs",
        _GROUP,
        "The same, to read",
        "Each door with what it takes, a call, and what is answered.",
        (Answer(200, "The page.", {HTML: {"type": "string"}}, ("ETag",)), _KEPT, *refusals()),
        call="curl '{address}/docs'",
    ),
)
