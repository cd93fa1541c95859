"""Every English text that a catalogue has to say: ``python -m tests.language.inventory [--missing] [--po]``.

Three ways find them, and each finds what the others cannot: the tables are walked as objects, the templates are read
off the source, and whole answers are said with a translator that writes down what it is asked for.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import service
from service import wording
from service.decision import care, emergency, fitness, guideline_notes, guidelines, imaging, noms, radiotherapy, surgery
from service.decision.model import Row
from service.evidence import Choice
from service.findings import FINDINGS, Finding
from service.language import catalogue
from service.policy import DEFAULT
from service.scoring import SCORES, sources
from service.scoring.model import Measure, Status
from service.scoring.sources import Source
from service.text import Cased, Phrase, Quoted, Series, partition
from service.vertebrae import REGIONS
from service.wording import advice
from service.wording.names import PLACES, SHORTENED
from tests.language import of_knowledge
from tests.language.whole_answers import asked

ROOT = Path(service.__file__).parent
#: The fields of the tables that are texts for people, whatever table they are in.
TEXTS = frozenset(
    """title label meaning text perhaps why reason remark measure differ read predicts population setting clock asks
    note because country""".split()
)
#: Of them those that are on the pages of the knowledge only, not in answers.
_OF_PAGES = frozenset(("differ", "read", "read_in"))
#: Rooms whose objects are texts of answers.
ROOMS = ("findings", "scoring", "decision", "handoffs", "wording", "summary", "report", "fhir_mapping.outbound")
#: What stays as it is: names of instruments and studies, units, abbreviations, codes.
AS_THEY_ARE = frozenset(
    """SINS ESCC NOMS LMNOP SRS cEBRT cEBRT/SRS COPPER CT MRI AUC ECOG Karnofsky INR HER2 WBB NESMS PRISM SOMA MPNST CRP
    mg/dL g/dL 10*3/uL kg/m2 U/L mo cm Gy Katagiri Tomita Tokuhashi Bauer Rades Mizumoto NICE CEPO L M N O P""".split()
)
#: What looks like a sentence, and is read by a machine, or by whoever starts the server.
NOT_FOR_READERS = frozenset(
    (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        "GET, HEAD, OPTIONS",
        "the folder of SPINEMETS_JOBS is not private: chmod 700, owned by the user of the server",
        "the terminology server needs an https address; http is for this machine only",
        "the address of the terminology server is no URL; give one such as https://host/fhir",
        "string key",
        "separation surg",
        "terminology server",
        "being assessed",
        "the subjects",
        "Number of the last row of the audit trail.",
        "no such door",
    )
)
_LETTERS = re.compile(r"[A-Za-z]{2}")
_CITATION = re.compile(r"^[\w .,'\-]+ (et al\. )?(19|20)\d\d[a-z]?(, .*)?$")


def msgids() -> dict[str, str]:
    """The texts, each with where it is from, in a stable order."""
    found: dict[str, str] = {}
    for where, texts in (
        ("findings", _findings()),
        ("tables", _tables()),
        ("constants", _constants()),
        ("pieces", _pieces()),
        ("templates", _templates()),
        ("messages", _messages()),
        ("pages", _pages()),
        ("answers", _answers()),
    ):
        for text in texts:
            if wants(text):
                found.setdefault(text, where)
    found |= dict.fromkeys(_described_sources(), "sources")
    for text in (*_tables(_OF_PAGES), *_looked_up(*of_knowledge.texts())):
        if wants(text):
            found.setdefault(text, "knowledge")
    return {text: where for text, where in found.items() if f"{text}." not in found}


def wants(text: str) -> bool:
    """Whether a text is one that a catalogue can say otherwise."""
    plain = re.sub(r"\{\w*[^}]*\}", "", text)
    if text in AS_THEY_ARE | NOT_FOR_READERS or _CITATION.match(text) or text.startswith("spinemets-cds "):
        return False
    return bool(_LETTERS.search(plain)) or (bool(plain.strip()) and plain != text)


def asked_for(value: object) -> list[str]:
    """The texts that are looked up to say a text."""
    return [*_asked_for(value)]


def _asked_for(value: object) -> Iterator[str]:
    if isinstance(value, Cased):
        yield from _asked_for(value.whole)
    elif isinstance(value, Phrase):
        yield value.template
        for each in value.values.values():
            yield from _asked_for(each)
    elif isinstance(value, Series):
        yield value.separator
        for each in value.parts:
            yield from _asked_for(each)
    elif isinstance(value, str) and not isinstance(value, Quoted):
        yield str(value)


# Tables


def _findings() -> Iterator[str]:
    for finding in FINDINGS.values():
        yield finding.title
        yield from map(str, finding.labels.values())
        if isinstance(finding.domain, Choice) and finding.code not in ("vertebral-level", "wbb-zones", "wbb-layers"):
            for value in finding.domain.values:
                if isinstance(value, (str, bool)):
                    yield finding.label(value)


#: A source whose journal is not known is described instead, in English.
_DESCRIBED = re.compile(r"\b(patients|cohort|operations|score of|guideline|thesis|abstract|code|pathway)\b")


def _described_sources() -> Iterator[str]:
    for source in vars(sources).values():
        if isinstance(source, Source) and _DESCRIBED.search(source.journal):
            yield str(source)


def modules(rooms: Iterable[str] = ROOMS) -> Iterator[Any]:
    for room in rooms:
        module = importlib.import_module(f"service.{room}")
        yield module
        for inner in pkgutil.iter_modules(getattr(module, "__path__", ())):
            yield importlib.import_module(f"service.{room}.{inner.name}")


def _tables(names: frozenset[str] = TEXTS - _OF_PAGES) -> Iterator[str]:
    seen: set[int] = set()
    for module in modules():
        for value in vars(module).values():
            yield from _of(value, names, seen)
    for made in _made():
        yield from _of(made, names, seen)


def _made() -> Iterator[object]:
    """Tables that a function makes by the policy or the guideline."""
    yield from (surgery.rows(DEFAULT), radiotherapy.rows(DEFAULT), care.patient_rows(DEFAULT), fitness.bars(3))
    for guideline in guidelines.GUIDELINES.values():
        yield from (guideline_notes.notes(guideline), emergency.cautions(guideline), imaging.ungraded(guideline))
        yield imaging.pain_alone(guideline)


def _of(value: object, names: frozenset[str], seen: set[int]) -> Iterator[str]:
    """The texts of an object and of all that it holds."""
    if isinstance(value, (str, Enum, Source, Finding, type)) or id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Mapping):
        for each in (*value.keys(), *value.values()):
            yield from _of(each, names, seen)
    elif isinstance(value, (tuple, list, frozenset, set)):
        for each in value:
            yield from _of(each, names, seen)
    elif is_dataclass(value):
        is_fact = type(value).__name__ == "Fact"
        for field in fields(value):
            inner = getattr(value, field.name)
            if isinstance(inner, str) and (field.name in names or (is_fact and field.name == "value")):
                yield from asked_for(inner)
            elif is_fact and field.name == "value" and isinstance(inner, tuple):
                yield from (FINDINGS["primary-tumour"].labels.get(word, word) for word in inner)
            else:
                yield from _of(inner, names, seen)


def _pieces() -> Iterator[str]:
    """What the reasons of the rules are taken apart into, where several are said as one, and what stands alone."""
    rows = [made for holder in (*map(vars, modules()), {"": [*_made()]}) for made in _rows(holder.values())]
    reasons: dict[object, list[str]] = {}
    for row in rows:
        reasons.setdefault((row.rule.plan, row.rule.source), []).append(row.why)
    others = (*noms._ONE_C.values(), noms.CONTRARY, noms.SINS_7_12)
    reasons[noms.NOMS.plan, noms.NOMS.source] = [row.why for row in noms.ROWS]
    for group in (group for texts in reasons.values() for group in advice._sharing([*dict.fromkeys(texts)])):
        if len(group) > 1:
            parts = (part for text in group for part in (*advice._head(text), *advice._tail(text)))
            yield from _looked_up(*parts)
    for why in (*(why for texts in reasons.values() for why in texts), *others):
        first, _, rest = partition(why, ": ")
        if "," not in first and len(first.split()) <= _WORDS_OF_A_CONDITION:
            yield from _looked_up(rest)
    for row in rows:
        if "mdt-review" in row.do:
            yield from _looked_up(*advice.in_brief(advice.with_source(row.why, row.rule.source)))
    for why in (*(row.why for row in noms.ROWS if "mdt-review" in row.do), *others):
        yield from _looked_up(*advice.in_brief(why))
    yield from (name for _, _, name in advice._OPPOSITES)
    yield from ("whatever else is found", "under the condition named", "not advised", "whatever is still missing")
    yield from (wording.model(score) for score in SCORES)
    yield from (*REGIONS, *PLACES.values(), "spine, level not stated", "zones", "layers")
    yield from _looked_up(*SHORTENED.values())


#: A reason begins with at most as many where a condition can say the same.
_WORDS_OF_A_CONDITION = 7


def _looked_up(*texts: str) -> Iterator[str]:
    return (piece for text in texts for piece in asked_for(text))


def _rows(holder: Iterable[object]) -> Iterator[Row]:
    for value in holder:
        if isinstance(value, Row):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from _rows(value)


#: Constants of modules that are texts, or hold them as values.
CONSTANTS = (
    "service.decision.alarms:ALARMS",
    "service.decision.emergency:_NO_TISSUE",
    "service.decision.guideline_words:_COORDINATOR",
    "service.decision.guidelines:ABOUT",
    "service.decision.noms:_ONE_C CONTRARY SINS_7_12 KIM_NOTE",
    "service.decision.availability:_LOST",
    "service.wording.names:TREATMENTS GOALS LISTS _SHORT",
    "service.wording.findings:_STABILITY _UNITS _WHOLE",
    "service.wording.outlines:_NAMES _DOING",
    "service.wording.elsewhere:_LENGTHS",
    "service.wording.conditional:MEANING _PARTS",
    "service.summary:WAYS _STEPS",
    "service.handoffs.model:BY_RISK",
)


def _constants() -> Iterator[str]:
    for line in CONSTANTS:
        module, names = line.split(":")
        for name in names.split():
            yield from _strings(getattr(importlib.import_module(module), name))
    yield from (str(each) for enum in (Measure, Status) for each in enum)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from asked_for(value)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from (s for s in _strings(each) if s not in _codes())


def _codes() -> frozenset[str]:
    return frozenset(wording.TREATMENTS)


# Templates

_MAKERS = frozenset(("phrase", "series", "told", "_", "gettext"))
_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")


def _templates() -> Iterator[str]:
    """What is given to ``phrase`` and ``series``, and other strings with placeholders of the modules that have them."""
    for file in sorted(ROOT.rglob("*.py")):
        source = file.read_text(encoding="utf-8")
        if file.name == "text.py" or (
            "from service.text import" not in source and "from service.language" not in source
        ):
            continue
        tree = ast.parse(source)
        in_f_strings = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args:
                if isinstance(node.func, ast.Name) and node.func.id in _MAKERS:
                    yield from _literals(node.args[0])
            elif (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in docstrings | in_f_strings
                and _PLACEHOLDER.search(node.value)
            ):
                yield node.value


def _literals(node: ast.expr) -> Iterator[str]:
    """The strings that an expression may be: a literal, or either side of a conditional."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)


