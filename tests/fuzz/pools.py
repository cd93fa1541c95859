"""What a mutation puts in place of something: values that are on the edge, of another kind, or an attack."""

from __future__ import annotations

from random import Random
from typing import Any

from service.findings import FINDINGS
from service.scoring import SCORES
from tests.fuzz.json_text import Raw, nested
from tests.support.records import FINDING, ICD_10_CM, ICD_O_3, LOINC, SNOMED, TUMOUR, UCUM, VALUE, VERTEBRA

#: In nearly every text that is put in, so that one that gets into an error is seen. No element of FHIR has such a name.
MARK = "Zq7-Marke"

NUMBERS: tuple[Any, ...] = (
    *(0, 1, -1, 2, 5, 10, 99, 100, 101, 150, 2**31, -(2**31) - 1, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**30),
    *(0.5, -0.0, 1e-9, 3.4999999999, 5e-324, 1e308, -1e308, 1e22, 12.0),
    *map(Raw, ("1e400", "-1e400", "1e999999", "1e-999999", "NaN", "Infinity", "-Infinity", "1" * 400, "1" * 5000)),
    *map(Raw, ("0." + "3" * 3000, "-0", "1E2", "01", "1.", "0x1F", "1e5", "1.0e+2")),
)
DATES = (
    *("0000", "0001", "0001-01-01", "9999", "9999-12-31", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999-14:00"),
    *("2026-02-30", "2026-13-01", "2025-02-29", "2026-10-01T24:00:00Z", "2026-10-01T23:59:60Z", "10000-01-01"),
    *("2026-10-01T00:00:00+99:99", "0001-01-01T00:00:00+14:00", "2026-10-01T10:00", "-2026", "2026-10", "1899-12-31"),
    *("2026-10-01T00:00:00.123456789123456789Z", "２０２６-10-01", "2026-10-01 ", "2026/10/01", "now", "1e5", "T", ""),
)
UNITS = (
    *("g/dL", "g/L", "mg/dL", "umol/L", "mmol/L", "10*3/uL", "10*9/L", "%", "mm", "cm", "mo", "d", "a", "wk", "h", "1"),
    *("kg/m2", "ukat/L", "{score}", "10*3/uL{x}", "m^999999", "10*999999999", "10*-999999", "m999999999", "kat" * 20),
    *("(" * 30 + "m" + ")" * 30, "/" * 60, "m." * 30 + "m", "g{" + "a" * 55 + "}", "10*3." * 12, "[degF]", "Cel"),
    *("[pH]", "B[SPL]", "2.3.4.5.6.7.8.9", "(m)2", "m[Hg]", "\u00b5mol/l", "months", "K/mcL", "\x00", "9" * 60),
    *("g/(g/(g/(g/(g/(g/(g/(g/(g/(g)))))))))", "g" * 100_000),
)
TEXTS = (
    *(
        "",
        " ",
        "\x00",
        "\x1b[31mred\x1b[0m",
        "\ufeff",
        "\u202eabc\u202c",
        "\u2028\u2029",
        "a\r\nX-Injected: 1",
        "é\u0301" * 50,
    ),
    *("\ud800", "\udfff\ud800", "\U0010ffff", "\uffff", "𝕏" * 500, "\u0e33" * 200, "\u200d" * 50, "ﷺ" * 40, "İıſß"),
    *("<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "]]>", "&lt;&amp;&#x0;", "--><!--", "</text>"),
    *("](javascript:alert(1))", "![x](http://x/y)", "{{7*7}}", "{% raw %}", "${7*7}", "%s%n%x", "{0.__class__}", "`|~"),
    *("' or '1'='1", "'; drop table feedback; --", "../../../etc/passwd", "file:///etc/passwd", "${jndi:ldap://x}"),
    *("x" * 10_000, "a " * 5_000, "(" * 3_000, "." * 5_000, "-" * 5_000, "1" * 5_000, "t" * 2_000 + "!", "C" * 500),
    *("T1-T12 L1-L5 C1-C7 S1-S5 " * 40, "L5 to C1", "T0, T13, L6, C8", "T" * 300 + "1", "no known metastases " * 50),
    *(
        "metastasis of the spine, " * 200,
        "HER2 positive " * 100,
        "4-8",
        "12-1",
        "A,B,C",
        "1,2,3,4,5,6,7,8,9,10,11,12,13",
    ),
)
REFERENCES = (
    *(
        "",
        "#",
        "#x",
        "Patient/p1",
        "Patient/",
        "/",
        "Patient/p1/_history/1",
        "urn:uuid:",
        "urn:oid:1.2.3",
        "Condition/m",
    ),
    *(
        "https://example.org/fhir/Patient/p1",
        "http://[::1",
        "http://169.254.169.254/latest/meta-data/",
        "Patient/" + "9" * 300,
    ),
    *(
        "file:///etc/passwd",
        "Patient/p1|2",
        "Patient?identifier=x",
        "javascript:1",
        "Group/g",
        "//x",
        "Bundle/b",
        "#" * 300,
    ),
)
STATUSES = """final preliminary amended corrected cancelled entered-in-error unknown active completed not-done stopped
draft resolved inactive refuted differential registered on-hold in-progress revoked superseded nonsense""".split()
TYPES = """Patient Condition Observation Procedure MedicationRequest MedicationAdministration MedicationStatement
MedicationDispense Medication DiagnosticReport QuestionnaireResponse RiskAssessment CarePlan ServiceRequest Bundle
Parameters OperationOutcome MessageHeader Group List Composition FamilyMemberHistory Claim Encounter Provenance
BodyStructure Specimen Binary Basic Nonsense patient""".split()
KINDS = "document message transaction transaction-response batch batch-response history searchset collection x".split()
SYSTEMS = (
    FINDING,
    VALUE,
    TUMOUR,
    VERTEBRA,
    LOINC,
    SNOMED,
    ICD_10_CM,
    ICD_O_3,
    UCUM,
    "",
    "urn:oid:2.16.840.1.113883.6.1",
)
CODES = (
    *(finding.code for finding in FINDINGS.values()),
    *(str(value) for finding in FINDINGS.values() for value in getattr(finding.domain, "values", ())[:12]),
    *(f"{score.code}.{item.code}" for score in SCORES for item in score.items),
    *("C79.51", "C79.5", "C50.9", "C61", "C34.90", "C64", "94222008", "128462008", "369453008", "89247-1", "89243-0"),
    *("1751-7", "718-7", "777-3", "6690-2", "2532-0", "1988-5", "17861-6", "1975-2", "2160-0", "8500/3", "9732/3"),
    *("T" + str(n) for n in range(14)),
    *("entered-in-error", "unknown", "asked-declined", "not-performed", "<", ">=", "ad", "C79.5" + "1" * 400),
)
HEADERS = (
    (
        "Content-Type",
        ("application/fhir+json", "application/json", "text/plain", "", "application/fhir+xml", "a/b;c=d;" * 400),
    ),
    (
        "Content-Type",
        ("application/fhir+json; fhirVersion=3.0", "application/fhir+json;fhirVersion=4.3", "multipart/form-data"),
    ),
    (
        "Content-Type",
        ("application/json; charset=utf-16", "application/fhir+json; boundary=" + "x" * 3000, "/", ";;;;", '"'),
    ),
    ("Content-Encoding", ("gzip", "x-gzip", "br", "deflate", "gzip, gzip", "", "identity", "GZIP ", "x" * 2000)),
    (
        "Accept",
        ("*/*", "application/fhir+json", "text/html", "", "a/b;q=9,*/*;q=0", "application/xml", ";q=", "," * 3000),
    ),
    ("Accept", ("application/fhir+json;q=1e400", "application/json;q=-1", "application/*", "*", "*/*;q=" + "0" * 2000)),
    (
        "Accept-Language",
        ("ja", "en", "ja;q=0.1,en;q=0.2", "x" * 3000, "", ";;;q", "*", "ja-JP-u-ca-japanese", "," * 3000),
    ),
    ("Accept-Encoding", ("gzip", "identity;q=0", "", "*;q=0", "gzip;q=x", "gzip;q=1e99")),
    (
        "Prefer",
        ("handling=strict", "respond-async", "return=OperationOutcome", "return=minimal", '"' * 900, ";=,;=,", "="),
    ),
    ("X-Request-Id", ("abc", "", "x" * 5000, "<script>", "é", MARK + "\u2028", "../../x")),
    (
        "Authorization",
        ("Bearer", "Bearer ", "Bearer a.b.c", "Bearer " + "x" * 9000, "Basic eDp5", "bearer eyJhbGciOiJub25lIn0.."),
    ),
    (
        "Authorization",
        ("Bearer " + "." * 5000, "Bearer eyJhbGciOiJub25lIn0.e30.", "Digest x", "Bearer \x00", "Bearer Ω.Ω.Ω"),
    ),
    ("If-None-Match", ("*", 'W/"x"', '"' + "x" * 3000, "W/", ",,,,")),
    ("Range", ("bytes=0-0", "bytes=-1", "bytes=9-1", "bytes=" + "0-1," * 500, "x", "bytes=99999999999999999999-")),
    ("Origin", ("https://sandbox.cds-hooks.org", "null", "file://", "https://x\u2028")),
    ("Host", ("localhost", "x.example", "[::1", "a b", "x" * 3000, "x:99999", "<b>", "x/y")),
    ("X-Forwarded-For", ("10.0.0.1", "::1", "x", "127.0.0.1, 10.0.0.1")),
    ("X-Forwarded-Host", ("evil.example", "x\u2028", "a,b")),
    ("Cookie", ("spinemets=x", "=;=;=", "spinemets=" + "x" * 5000, "__Host-spinemets=..%00")),
    ("HX-Request", ("true", "false")),
    ("Sec-Fetch-Site", ("cross-site", "same-origin", "none")),
    ("X-CSRF-Token", ("x", "é", "")),
)
#: What stands in which member, by the end of its name.
_BY_NAME: tuple[tuple[tuple[str, ...], tuple[Any, ...]], ...] = (
    (("DateTime", "Date", "timestamp", "start", "end", "authored", "issued", "On", "lastUpdated", "Timestamp"), DATES),
    (("unit",), UNITS),
    (("reference", "fullUrl", "url", "uri"), REFERENCES),
    (("status", "intent"), tuple(STATUSES)),
    (("resourceType",), tuple(TYPES)),
    (("type",), tuple(KINDS)),
    (("system",), SYSTEMS),
    (("value", "low", "high", "total", "expires_in", "valueInteger", "valueDecimal"), NUMBERS),
    (("comparator",), ("<", "<=", ">", ">=", "ad", "=", "~", "")),
)


