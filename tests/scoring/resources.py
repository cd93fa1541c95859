"""The findings of an example as a FHIR record, in both ways that the interface has for each."""

from __future__ import annotations

from typing import Any

from service.findings import FINDINGS, LESION
from tests.support.records import (
    AS_OF,
    LEVEL_EXTENSION,
    LOINC,
    VALUE,
    Resource,
    bundle,
    concept,
    condition,
    level,
    observation,
    patient,
    primary,
)

Known = dict[str, Any]

#: The codes by which a laboratory would send them.
LAB_CODES = {
    "albumin": "1751-7",
    "platelets": "777-3",
    "crp": "1988-5",
    "ldh": "2532-0",
    "bilirubin": "1975-2",
    "calcium": "17861-6",
}
SCALE_CODES = {"ecog": "89247-1", "karnofsky": "89243-0"}
#: Another unit, and how many of it are one of the unit of the finding.
OTHER_UNITS = {
    "albumin": ("g/L", 10),
    "platelets": ("10*9/L", 1),
    "crp": ("mg/L", 10),
    "ldh": ("mU/mL", 1),
    "bilirubin": ("mg/L", 10),
    "calcium": ("mg/L", 10),
    "dumbbell-diameter": ("mm", 10),
    "time-from-cancer-diagnosis": ("a", 1 / 12),
    "time-developing-motor-deficit": ("h", 24),
}
ICD_10 = {
    "lung": "C34.9",
    "breast": "C50.9",
    "prostate": "C61",
    "kidney": "C64.9",
    "thyroid": "C73",
    "stomach": "C16.9",
    "colon": "C18.9",
    "rectum": "C20",
    "myeloma": "C90.0",
}


def _plainly(finding: str, value: Any, where: Known) -> Resource:
    """An Observation as the interface has it: our code, or LOINC where there is one, and the level as body site."""
    if finding == "primary-tumour":
        return primary(value)
    unit = getattr(FINDINGS[finding].domain, "unit", "1")
    if finding in LAB_CODES:
        return observation(LAB_CODES[finding], (value, unit), system=LOINC)
    if finding in SCALE_CODES:
        return observation(SCALE_CODES[finding], value, system=LOINC)
    return observation(finding, value if unit == "1" else (value, unit), **where)


def _otherwise(finding: str, value: Any, where: Known) -> Resource:
    """The same in another form: other units, scales and codes, a diagnosis, counts for words."""
    if finding == "primary-tumour" and value in ICD_10:
        return condition(ICD_10[value])
    if finding in OTHER_UNITS:
        unit, factor = OTHER_UNITS[finding]
        return observation(finding, (round(value * factor, 9), unit), **where)
    if finding in SCALE_CODES:
        return observation(finding, (value, "{score}"))
    if finding == "frankel-grade":
        return observation("asia-impairment", value.replace("frankel", "asia"))
    if finding == "sins-collapse" and value in ("over-50", "under-50"):
        return observation(finding, (70 if value == "over-50" else 30, "%"), **where)
    if finding == "visceral-metastases" and value != "none":
        both = concept(("present", VALUE), (value, VALUE))
        return observation(finding, {"valueCodeableConcept": both})
    if isinstance(value, bool):
        return observation(finding, {"valueCodeableConcept": concept((str(value).lower(), VALUE))}, **where)
    if isinstance(value, int):
        return observation(finding, (value, "1"), **where)
    return _plainly(finding, value, where)


def _person(known: Known, *, in_patient: bool) -> list[Resource]:
    """The Patient, who has a birth date and a gender only where these are to say age and sex."""
    someone = {k: v for k, v in patient().items() if k not in ("gender", "birthDate")}
    if not in_patient:
        return [someone]
    year, rest = AS_OF.split("-", 1)
    if "age" in known:
        someone["birthDate"] = f"{int(year) - known['age']}-{rest}"
    if "sex" in known:
        someone["gender"] = known["sex"]
    return [someone]


def record(code: str, known: Known, *, plainly: bool = True) -> Resource:
    """A record of one lesion. Plainly its level is the body site of each; otherwise it is said by a reference."""
    (at,) = known.get("vertebral-level", ("T6",))
    origin = "dumbbell" if code == "dumbbell" else "metastatic"
    if plainly:
        shows = observation("tumour-origin", origin, at)
        where: Known = {"at": at}
    elif origin == "metastatic":
        shows = condition("C79.51", at=at, name="metastasis")
        where = {"focus": [{"reference": "Condition/metastasis"}]}
    else:
        where = {"extension": [{"url": LEVEL_EXTENSION, "valueCodeableConcept": level(at)}]}
        shows = observation("tumour-origin", origin, **where)
    of_patient = () if plainly else ("age", "sex")
    form = _plainly if plainly else _otherwise
    said = [
        form(finding, value, where if FINDINGS[finding].scope == LESION else {})
        for finding, value in known.items()
        if finding != "vertebral-level" and finding not in of_patient
    ]
    return bundle(*_person(known, in_patient=not plainly), shows, *said)
