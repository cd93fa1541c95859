"""An independent judge: which resources of a record matter to a tumour of the spine, and what became of them.

Nothing of the product's own relevance is used: the words and codes below were chosen from the records of others.
``python -m tests.support.coverage FOLDER`` judges every JSON file of a folder and prints the table.
"""

from __future__ import annotations

import codecs
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from service.fhir_mapping.inbound import Intake
from service.problems import Rejected
from tests.support.records import bare, metastasis, take

Resource = dict[str, Any]


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_CANCER = _words(
    r"\bcancer|canc[eé]r\b|carcin|karzin|neoplas|neubildung|tumou?r\b|tumeur|malign|b[öo]sartig|metasta|sar[ck]om",
    "lymphom|leuk[a]?emi|myelom|melanom|blastom|seminom|mesotheliom|gliom|oncolog|onkolog|krebs|kanker|がん|腫瘍|転移",
)
_SPINE = _words(
    "spinal cord|cauda equina|vertebr|wirbel|spondyl|myelopath|parapleg|tetrapleg",
    r"\bspine\b|spinal (?:instab|stenos|metasta)",
)
_STATUS = _words(r"\becog\b|karnofsky|lansky|performance status|leistungszustand|frankel|asia impairment")
_PATHOLOGY = _words(
    r"\btnm\b|gleason|histolog|grading|residual(?:status| tumou?r)|tumorstatus|gesamtbeurteilung",
    r"ki-?67|her-?2|(?:o?estrogen|progesterone) receptor|prostate specific|\bpsa\b|\bcea\b|\bca ?(?:15-3|19-9|125)\b",
    r"microsatellite|\bpd-?l1\b|gene(?:tic)? variant|genetische variante|stag(?:e|ing) (?:group|categor)",
)
_TREATMENT = _words(
    "radi(?:o|ation )therap|irradiat|radiation|bestrahl|strahlenth|brachytherap|teletherap|chemo(?:therap|embol)",
    "immun(?:e|o)therap|antineoplas|hormone therapy|systemische therapie|zytostat",
    "mastectom|lumpectom|prostatectom|nephrectom|laminectom|kyphoplast|vertebroplast|spinal fusion|spondylodes",
)
_DRUG = _words(
    "denosumab|zoledron|pamidron|ibandron|alendron|dexameth",
    r"(?:platin|taxel|rubicin|tinib|ciclib|parib|limus|lutamide)\b",
    r"(?:trastuz|bevaciz|pembroliz|nivol|ipilim|atezoliz|durval|pertuz|cetux|ritux|panitum|daratum)\w*mab",
    "tamoxifen|letrozol|anastrozol|exemestan|fulvestrant|leuprol|goserelin|degarelix|abirateron|bicalutamid",
    "fluorouracil|capecitabin|gemcitabin|cyclophospham|methotrexat|etoposid|irinotecan|vincristin|vinorelbin",
    "pemetrexed|bortezomib|lenalidomid|melphalan|temozolomid|bleomycin|folinic|leucovorin|megestrol",
)
_IMAGING = _words(r"bone scan|scintigra|whole body|ganzk[öo]rper|\bpet\b|positron")
#: To look for a cancer is not to have one.
_SEARCH = _words("screening|vorsorge|mammography")

#: LOINC codes that are often sent without words: performance status, stages and histology, and the items in which a
#: cancer registry gives diagnosis, site and metastases.
_LOINC = frozenset(
    """
    89247-1 89262-0 89243-0 42800-3 21908-9 21902-2 21905-5 21906-3 21907-1 21899-0 21900-6 21901-4 59847-4 31206-6
    69548-6 86255-7 21855-2 59848-2 33733-7
    """.split()
)
#: Laboratory values of survival scores, which matter in results and not in orders.
_LABORATORY = frozenset(
    """
    1751-7 61151-7 718-7 20509-6 59260-0 6690-2 26464-8 777-3 26515-7 1988-5 30522-7 2532-0 14804-9 1975-2 14631-6
    17861-6 2000-8 2160-0 14682-9 6768-6 6301-6
    """.split()
)
#: SNOMED CT: treatments and metastases.
_SNOMED = frozenset(
    """
    1217123003 1287742003 108290001 33195004 53438000 152198000 367336001 266719004 1259200004 76334006 385421009
    94222008 94602001 94225005 128462008 363346000 71286001 192970008
    """.split()
)
#: By a part of the system's name: neoplasms, their history and treatment, fractures in them, compression of the cord.
_STEMS = {
    "icd-10": re.compile(r"C\d|D[0-4]\d|Z85|Z51\.?[01]|M84\.?5|M49\.?5|M48\.?5|G95\.?2|G83\.?4|G99\.?2|G82"),
    "atc": re.compile("L01|L02|M05B|H02AB02|V10"),
    "ops": re.compile("8-5[2-4]|5-83"),
}

