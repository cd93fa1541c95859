"""The tables of docs/performance.md, as the last whole run of each section in the history gives them.

``python -m tests.bench.page`` writes them and draws the picture without measuring anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.bench import history, picture
from tests.bench.assessment import FORMS
from tests.bench.figures import SECTIONS, SIZES, target
from tests.bench.serving import ROOT

FILE = ROOT / "docs" / "performance.md"
_PART = re.compile(r"(<!-- (\w+): written by make bench -->\n).*?(<!-- end -->)", re.DOTALL)
Line = Mapping[str, Any]


def write(lines: Sequence[Line]) -> None:
    """Renews the page in place."""
    FILE.write_text(with_parts(FILE.read_text("utf-8"), lines), "utf-8")


def with_parts(text: str, lines: Sequence[Line]) -> str:
    """A page with its parts as the history gives them; a part that was never measured says so."""
    return _PART.sub(lambda found: f"{found[1]}\n{_part(found[2], lines)}\n{found[3]}", text)


def _part(name: str, lines: Sequence[Line]) -> str:
    if name == "standing":
        return _standing(lines)
    line = _last(lines, name)
    if line is None:
        return "Not measured yet.\n"
    quick = ", a quick run" if line["quick"] else ""
    about = (
        f"{line['date'][:10]}, commit {line['commit']}, knowledge {line['knowledge']}, Python {line['python']}, "
        f"orjson {line['packages']['orjson']}, {line['cores']} processors ({line['processor']}){quick}."
    )
    left_out = "".join(f" Left out: {reason}" for reason in line["left out"])
    return f"{_TABLES.get(name, _list)(line)}\n{about}{left_out}\n"


def _last(lines: Sequence[Line], section: str) -> Line | None:
    """The last whole run; a quick one where there is no other."""
    found = [line for line in lines if line["section"] == section]
    return next((line for line in reversed(found) if not line["quick"]), found[-1] if found else None)


def _standing(lines: Sequence[Line]) -> str:
    """Every figure with a target."""
    rows = ["| figure | target | measured | |", "| --- | --- | ---: | --- |"]
    for section in SECTIONS:
        line = _last(lines, section)
        for name, value in {**line["ratios"], **line["figures"]}.items() if line else ():
            limit = target(section, name)
            if limit and not name.endswith("collector on"):
                rows.append(f"| {section}, {name} | {limit} | {_digits(value)} | {_met(limit.met(value))} |")
    return "\n".join(rows) + "\n"


def _met(met: bool) -> str:
    return "met" if met else "**missed**"


def _digits(value: float) -> str:
    """Three digits, and more only before the point.

    >>> _digits(0.12345), _digits(34.567), _digits(1234.5)
    ('0.123', '34.6', '1,234')
    """
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _assessment(line: Line) -> str:
    rows = ["| entries | written | ratio, collector off / on | CPU ms, off / on | `orjson.loads`, CPU ms |"]
    rows.append("| ---: | --- | ---: | ---: | ---: |")
    for size in SIZES:
        for form in FORMS:
            off, on = (f"{size} {form}, collector {which}" for which in ("off", "on"))
            if f"ratio: {off}" in line["ratios"]:
                ratios = " / ".join(f"{line['ratios'][f'ratio: {each}']:.2f}" for each in (off, on))
                times = " / ".join(_digits(line["figures"][f"ms: {each}"]) for each in (off, on))
                parse = _digits(line["figures"][f"orjson.loads: ms, {off}"])
                rows.append(f"| {size:,} | {form} | {ratios} | {times} | {parse} |")
    return "\n".join(rows) + "\n"


def _cohort(line: Line) -> str:
    rows = ["| patients | to reading and decoding | patients a second and core |", "| --- | ---: | ---: |"]
    for name, ratio in line["ratios"].items():
        of = name.removeprefix("ratio: ")
        rows.append(f"| {of} with a tumour | {_digits(ratio)} | {_digits(line['figures'][f'patients/s: {of}'])} |")
    return "\n".join(rows) + "\n"


def _list(line: Line) -> str:
    """A line a figure."""
    rows = ["| figure | measured |", "| --- | ---: |"]
    rows += [f"| {name} | {_digits(value)} |" for name, value in {**line["ratios"], **line["figures"]}.items()]
    return "\n".join(rows) + "\n"


_TABLES: dict[str, Callable[[Line], str]] = {"assessment": _assessment, "cohort": _cohort}


if __name__ == "__main__":
    known = history.read()
    write(known)
    picture.write(known)
