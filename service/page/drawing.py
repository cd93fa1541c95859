"""The spine with its lesions, drawn on a page of PDF; and the colours of that page."""

from __future__ import annotations

from collections.abc import Iterator

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from service.page import anatomy
from service.page.spine import Mark, Spine

INK, SOFT, LINE, TINT = HexColor(0x1D2429), HexColor(0x566169), HexColor(0xC9D0D0), HexColor(0xF3F5F4)
ALARM, ALARM_TINT = HexColor(0xB3261E), HexColor(0xFCE8E6)
TUMOUR, BONE, BONE_EDGE = HexColor(0x7A1F45), HexColor(0xEFE8DA), HexColor(0x8D8472)
CANAL, CORD, DISC = HexColor(0xE6EEF3), HexColor(0xE3C46F), HexColor(0xD9DFE2)
#: Fill and edge of each class of stability.
TONES: dict[str, tuple[Color, Color]] = {
    "stable": (HexColor(0xB9E0DA), HexColor(0x0F766E)),
    "indeterminate": (HexColor(0xFFDF9E), HexColor(0x8F5A00)),
    "unstable": (HexColor(0xF9C5BF), HexColor(0xB3261E)),
    "open": (HexColor(0xE2E3F2), HexColor(0x5B5F8A)),
}


def draw_spine(canvas: Canvas, shown: Spine, scale: float, at: tuple[float, float]) -> None:
    """The spine with its lesions; ``at`` is where the upper left corner of the drawing comes to be."""
    left, above, _, _ = shown.box
    canvas.saveState()
    canvas.translate(at[0] - left * scale, at[1] + above * scale)
    canvas.scale(scale, -scale)  # y grows to the feet, as in the drawing
    canvas.setLineJoin(1)
    for outline, colour in ((anatomy.CANAL, CANAL), (anatomy.CORD, CORD), *((d, DISC) for d in anatomy.DISCS)):
        canvas.setFillColor(colour)
        canvas.drawPath(_path(canvas, outline), stroke=0, fill=1)
    canvas.setFillColor(BONE)
    canvas.setLineWidth(1.1)
    canvas.setStrokeColor(CORD)
    for outline in anatomy.ROOTS:
        canvas.drawPath(_path(canvas, outline), stroke=1, fill=0)
    canvas.setStrokeColor(BONE_EDGE)
    for vertebra in anatomy.SPINE:
        for outline in (vertebra.process, vertebra.body):
            if outline:
                canvas.drawPath(_path(canvas, outline), stroke=1, fill=1)
    for mark in shown.marks:
        fill, edge = TONES[mark.stability]
        for outline in mark.outlines:
            _tone(canvas, mark.stability, fill, edge, 2.0)
            _filled(canvas, _path(canvas, outline), mark.stability, edge, _bounds(outline))
        canvas.setDash()
        canvas.setFillColor(TUMOUR)
        canvas.setStrokeColor(TUMOUR)
        canvas.setLineWidth(1.2)
        if mark.within:
            canvas.drawPath(_path(canvas, mark.within), stroke=0, fill=1)
        if mark.at_most:
            canvas.setDash(3, 2)
            canvas.drawPath(_path(canvas, mark.at_most), stroke=1, fill=0)
            canvas.setDash()
        _label(canvas, shown, mark)
    canvas.restoreState()


def _label(canvas: Canvas, shown: Spine, mark: Mark) -> None:
    """The name of a lesion with a line to it."""
    x, width, height = shown.pill
    edge, middle = x + width, mark.top + height / 2
    first, last = mark.span
    front = min(first[0], last[0]) - 5
    canvas.setStrokeColor(SOFT)
    canvas.setLineWidth(1.2)
    canvas.line(edge + 3, middle, front - 4, (first[1] + last[1]) / 2)
    if first != last:
        canvas.line(front - 4, first[1], front - 4, last[1])
    canvas.saveState()
    canvas.translate(edge, middle + min(6.5, height * 0.35))
    canvas.scale(1, -1)
    canvas.setFillColor(INK)
    canvas.setFont("Helvetica-Bold", min(18.0, height * 0.95))
    canvas.drawRightString(0, 0, mark.place)
    canvas.restoreState()


def draw_swatch(canvas: Canvas, x: float, y: float, code: str) -> None:
    """A small box in the colour and pattern of a class."""
    fill, edge = TONES[code]
    _tone(canvas, code, fill, edge)
    path = canvas.beginPath()
    path.rect(x, y, 10, 6.5)
    _filled(canvas, path, code, edge, (x, y, x + 10, y + 6.5))


def _path(canvas: Canvas, outline: anatomy.Outline) -> PDFPathObject:
    path = canvas.beginPath()
    for kind, points in outline:
        flat = [value for point in points for value in point]
        if kind == "M":
            path.moveTo(*flat)
        elif kind == "L":
            path.lineTo(*flat)
        elif kind == "C":
            path.curveTo(*flat)
        else:
            path.close()
    return path


def _bounds(outline: anatomy.Outline) -> tuple[float, float, float, float]:
    points = [point for _, listed in outline for point in listed]
    return min(x for x, _ in points), min(y for _, y in points), max(x for x, _ in points), max(y for _, y in points)


def _tone(canvas: Canvas, code: str, fill: Color, edge: Color, thick: float = 0.8) -> None:
    canvas.setFillColor(fill)
    canvas.setStrokeColor(edge)
    canvas.setLineWidth(thick)
    canvas.setDash(*((4 * thick / 2, 2.4 * thick / 2) if code == "open" else ()))


def _filled(
    canvas: Canvas, path: PDFPathObject, code: str, edge: Color, bounds: tuple[float, float, float, float]
) -> None:
    """A shape with the pattern of its class, so that a print without colours says it too."""
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.saveState()
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.setDash()
    canvas.setStrokeColor(edge)
    left, low, right, high = bounds
    fine = (right - left) < 12
    canvas.setLineWidth(0.35 if fine else 1.1)
    for x, y, to_x, to_y in _hatching(code, left, low, right, high, 2.0 if fine else 6.0):
        canvas.line(x, y, to_x, to_y)
    canvas.restoreState()
    canvas.drawPath(path, stroke=1, fill=0)


def _hatching(
    code: str, left: float, low: float, right: float, high: float, step: float
) -> Iterator[tuple[float, float, float, float]]:
    tall, wide = high - low, right - left
    if code in ("indeterminate", "unstable"):
        for n in range(int((wide + tall) / step) + 1):
            x = left - tall + n * step
            yield x, low, x + tall, high
            if code == "unstable":
                yield x, high, x + tall, low
