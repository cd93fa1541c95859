"""Every meter, with what its labels may be. No value of a label comes from a record, a token or an address."""

from __future__ import annotations

from service.operations.metering import OTHER, OURS, Counter, Histogram, Meter, figures

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", OTHER)
_STATUSES = tuple(
    """200 201 202 204 302 303 304 307 308 400 401 403 404 405 406 408 409 410 412 413 414 415 422 429 431 500 502 503
    504""".split()
)
_CODES = tuple(
    """invalid structure required value invariant security login unknown expired forbidden suppressed processing
    not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension too-costly business-rule
    conflict transient lock-error no-store exception timeout incomplete throttled""".split()
)
_PURPOSES = ("fhir", "token", "keys", "smart", "terminology", "audit")
_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)

# Requests

REQUESTS = Counter(
    "requests",
    "Requests that were answered, by door, method and status.",
    {"door": OURS, "method": METHODS, "status": _STATUSES},
)
SECONDS = Histogram(
    "request_seconds",
    "Time from the first byte of a request that the application sees to the last of its answer.",
    {"door": OURS},
    buckets=_SECONDS,
)
REFUSALS = Counter(
    "refusals", "Problems for which requests were refused, by the code of FHIR.", {"door": OURS, "code": _CODES}
)
LIMITED = Counter(
    "limited",
    "Requests that met a limit: of bytes, of parts, of the head, of time, of how many may wait or be kept.",
    {"limit": tuple("size number head time slow waiting draining jobs".split())},
)

# What was said of records

ASSESSMENTS = Counter(
    "assessments",
    "Records that were assessed: with a tumour of the spine, or without.",
    {"door": OURS, "outcome": ("tumour", "no-tumour")},
)
EMERGENCIES = Counter("emergencies", "Assessments whose plan has a step of an emergency.", {"door": OURS})
COMPLETE = Counter(
    "complete",
    "Assessments of a tumour, by whether anything missing could change the answer.",
    {"complete": ("yes", "no")},
)
RECOMMENDATIONS = Counter(
    "recommendations",
    "Recommendations, by treatment and by whether they are settled or hang on a finding.",
    {"treatment": OURS, "certainty": ("settled", "conditional")},
)
RESULTS = Counter(
    "results", "Results of scores by their band; open where several are possible.", {"score": OURS, "band": OURS}
)
LEDGER = Counter(
    "ledger", "Remarks on resources of records; not-understood counts the codes that no map knows.", {"code": OURS}
)

# Callers

CALLERS = Counter(
    "callers",
    "Requests whose caller was accepted, by how it was known.",
    {"kind": ("anonymous", "token", "cds", "certificate", "launch")},
)
CALLERS_REFUSED = Counter(
    "callers_refused",
    "Requests whose caller was refused, by the reason.",
    {
        "reason": tuple(
            """none malformed algorithm signature key issuer audience expired early replay scope service certificate
            address oversized other""".split()
        )
    },
)
TOKENS = Counter("tokens", "Tokens that backend services asked for.", {"outcome": ("issued", "refused")})
KEYS = Counter("key_sets", "Refreshes of the keys of issuers.", {"outcome": ("loaded", "stale", "failed")})
REPLAY_FALLBACK = Counter(
    "replay_fallback", "Tokens whose single use was checked by one worker alone, because the database did not answer."
)

# Calls to others

OUTGOING = Counter(
    "outgoing",
    "Calls to other servers, by purpose and by how they ended; forbidden: not sent, for the address is not allowed.",
    {
        "purpose": _PURPOSES,
        "outcome": tuple("ok refused throttled failed broken timeout unreachable forbidden".split()),
    },
)
OUTGOING_SECONDS = Histogram(
    "outgoing_seconds", "Time of a call to another server.", {"purpose": _PURPOSES}, buckets=_SECONDS
)

# The service itself

AUDIT = Counter(
    "audit",
    "Entries of the audit trail; cut: a worker found that one which it had seen there is gone.",
    {"outcome": ("written", "failed", "cut", "sent", "send-failed")},
)
WORKERS = Counter(
    "workers",
    "Workers that were started, that left by themselves, and that ended in whatever way.",
    {"event": ("started", "left", "ended")},
)

METERS: tuple[Meter, ...] = tuple(each for each in list(globals().values()) if isinstance(each, Meter))

figures().renew(METERS)