def text(rng: Random) -> str:
    """A text, most often with the mark in it."""
    found = rng.choice(TEXTS)
    return found if rng.random() < 0.2 else f"{MARK}{found}" if rng.random() < 0.5 else f"{found}{MARK}"


def anything(rng: Random) -> Any:
    """A value of any kind."""
    match rng.randrange(10):
        case 0 | 1:
            return rng.choice(NUMBERS)
        case 2 | 3 | 4:
            return text(rng)
        case 5:
            return rng.choice((None, True, False))
        case 6:
            return rng.choice(([], {}, [[]], [None], [{}], {"": ""}, [text(rng)] * 3, {"extension": []}))
        case 7:
            depth = rng.choice((3, 30, 99, 101, 300, 900, 3000))
            return rng.choice((nested(depth), nested(depth, '{"extension":[', "]}", "{}"), nested(depth, '{"a":', "}")))
        case 8:
            return {rng.choice(("coding", "reference", "value", "code", "text", "x")): text(rng)}
        case _:
            return {"system": rng.choice(SYSTEMS), "code": rng.choice(CODES), "value": rng.choice(NUMBERS)}


def fitting(name: str, rng: Random) -> Any:
    """A value of the kind that the member of a name has; for a code, one of ours or a unit."""
    for ends, pool in _BY_NAME:
        if name.endswith(ends):
            return rng.choice(pool)
    if name == "code":
        return rng.choice(CODES) if rng.random() < 0.7 else rng.choice(UNITS)
    return text(rng)
