"""Tells English that is left in a text of another language from citations and names, which stay."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Three words of Latin letters one after another are English, or a name.
_RUN = re.compile(r"(?:[A-Za-z][A-Za-z'\-]*[ ,;:]+){2,}[A-Za-z][A-Za-z'\-]+")
#: Before a year, or after one, stand authors and journals; a name that stays has a capital in each word.
_CITATION = re.compile(r"(?:[A-Z][\w'\-]*|et|al|and|van|der|la|de|von)(?:[ .,]+|$)")
_NAMES = ("Van der Linden", "van der Linden", "New England Spinal Metastasis Score", "UCUM", "urn:")


def english(text: str, names: tuple[str, ...] = ()) -> Iterator[str]:
    """Runs of words that are neither a citation nor a name; ``names`` are further ones that stay."""
    for run in _RUN.findall(text):
        kept = run
        for name in (*_NAMES, *names):
            kept = kept.replace(name, "")
        if _RUN.search(kept) and _CITATION.sub("", kept).strip(" ,;:"):
            yield run
