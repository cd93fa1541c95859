"""The sheet for the tumour board as PDF: one page of A4, the same bytes for the same answer.

Standard fonts: Helvetica, and for Japanese the fonts that PDF readers bring along.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO

from reportlab.lib.colors import Color, white
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from service.assessment import Assessment
from service.language import ENGLISH, speaking, spoken, told
from service.page.board import Part, Sheet, more, sheet, shorter
from service.page.drawing import ALARM, ALARM_TINT, INK, LINE, SOFT, TINT, TONES, draw_spine, draw_swatch
from service.page.typesetting import in_style, marked, words

_WIDTH, _HEIGHT = A4
_MARGIN = 34.0
_INNER = _WIDTH - 2 * _MARGIN
_SPINE = 118.0
"""Width of the column of the drawing."""
_GAP = 12.0
_RIGHT_WIDTH = _INNER - _SPINE - _GAP
_DECISION, _DECISION_MOST = 112.0, 230.0
"""Height of the space for the board: as much as is left."""
_FOOT = 27.0

_KEY = (
    ("stable", "stable (SINS 0-6)"),
    ("indeterminate", "indeterminate (SINS 7-12)"),
    ("unstable", "unstable (SINS 13-18)"),
    ("open", "several classes possible"),
)


def pdf(assessment: Assessment, language: str = ENGLISH) -> bytes:
    """The sheet in a language. No more than one page: what does not fit is shortened, and counted."""
    with speaking(language):
        paragraphs: _Paragraphs = {}
        return _written(_Layout(fitted(sheet(assessment), paragraphs), paragraphs))


def fitted(full: Sheet, paragraphs: _Paragraphs | None = None) -> Sheet:
    """The longest sheet that is one page, in the language of the reader."""
    every, known = list(shorter(full)), {} if paragraphs is None else paragraphs
    # Each is shorter than the one before, so the first that fits is found by halving.
    first = bisect_left(every, True, key=lambda shown: _Layout(shown, known).fits)
    return every[min(first, len(every) - 1)]


def _written(layout: _Layout) -> bytes:
    shown = layout.sheet
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, lang=spoken(), pageCompression=1)
    canvas.setTitle(told(shown.title))
    canvas.setSubject(told(shown.as_of))
    canvas.setAuthor("spinemets-cds")
    canvas.setCreator("spinemets-cds")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    for draw in layout.drawings:
        draw(canvas)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


# Layout


@dataclass(frozen=True)
class _Column:
    """Where a text stands in a row of a table."""

    width: float
    centred: bool = False


Draw = Callable[[Canvas], None]
_Paragraphs = dict[tuple[str, str, float], tuple[Paragraph, float]]
"""Paragraphs that were set already, with their heights: by what they say, their style and their width."""


class _Layout:
    """The sheet as drawings, from the top down; ``fits`` where they leave the space for the board."""

    def __init__(self, shown: Sheet, paragraphs: _Paragraphs) -> None:
        self.sheet = self._sheet = shown
        self._paragraphs = paragraphs
        self.drawings: list[Draw] = []
        self._y = _HEIGHT - _MARGIN
        self._heading()
        self._head()
        top = self._y
        self._lesions()
        self._survival()
        for part in shown.parts:
            self._part(part)
        below = self._y
        left = self._spine(top, _MARGIN + _FOOT + _DECISION + _GAP)
        self.fits = min(below, left) >= _MARGIN + _FOOT + _DECISION + 4
        self._decision(min(below, left) - _GAP / 2)
        self._foot()

    def _text(
        self, markup: str, style: ParagraphStyle, x: float, width: float, y: float, *, centred: bool = False
    ) -> float:
        """Sets a paragraph with its top at ``y``; gives its height."""
        key = (markup, f"{style.name} {centred}", width)
        if key not in self._paragraphs:
            made = Paragraph(markup, style.clone("centred", alignment=TA_CENTER) if centred else style)
            self._paragraphs[key] = made, float(made.wrap(width, _HEIGHT)[1])
        paragraph, height = self._paragraphs[key]
        self.drawings.append(lambda canvas: paragraph.drawOn(canvas, x, y - height))
        return height

    def _box(self, x: float, y: float, width: float, height: float, fill: Color, edge: Color | None = None) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.setFillColor(fill)
            canvas.setStrokeColor(edge or fill)
            canvas.setLineWidth(0.6)
            canvas.setDash()
            canvas.rect(x, y, width, height, stroke=1 if edge else 0, fill=1)

        self.drawings.append(draw)

    def _rule(self, x: float, y: float, width: float, colour: Color = LINE, thick: float = 0.5) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.setStrokeColor(colour)
            canvas.setLineWidth(thick)
            canvas.setDash()
            canvas.line(x, y, x + width, y)

        self.drawings.append(draw)

    def _heading(self) -> None:
        shown = self._sheet
        height = self._text(words(shown.title, bold=True), in_style(15, bold=True), _MARGIN, _INNER - 110, self._y)
        self._text(words(shown.as_of), in_style(9, colour=SOFT, right=True), _WIDTH - _MARGIN - 110, 110,
                   self._y - 5)  # fmt: skip
        self._y -= height + 2
        if shown.patient:
            self._y -= self._text(words(shown.patient), in_style(9.5), _MARGIN, _INNER, self._y) + 2
        self._y -= 4

    def _head(self) -> None:
        """In short: never shortened."""
        shown, start = self._sheet, len(self.drawings)
        top, y = self._y, self._y - 6
        for n, line in enumerate(shown.head):
            alarm = shown.emergency and n == 0
            style = in_style(9.2, bold=alarm, colour=ALARM if alarm else INK)
            y -= self._text(words(line, bold=alarm), style, _MARGIN + 10, _INNER - 18, y) + 2.4
        y -= 3
        drawn = self.drawings[start:]
        del self.drawings[start:]
        self._box(_MARGIN, y, _INNER, top - y, ALARM_TINT if shown.emergency else TINT)
        self._box(_MARGIN, y, 3, top - y, ALARM if shown.emergency else INK)
        self.drawings += drawn
        self._y = y - 10

    def _title(self, text: str) -> None:
        x = _MARGIN + _SPINE + _GAP
        self._y -= self._text(words(text, bold=True), in_style(8.6, bold=True), x, _RIGHT_WIDTH, self._y) + 2
        self._rule(x, self._y, _RIGHT_WIDTH, INK, 0.7)
        self._y -= 3

    def _row(
        self, cells: Iterable[tuple[str, ParagraphStyle]], columns: Sequence[_Column], *, rule: bool = True
    ) -> float:
        x, tallest = _MARGIN + _SPINE + _GAP, 0.0
        for (markup, style), column in zip(cells, columns, strict=True):
            height = self._text(markup, style, x, column.width - 5, self._y, centred=column.centred)
            tallest, x = max(tallest, height), x + column.width
        self._y -= tallest + 2.2
        if rule:
            self._rule(_MARGIN + _SPINE + _GAP, self._y, _RIGHT_WIDTH)
        self._y -= 2
        return tallest

    def _lesions(self) -> None:
        shown = self._sheet
        if not (shown.lesions or shown.care):
            return
        columns = (_Column(62), _Column(66), _Column(52), _Column(_RIGHT_WIDTH - 180))
        heads = in_style(7.2, colour=SOFT)
        self._row(((words(t), heads) for t in ("Lesion", "SINS", "ESCC", "Advice")), columns)
        for line in (*shown.lesions, *shown.care):
            tone = TONES[line.stability][1]
            self._row(
                (
                    (words(line.place, bold=True), in_style(8.4, bold=True)),
                    (words(line.sins, bold=line.stability != "open"), in_style(8, colour=tone)),
                    (words(line.grade), in_style(8)),
                    (words(line.advice), in_style(8)),
                ),
                columns,
            )
        self._more(shown.more_lesions)
        self._y -= 5

    def _survival(self) -> None:
        shown = self._sheet
        if not shown.models:
            return
        name = _RIGHT_WIDTH - 52 - 44 * len(shown.horizons)
        columns = (_Column(name), _Column(52), *(_Column(44, centred=True) for _ in shown.horizons))
        heads = in_style(7.2, colour=SOFT)
        self._row(((words(t), heads) for t in ("Likely to live longer than", "Total", *shown.months)), columns)
        for line in shown.models:
            style = in_style(8, bold=line.counts)
            marks = ("*" if line.counts else "") + ("!" if line.outside else "")
            cells = [words(line.name, bold=line.counts) + (f" {marks}" if marks else ""), words(line.total)]
            cells += [words(answer, bold=line.counts) for answer in line.answers]
            self._row(((cell, style) for cell in cells), columns, rule=False)
        note = "* counts. ! outside, or perhaps outside, its validity. ? cannot be told. Never averaged."
        x = _MARGIN + _SPINE + _GAP
        self._y -= self._text(words(note), in_style(6.8, colour=SOFT), x, _RIGHT_WIDTH, self._y) + 1
        self._more(shown.more_models)
        self._y -= 6

    def _more(self, n: int) -> None:
        if n:
            x = _MARGIN + _SPINE + _GAP
            self._y -= self._text(words(more(n)), in_style(7.4, colour=SOFT), x, _RIGHT_WIDTH, self._y) + 1.5

    def _part(self, part: Part) -> None:
        self._title(part.title)
        x = _MARGIN + _SPINE + _GAP
        columns = 2 if part is self._sheet.missing else 1
        width = _RIGHT_WIDTH / columns
        numbered = list(enumerate(part.lines, 1))
        for n in range(0, len(numbered), columns):
            tallest = 0.0
            for column, (number, line) in enumerate(numbered[n : n + columns]):
                sign, left = (f"{number}." if columns > 1 else "•"), x + column * width
                self._text(marked(sign), in_style(7.8, colour=SOFT), left, 15, self._y)
                tallest = max(tallest, self._text(words(line), in_style(7.8), left + 14, width - 18, self._y))
            self._y -= tallest + 1.2
        self._more(part.more)
        self._y -= 5

    # The drawing

    def _spine(self, top: float, bottom: float) -> float:
        """The drawing, its key and the sources in the left column; gives where they end."""
        shown = self._sheet
        _, _, width, height = shown.spine.box
        scale = min(_SPINE / width, (top - bottom - 110) / height)
        self.drawings.append(lambda canvas: draw_spine(canvas, shown.spine, scale, (_MARGIN, top)))
        y = top - height * scale - 4
        for code, said in _KEY if shown.spine.marks or shown.spine.beside else ():
            self.drawings.append(partial(draw_swatch, x=_MARGIN, y=y - 7.5, code=code))
            y -= self._text(words(said), in_style(6.8, colour=SOFT), _MARGIN + 15, _SPINE - 15, y) + 1.4
        for mark in shown.spine.beside:
            y -= self._text(words(mark.label), in_style(6.8), _MARGIN, _SPINE, y - 2) + 3
        if shown.sources.lines:
            y -= 4
            y -= self._text(words(shown.sources.title, bold=True), in_style(7.2, bold=True), _MARGIN, _SPINE, y) + 1
            listed = told("; ").join(map(told, shown.sources.lines))
            if shown.sources.more:
                listed += told("; ") + told(more(shown.sources.more))
            y -= self._text(marked(listed), in_style(6.6, colour=SOFT), _MARGIN, _SPINE, y)
        return y

    # The space for the board

    def _decision(self, free: float) -> None:
        y = _MARGIN + _FOOT
        tall = min(max(free - y, _DECISION), _DECISION_MOST)
        self._box(_MARGIN, y, _INNER, tall, white, SOFT)
        top = y + tall - 6
        self._text(words("Decision of the board", bold=True), in_style(9, bold=True), _MARGIN + 8, _INNER - 16, top)
        lines = int((tall - 61) // 17)
        for n in range(1, lines + 1):
            self._rule(_MARGIN + 8, top - 12 - 17 * n, _INNER - 16)
        fields = ("Date", "Present", "Signatures")
        widths = (0.18, 0.4, 0.42)
        x = _MARGIN + 8
        for title, share in zip(fields, widths, strict=True):
            width = (_INNER - 16) * share
            self._rule(x, y + 17, width - 10, SOFT)
            self._text(words(title), in_style(7, colour=SOFT), x, width - 10, y + 15)
            x += width

    def _foot(self) -> None:
        y = _MARGIN + _FOOT - 5
        y -= self._text(words(self._sheet.caveat), in_style(6.4, colour=SOFT), _MARGIN, _INNER, y) + 1
        self._text(words(self._sheet.version), in_style(6.4, colour=SOFT), _MARGIN, _INNER, y)