_GENERAL = (_CANCER, _SPINE)
_OF_RESULTS = (*_GENERAL, _STATUS, _PATHOLOGY)
_OF_TREATMENT = (*_GENERAL, _TREATMENT, _DRUG)
#: By type: the elements whose words and codes are looked at, and the words that matter there.
_LOOKED_AT: dict[str, tuple[tuple[str, ...], tuple[re.Pattern[str], ...]]] = {
    "Condition": (("code",), _GENERAL),
    "Observation": (("code", "component", "valueCodeableConcept"), _OF_RESULTS),
    "Procedure": (("category", "code", "reasonCode", "reasonReference"), _OF_TREATMENT),
    **dict.fromkeys(
        ("MedicationRequest", "MedicationStatement", "MedicationAdministration"),
        (("medicationCodeableConcept", "medicationReference", "reasonCode", "reasonReference"), _OF_TREATMENT),
    ),
    "DiagnosticReport": (("code", "conclusion", "conclusionCode"), (*_OF_RESULTS, _IMAGING)),
    "ImagingStudy": (("description", "procedureCode", "reasonCode", "series"), (*_GENERAL, _IMAGING)),
    "QuestionnaireResponse": (("item",), _OF_RESULTS),
    "FamilyMemberHistory": (("condition",), (_CANCER,)),
    "CarePlan": (("title", "category", "activity", "addresses"), _OF_TREATMENT),
    "ServiceRequest": (("code", "reasonCode", "reasonReference"), _OF_TREATMENT),
    "RiskAssessment": (("code", "method", "prediction"), _OF_RESULTS),
    "AdverseEvent": (("event", "suspectEntity"), _GENERAL),
    "ClinicalImpression": (("description", "summary", "code", "finding"), _OF_RESULTS),
    "BodyStructure": (("morphology", "location"), _GENERAL),
    "Specimen": (("type", "collection"), (_CANCER,)),
}
_WORDS = frozenset(("display", "text", "description", "title", "conclusion", "summary", "valueString"))


@dataclass(frozen=True)
class Coverage:
    """What became of the relevant resources of a record, by the names they have there."""

    used: tuple[str, ...] = ()
    explained: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


def coverage(record: Resource, intake: Intake) -> Coverage:
    """Judges what the intake made of each relevant resource of a Bundle."""
    said = {line.resource for line in intake.ledger}
    found: dict[str, list[str]] = {"used": [], "explained": [], "missed": []}
    listed = list(_entries(record))
    for names, resource in listed:
        if not is_relevant(resource, [each for _, each in listed]):
            continue
        if names & set(intake.inputs):
            fate = "used"
        else:
            fate = "explained" if names & said or resource["resourceType"] in said else "missed"
        found[fate].append(_title(names, resource))
    return Coverage(*(tuple(found[fate]) for fate in ("used", "explained", "missed")))


def is_relevant(resource: Resource, beside: Sequence[Resource] = ()) -> bool:
    """Whether a resource says something of a tumour, of the spine, of their treatment, or what a score asks for."""
    kind = resource.get("resourceType", "")
    if kind not in _LOOKED_AT:
        return False
    elements, words = _LOOKED_AT[kind]
    chosen = [resource[name] for name in elements if name in resource]
    chosen += [_target(each, resource, beside) for each in _references(chosen)]
    texts = [text for part in chosen for text in _texts(part)]
    if any(_SEARCH.search(text) for text in texts):
        return False
    if any(pattern.search(text) for pattern in words for text in texts):
        return True
    codes = _LOINC | _LABORATORY if kind == "Observation" else _LOINC
    return any(_by_code(system, code, codes) for part in chosen for system, code in _codes(part))