#: Where messages stand as plain strings: the ledger, problems, and what a door says.
_SPEAKING = (
    "fhir_mapping/inbound/*.py",
    "fhir_mapping/messages.py",
    "fhir_mapping/outbound/*.py",
    "api/a*.py",
    "api/doors.py",
    "api/fhir.py",
    "api/jobs.py",
    "api/me*.py",
    "api/preferences.py",
    "callers/refused.py",
    "pipeline.py",
    "terminology_server.py",
)
#: A sentence, or a part of one: words with spaces between them, and nothing that only a pattern or a log has.
_SENTENCE = re.compile(r"[A-Za-z1][^|\\^<>%]*[a-z,;:)] [^|\\^<>%]+")


def _messages() -> Iterator[str]:
    for file in sorted({file for pattern in _SPEAKING for file in ROOT.glob(pattern)}):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        skipped = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        skipped |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        skipped |= {id(part) for call in _calls(tree, _NO_PEOPLE) for part in ast.walk(call)}
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in skipped
                and _SENTENCE.fullmatch(node.value)
                and not _PLACEHOLDER.search(node.value)
            ):
                yield node.value


#: Calls whose strings nobody reads: patterns, lists of words, logs.
_NO_PEOPLE = frozenset(("compile", "split", "frozenset", "info", "warning", "error", "exception", "sub", "run"))


def _calls(tree: ast.AST, names: frozenset[str]) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in names:
                yield node


_CALL = re.compile(r"""(?:\b_|\btold)\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")


def _pages() -> Iterator[str]:
    """The texts of the templates of pages."""
    for file in sorted(ROOT.rglob("*.html")):
        for double, single in _CALL.findall(file.read_text(encoding="utf-8")):
            yield (
                (double or single).encode().decode("unicode_escape") if "\\" in (double or single) else double or single
            )


# Answers


def _answers() -> Iterator[str]:
    """What whole answers ask for, but for the words of the record and what has no place in a catalogue."""
    yield from asked()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.language.inventory", description=__doc__)
    parser.add_argument("--missing", action="store_true", help="only what no Japanese catalogue has")
    parser.add_argument("--po", action="store_true", help="as entries of a PO file")
    given = parser.parse_args()
    known = catalogue("ja")
    for text, where in msgids().items():
        if given.missing and text in known:
            continue
        if given.po:
            quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            sys.stdout.write(f'#. {where}\nmsgid "{quoted}"\nmsgstr ""\n\n')
        else:
            sys.stdout.write(f"{where}\t{text!r}\n")


if __name__ == "__main__":
    main()
