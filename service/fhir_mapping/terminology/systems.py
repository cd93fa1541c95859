"""The code systems by name, and a coding as the maps name it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlsplit

from service import BASE

FINDING = f"{BASE}/CodeSystem/finding"
FINDING_VALUE = f"{BASE}/CodeSystem/finding-value"
TUMOUR = f"{BASE}/CodeSystem/tumour"
VERTEBRA = f"{BASE}/CodeSystem/vertebra"
SCORE = f"{BASE}/CodeSystem/score"
CONCEPT = f"{BASE}/CodeSystem/concept"

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ICD_10 = "http://hl7.org/fhir/sid/icd-10"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_10_GM = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
ICD_10_PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
ICD_O_3 = "http://terminology.hl7.org/CodeSystem/icd-o-3"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
OPS = "http://fhir.de/CodeSystem/bfarm/ops"
NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
RADELEMENT = "https://radelement.org"
HGNC = "http://www.genenames.org"
MII = "https://www.medizininformatik-initiative.de/fhir/ext/modul-onko/CodeSystem"
MII_METASTASES = f"{MII}/mii-cs-onko-fernmetastasen"
ICD_9_CM = "http://hl7.org/fhir/sid/icd-9-cm"
ICD_11 = "http://id.who.int/icd/release/11/mms"

#: ICD-10 of the WHO and what nations made of it: the codes of a tumour are the same but for the exceptions in the maps.
ICD_10_FAMILY = frozenset((ICD_10, ICD_10_CM, ICD_10_GM))
#: Systems whose codes are stems: a longer code says what the shorter one says, and more.
STEMMED = ICD_10_FAMILY | {ICD_O_3, ICD_10_PCS, ATC, OPS, HCPCS}
#: Systems that are known by name and have no map: a record that has nothing else is told so.
UNREAD = {ICD_9_CM: "ICD-9-CM", ICD_11: "ICD-11"}
#: The names by which a person knows them.
TITLES = {
    SNOMED: "SNOMED CT",
    LOINC: "LOINC",
    ICD_10: "ICD-10",
    ICD_10_CM: "ICD-10-CM",
    ICD_10_GM: "ICD-10-GM",
    ICD_10_PCS: "ICD-10-PCS",
    ICD_O_3: "ICD-O-3",
    RXNORM: "RxNorm",
    ATC: "ATC",
    CPT: "CPT",
    HCPCS: "HCPCS",
    OPS: "OPS",
    NCIT: "NCI Thesaurus",
    RADELEMENT: "RadElement",
    HGNC: "HGNC",
    MII_METASTASES: "MII metastases",
    **UNREAD,
}

_OID = "urn:oid:2.16.840.1.113883.6."
_ALIASES = {
    "http://fhir.de/CodeSystem/dimdi/icd-10-gm": ICD_10_GM,
    "http://hl7.org/fhir/sid/icd-10-gm": ICD_10_GM,
    "http://hl7.org/fhir/sid/icd-10-de": ICD_10_GM,
    "http://hl7.org/fhir/sid/icd-10-us": ICD_10_CM,
    "http://hl7.org/fhir/sid/icd-10-pcs": ICD_10_PCS,
    "http://fhir.hl7.org.uk/Id/icd-10": ICD_10,
    "http://id.who.int/icd/release/10": ICD_10,
    "http://hl7.org/fhir/sid/icd-11": ICD_11,
    "http://id.who.int/icd/entity": ICD_11,
    "http://hl7.org/fhir/sid/icd-9": ICD_9_CM,
    "http://hl7.org/fhir/sid/icd-o-3": ICD_O_3,
    "http://terminology.hl7.org/CodeSystem/icd-o-3-topography": ICD_O_3,
    "http://terminology.hl7.org/CodeSystem/icd-o-3-morphology": ICD_O_3,
    "http://hl7.org/fhir/sid/icd-o-3-topography": ICD_O_3,
    "http://hl7.org/fhir/sid/icd-o-3-morphology": ICD_O_3,
    "http://fhir.de/CodeSystem/bfarm/atc": ATC,
    "http://fhir.de/CodeSystem/dimdi/atc": ATC,
    "http://fhir.de/CodeSystem/dimdi/ops": OPS,
    "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets": HCPCS,
    "http://terminology.hl7.org/CodeSystem/hcpcs": HCPCS,
    "http://www.genenames.org/geneId": HGNC,
    "http://dktk.dkfz.de/fhir/onco/core/CodeSystem/FMLokalisationCS": MII_METASTASES,
    f"{_OID}1": LOINC,
    f"{_OID}3": ICD_10,
    f"{_OID}4": ICD_10_PCS,
    f"{_OID}12": CPT,
    f"{_OID}43.1": ICD_O_3,
    f"{_OID}43.1.1": ICD_O_3,
    f"{_OID}73": ATC,
    f"{_OID}88": RXNORM,
    f"{_OID}90": ICD_10_CM,
    f"{_OID}96": SNOMED,
    f"{_OID}103": ICD_9_CM,
    f"{_OID}135": ICD_10,
    f"{_OID}285": HCPCS,
    "urn:oid:2.16.840.1.113883.3.26.1.1": NCIT,
}

Key = tuple[str, str]

#: No code is longer than this; what is, is none, and is not remembered.
_LONGEST = 256
#: The marks of ICD-10 that are no part of a code: dagger, asterisk, exclamation mark, the hyphen for digits left out.
_MARKS = " \t\u00a0+*!#-†‡."
_SUFFIX = re.compile(r"/version/[^/]*$|/\d{4}[0-9.-]*$")

R = TypeVar("R")


def remembered(look_up: Callable[[Key], R]) -> Callable[[str | None, str | None], R]:
    """A look-up by system and code that remembers its answers, and forgets what is too long to be a code."""
    quick = lru_cache(maxsize=16_384)(lambda system, code: look_up(_normal(system, code)))

    def found(system: str | None, code: str | None) -> R:
        if len(system or "") > _LONGEST or len(code or "") > _LONGEST:
            return look_up(("", ""))
        return quick(system, code)

    return found


def tidy(system: str, code: str) -> str:
    """A code without what does not tell codes of its system apart."""
    if system in ICD_10_FAMILY:
        return "".join(code.split()).upper().rstrip(_MARKS).replace(".", "")
    if system in STEMMED:
        return " ".join(code.split()).upper().replace(".", "")
    return code.strip()


def named(system: str) -> str:
    """A code system as the maps name it: without version, edition or final slash, whichever of its names is used."""
    return _named(system) if len(system) <= _LONGEST else system


@lru_cache(maxsize=1024)
def _named(system: str) -> str:
    system = system.split("|", 1)[0].strip()
    folded = _folded(system)
    if folded in _FOLDED:
        return _FOLDED[folded]
    shorter = _SUFFIX.sub("", folded)
    if shorter in _FOLDED:
        return _FOLDED[shorter]
    if folded.startswith("snomed.info/sct/"):
        return SNOMED
    if re.fullmatch(r"hl7\.org/fhir/sid/icd-10-[a-z]{2}", folded):  # a nation's own, of which nothing else is known
        return ICD_10
    return system.rstrip("/")


def _folded(system: str) -> str:
    """A URI without its scheme, in small letters where case does not count."""
    if system[:4].lower() == "urn:":
        return system.lower()
    try:
        parts = urlsplit(system)
    except ValueError:
        return system
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}" if parts.scheme.lower() in ("http", "https") else system


_FOLDED = {_folded(name): name for name in (*TITLES, FINDING, FINDING_VALUE, TUMOUR, VERTEBRA, SCORE, CONCEPT)} | {
    _folded(name): system for name, system in _ALIASES.items()
}


def _normal(system: str | None, code: str | None) -> Key:
    name = named(system or "")
    return name, tidy(name, code or "")


normal = remembered(lambda key: key)
"""A coding as the maps name it."""