def _by_code(system: str, code: str, loinc: frozenset[str]) -> bool:
    system = system.lower()
    if "loinc" in system or system.endswith("883.6.1"):
        return code in loinc
    if "snomed" in system:
        return code in _SNOMED
    named = "icd-10" if system.endswith("883.6.90") else system.rpartition("/")[2]
    return any(name in named and "pcs" not in named and stem.match(code) for name, stem in _STEMS.items())


def _entries(record: Resource) -> Iterator[tuple[set[str], Resource]]:
    """Every resource with the names by which it may be called."""
    for index, entry in enumerate(record.get("entry") or ()):
        resource = entry.get("resource") or {}
        kind, name = resource.get("resourceType"), resource.get("id")
        names = {f"Bundle.entry[{index}].resource", f"{kind}/{name}" if name else "", entry.get("fullUrl") or ""}
        yield names - {""}, resource


def _title(names: set[str], resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}" if resource.get("id") else min(names, key=len)


def _texts(part: Any) -> Iterator[str]:
    for name, value in _members(part):
        if isinstance(value, str) and (name in _WORDS or name == ""):
            yield value


def _codes(part: Any) -> Iterator[tuple[str, str]]:
    if isinstance(part, dict):
        if isinstance(part.get("code"), str):
            yield part.get("system") or "", part["code"]
        for value in part.values():
            yield from _codes(value)
    elif isinstance(part, list):
        for value in part:
            yield from _codes(value)


def _references(part: Any) -> Iterator[str]:
    return (value for name, value in _members(part) if name == "reference" and isinstance(value, str))


def _members(part: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """All scalars below an element, each with the name of the member that holds it."""
    if isinstance(part, dict):
        for key, value in part.items():
            yield from _members(value, key)
    elif isinstance(part, list):
        for value in part:
            yield from _members(value, name)
    else:
        yield name, part


def _target(reference: str, holder: Resource, beside: Sequence[Resource]) -> Any:
    """The code of what a drug or a reason refers to, contained or in the Bundle."""
    tail = reference.rpartition("/")[2].removeprefix("#").removeprefix("urn:uuid:")
    return next((r.get("code") for r in [*holder.get("contained", ()), *beside] if r.get("id") == tail), None)


def with_a_lesion(record: Resource) -> Resource:
    """The record, or the single resource, about a patient who has a metastasis at T6."""
    made = record if record.get("resourceType") == "Bundle" else bare(record)
    listed = made.get("entry") or []
    lesion = {name: value for name, value in metastasis().items() if name != "subject"}
    return {**made, "entry": [*listed, {"resource": lesion | _subject(listed)}]}


def _subject(listed: list[Resource]) -> Resource:
    """The subject that the first Patient, or else the first subject, of the entries gives."""
    filled = [entry for entry in listed if entry and "resource" in entry]
    for entry in filled:
        name = entry.get("fullUrl") or (f"Patient/{entry['resource']['id']}" if "id" in entry["resource"] else None)
        if entry["resource"].get("resourceType") == "Patient" and name:
            return {"subject": {"reference": name}}
    subjects = (entry["resource"].get("subject", entry["resource"].get("patient")) for entry in filled)
    return next(({"subject": subject} for subject in subjects if subject), {})


def counted(folder: Path) -> dict[str, Counter[str]]:
    """For each folder below: files ``read`` and ``refused``, resources ``used``, ``explained`` and ``missed``."""
    totals: dict[str, Counter[str]] = {}
    for path in sorted(folder.rglob("*.json")):
        total = totals.setdefault(path.relative_to(folder).parts[0], Counter())
        try:
            record = with_a_lesion(orjson.loads(path.read_bytes().removeprefix(codecs.BOM_UTF8)))
            judged = coverage(record, take(record))
        except (Rejected, orjson.JSONDecodeError):
            total["refused"] += 1
            continue
        total["read"] += 1
        total.update(used=len(judged.used), explained=len(judged.explained), missed=len(judged.missed))
        for name in judged.missed:
            print(f"missed: {path}: {name}", file=sys.stderr)
    return totals


def table(totals: dict[str, Counter[str]]) -> list[str]:
    """The rows of the page of records."""
    columns = ("read", "refused", "used", "explained", "missed")
    return [f"| `{name}` | {' | '.join(str(total[each]) for each in columns)} |" for name, total in totals.items()]


if __name__ == "__main__":
    print("\n".join(table(counted(Path(sys.argv[1])))))
