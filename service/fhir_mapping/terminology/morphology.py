"""The codes of ICD-O-3 in the forms in which they are sent: site, histology and behaviour, apart or in one string."""

from __future__ import annotations

import re
from typing import NamedTuple

_TOPOGRAPHY = re.compile(r"C\d\d\d?", re.ASCII)
#: ``8140/3``, ``M8140/3``, ``81403``, ``8140``; a grade after it (``8140/33``) and the behaviour twice (``80463/3``).
_MORPHOLOGY = re.compile(r"M?-?(\d{4})(\d)?(?:/(\d)\d?)?", re.ASCII)
_BETWEEN = re.compile(r"[\s,;|+&]+")

METASTATIC = "6"
#: Benign, uncertain and in situ: none of them is a cancer.
NO_CANCER = frozenset("012")
#: Behaviours of a tumour whose histology tells which one it is; none given counts as malignant beside a malignant site.
_MALIGNANT = frozenset("369")


class IcdO(NamedTuple):
    """A code of ICD-O-3; each part is None where it is not given."""

    topography: str | None
    morphology: str | None
    behaviour: str | None

    @property
    def histology(self) -> str | None:
        """The morphology with the behaviour under which the maps have it, or None where it is no cancer."""
        if self.morphology is None or (self.behaviour or "3") not in _MALIGNANT:
            return None
        return f"{self.morphology}/3"

    @property
    def exact(self) -> str | None:
        """The morphology with its own behaviour, or None where that is not given."""
        return f"{self.morphology}/{self.behaviour}" if self.morphology and self.behaviour else None


def parsed(code: str) -> IcdO | None:
    """The parts of a code without dots and in capitals, or None where it is none."""
    topography = morphology = behaviour = None
    for part in _BETWEEN.split(code):
        if _TOPOGRAPHY.fullmatch(part):
            if topography is not None:
                return None
            topography = part
            continue
        match = _MORPHOLOGY.fullmatch(part)
        if match is None or morphology is not None or (match[2] and match[3] and match[2] != match[3]):
            return None
        morphology, behaviour = match[1], match[3] or match[2]
    return IcdO(topography, morphology, behaviour)
