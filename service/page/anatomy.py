"""The spine as a drawing: each vertebra, disc and stretch of the canal as outlines, cut down the middle, facing left.

Schematic, with the proportions of an adult: heights, depths and inclinations are of the order that anatomy books give,
rounded so that every level can be told apart. Lengths are millimetres; x grows to the back, y to the feet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, radians, sin

from service.vertebrae import LEVELS, ORDER

Point = tuple[float, float]
Stroke = tuple[str, tuple[Point, ...]]
"""``M``, ``L`` or ``C`` with its points, or ``Z``: what SVG and PDF can both draw."""
Outline = tuple[Stroke, ...]


@dataclass(frozen=True)
class Vertebra:
    """A level as it stands in the drawing."""

    level: str
    centre: Point
    body: Outline
    process: Outline
    """The spinous process; none of the occiput and the sacrum."""
    back: tuple[Point, Point]
    """The back wall, from its upper to its lower end."""
    across: Point
    """From the back wall to the far side of the canal."""
    front: Point
    """The middle of the front wall, where its name stands."""


#: Height, depth, and inclination (degrees from upright; positive where it leans back going down) of each body.
_SIZES: dict[str, tuple[float, float, float]] = {
    "C1": (12, 9, -11), "C2": (17, 17, -11), "C3": (13.5, 17, -8), "C4": (13.5, 17, -3), "C5": (13.5, 17, 4),
    "C6": (13.5, 17.5, 11), "C7": (14.5, 18, 18),
    "T1": (16, 18, 24), "T2": (17, 18.5, 22), "T3": (17.5, 19.5, 19), "T4": (18, 20.5, 15), "T5": (18.5, 22, 11),
    "T6": (19, 23, 6), "T7": (19.5, 24.5, 1), "T8": (20, 25.5, -4), "T9": (20.5, 26.5, -8), "T10": (21.5, 27.5, -12),
    "T11": (22.5, 28, -16), "T12": (24, 29, -18),
    "L1": (25.5, 30, -17), "L2": (26, 31, -13), "L3": (26.5, 32, -5), "L4": (27, 33, 7), "L5": (27.5, 34, 21),
    "S1": (27, 31, 41), "S2": (22, 23, 38), "S3": (18, 17, 24), "S4": (15, 12.5, 5), "S5": (13, 9.5, -14),
}  # fmt: skip
#: Height of the disc below, by region, at its first and its last level.
_DISCS = {"C": (4.5, 5.0), "T": (3.6, 6.0), "L": (8.0, 10.5), "S": (0.6, 0.4)}
_CANALS = {"C": (15.0, 14.0), "T": (13.5, 14.5), "L": (16.0, 16.0), "S": (12.0, 4.0)}
#: Length and width of the spinous process, and how far it points to the feet (degrees).
_PROCESSES = {"C": (15.0, 5.5, 18.0), "T": (24.0, 6.5, 46.0), "L": (23.0, 13.0, 10.0)}
_OWN_PROCESSES = {
    "C1": (4.0, 6.0, 0.0), "C2": (15.0, 7.5, 12.0), "C6": (18.0, 6.0, 20.0), "C7": (26.0, 6.5, 22.0),
    "T1": (26.0, 6.5, 28.0), "T2": (25.0, 6.5, 36.0), "T10": (22.0, 7.5, 36.0), "T11": (20.0, 9.0, 24.0),
    "T12": (20.0, 11.0, 16.0),
}  # fmt: skip
_DEEPER = 1.2
"""Depths are drawn larger than heights, so that what is in a body can be seen."""
_WAIST = 0.07
"""How far the walls of a body are drawn in, of its depth."""
_ROUND = 0.16


def _size(level: str) -> tuple[float, float, float]:
    height, depth, angle = _SIZES[level]
    return height, depth * _DEEPER, angle


def _between(ends: tuple[float, float], level: str) -> float:
    """The value of a level between those of the first and the last of its region."""
    count = {"C": 7, "T": 12, "L": 5, "S": 5}[level[0]]
    first, last = ends
    return first + (last - first) * (int(level[1:]) - 1) / (count - 1)


def _turned(point: Point, angle: float, about: Point) -> Point:
    x, y = point
    c, s = cos(radians(angle)), sin(radians(angle))
    # Leaning back: what lies to the feet moves to the back.
    return about[0] + x * c + y * s, about[1] - x * s + y * c


def _placed(strokes: Iterable[tuple[str, tuple[Point, ...]]], angle: float, about: Point) -> Outline:
    return tuple((kind, tuple(_turned(point, angle, about) for point in points)) for kind, points in strokes)


def _body(height: float, depth: float) -> Outline:
    """A body around 0,0: hollow at the front, the back and the plates, with round corners."""
    x, y = depth / 2, height / 2
    w, r = depth * _WAIST, min(height, depth) * _ROUND
    return (
        ("M", ((-x + r, -y),)),
        ("C", ((-x / 3, -y + w / 2), (x / 3, -y + w / 2), (x - r, -y))),
        ("C", ((x - r / 3, -y), (x, -y + r / 3), (x, -y + r))),
        ("C", ((x - w / 2, -y / 3), (x - w / 2, y / 3), (x, y - r))),
        ("C", ((x, y - r / 3), (x - r / 3, y), (x - r, y))),
        ("C", ((x / 3, y - w / 2), (-x / 3, y - w / 2), (-x + r, y))),
        ("C", ((-x + r / 3, y), (-x, y - r / 3), (-x, y - r))),
        ("C", ((-x + w, y / 3), (-x + w, -y / 3), (-x, -y + r))),
        ("C", ((-x, -y + r / 3), (-x + r / 3, -y), (-x + r, -y))),
        ("Z", ()),
    )


def oval(centre: Point, wide: float, high: float) -> Outline:
    """An ellipse by its half axes."""
    x, y, k = *centre, 0.5523
    return (
        ("M", ((x - wide, y),)),
        ("C", ((x - wide, y - high * k), (x - wide * k, y - high), (x, y - high))),
        ("C", ((x + wide * k, y - high), (x + wide, y - high * k), (x + wide, y))),
        ("C", ((x + wide, y + high * k), (x + wide * k, y + high), (x, y + high))),
        ("C", ((x - wide * k, y + high), (x - wide, y + high * k), (x - wide, y))),
        ("Z", ()),
    )


def _axis(height: float, depth: float) -> Outline:
    """The body of C2 with its dens, which stands behind the arch of C1."""
    x, y, w = depth / 2, height / 2, depth * _WAIST
    tip = -y - 15.0
    return (
        ("M", ((-x, y),)),
        ("C", ((-x + w, y / 3), (-x + w, -y / 3), (-x + 2.5, -y))),
        ("C", ((-1.5, -y - 1), (-1.5, -y - 3), (-2, -y - 6))),
        ("C", ((-2.5, tip + 3), (-1, tip), (2, tip))),
        ("C", ((5.5, tip), (6.5, tip + 3), (6, -y - 6))),
        ("C", ((6, -y - 3), (x - 1, -y), (x - 0.5, -y + 2))),
        ("C", ((x - w, 0), (x - w, y / 3), (x, y - 1))),
        ("C", ((x / 3, y - 1), (-x / 3, y - 1), (-x, y))),
        ("Z", ()),
    )


def _process(start: float, size: tuple[float, float, float]) -> Outline:
    """A spinous process that leaves the canal at ``start``."""
    length, width, down = size
    thin, tip = width * 0.62, width * 0.5
    local: Outline = (
        ("M", ((0, -thin / 2),)),
        ("C", ((length * 0.4, -thin / 2), (length * 0.7, -tip), (length * 0.93, -tip))),
        ("C", ((length * 1.03, -tip * 0.9), (length * 1.03, tip), (length * 0.93, tip))),
        ("C", ((length * 0.7, tip), (length * 0.4, thin / 2), (0, thin / 2))),
        ("C", ((-2, thin / 4), (-2, -thin / 4), (0, -thin / 2))),
        ("Z", ()),
    )
    return _placed(local, -down, (start + 1.5, 1.0))


def _vertebra(level: str, centre: Point) -> Vertebra:
    height, depth, angle = _size(level)
    x, y = depth / 2, height / 2
    canal = _between(_CANALS[level[0]], level) * _DEEPER
    local = {"C1": oval((-4.5, 0), 4, 5.6), "C2": _axis(height, depth)}.get(level) or _body(height, depth)
    size = _OWN_PROCESSES.get(level) or _PROCESSES.get(level[0])
    back = 6.5 if level == "C1" else x  # behind the arch of C1 comes the dens
    process = _process(back + canal, size) if size else ()
    upper, lower, far = (_turned(point, angle, centre) for point in ((back, -y), (back, y), (back + canal, 0)))
    here = _turned((back, 0), angle, centre)
    return Vertebra(
        level,
        centre,
        _placed(local, angle, centre),
        _placed(process, angle, centre),
        (upper, lower),
        (far[0] - here[0], far[1] - here[1]),
        _turned((-8.5 if level == "C1" else -x, 0), angle, centre),
    )


def _occiput(atlas: Vertebra) -> Vertebra:
    """The skull base above C1: the clivus in front of the opening, and the bone behind it."""
    x, y = atlas.centre
    bone: Outline = (
        ("M", ((x + 3, y - 15),)),
        ("C", ((x - 3, y - 24), (x - 11, y - 34), (x - 22, y - 42))),
        ("C", ((x - 27, y - 43), (x - 30, y - 38), (x - 27, y - 34))),
        ("C", ((x - 19, y - 25), (x - 12, y - 17), (x - 3, y - 10))),
        ("C", ((x, y - 8), (x + 5, y - 11), (x + 3, y - 15))),
        ("Z", ()),
        ("M", ((x + 29, y - 14),)),
        ("C", ((x + 40, y - 11), (x + 52, y - 18), (x + 60, y - 35))),
        ("C", ((x + 62, y - 41), (x + 69, y - 41), (x + 68, y - 34))),
        ("C", ((x + 63, y - 12), (x + 46, y + 1), (x + 30, y - 6))),
        ("C", ((x + 25, y - 8), (x + 25, y - 14), (x + 29, y - 14))),
        ("Z", ()),
    )
    back = ((x + 4, y - 20), (x + 5, y - 10))
    return Vertebra("C0", (x + 12, y - 20), bone, (), back, (19.0, 0.0), (x - 29, y - 36))


def _column() -> tuple[Vertebra, ...]:
    made: list[Vertebra] = []
    at: Point = (0.0, 0.0)
    for level, below in zip(LEVELS[1:], (*LEVELS[2:], ""), strict=True):
        made.append(_vertebra(level, at))
        if below:
            height, _, angle = _SIZES[level]
            next_height, _, next_angle = _SIZES[below]
            disc = 3.0 if level == "C1" else _between(_DISCS[level[0]], level)
            step = (height + next_height) / 2 + disc
            middle = (angle + next_angle) / 2
            at = (at[0] + step * sin(radians(middle)), at[1] + step * cos(radians(middle)))
    return (_occiput(made[0]), *made)


def _smooth(points: Sequence[Point], *, start: str = "M") -> Outline:
    """A line through points without corners (Catmull-Rom as Bezier curves)."""
    strokes: list[Stroke] = [(start, (points[0],))]
    for n in range(len(points) - 1):
        before, a, b, after = points[max(n - 1, 0)], points[n], points[n + 1], points[min(n + 2, len(points) - 1)]
        first = (a[0] + (b[0] - before[0]) / 6, a[1] + (b[1] - before[1]) / 6)
        second = (b[0] - (after[0] - a[0]) / 6, b[1] - (after[1] - a[1]) / 6)
        strokes.append(("C", (first, second, b)))
    return tuple(strokes)


def _into(vertebra: Vertebra, share: float, *, lower: bool = False) -> Point:
    """A point in the canal, by its share of the way from the back wall to the far side."""
    (x, y), (dx, dy) = vertebra.back[1 if lower else 0], vertebra.across
    return x + dx * share, y + dy * share


def _middle(vertebra: Vertebra, share: float) -> Point:
    upper, lower = _into(vertebra, share), _into(vertebra, share, lower=True)
    return (upper[0] + lower[0]) / 2, (upper[1] + lower[1]) / 2


def _canal() -> Outline:
    front = [_middle(v, 0.06) for v in SPINE]
    far = [_middle(v, 0.96) for v in reversed(SPINE)]
    return (*_smooth(front), *_smooth(far, start="L"), ("Z", ()))


def _cord() -> Outline:
    """The spinal cord, which ends at L1."""
    upto = SPINE[: ORDER["L1"] + 1]
    tapering = [0.0] * (len(upto) - 2) + [0.04, 0.2]
    front = [_middle(v, 0.28 + t) for v, t in zip(upto, tapering, strict=True)]
    far = [_middle(v, 0.72 - t) for v, t in zip(upto, tapering, strict=True)]
    return (*_smooth(front), *_smooth(far[::-1], start="L"), ("Z", ()))


def _roots() -> tuple[Outline, ...]:
    """The cauda equina, from the conus to the sacrum."""
    upto = SPINE[ORDER["L1"] : ORDER["S3"]]
    return tuple(_smooth([_middle(v, share) for v in upto]) for share in (0.38, 0.5, 0.62))


def _disc(above: Vertebra, below: Vertebra) -> Outline:
    """The disc between two bodies; between fused ones a line."""

    def corners(vertebra: Vertebra, *, lower: bool) -> tuple[Point, Point]:
        height, depth, angle = _size(vertebra.level)
        y = (height if lower else -height) / 2
        return tuple(_turned((x * 0.46, y), angle, vertebra.centre) for x in (-depth, depth))  # type: ignore[return-value]

    (a, b), (d, c) = corners(above, lower=True), corners(below, lower=False)
    return (("M", (a,)), ("L", (b,)), ("L", (c,)), ("L", (d,)), ("Z", ()))


SPINE: tuple[Vertebra, ...] = _column()
CANAL = _canal()
CORD = _cord()
ROOTS = _roots()
DISCS: tuple[Outline, ...] = tuple(_disc(a, b) for a, b in pairwise(SPINE[2:]))


def bulge(levels: Sequence[str], share: float) -> Outline:
    """Tumour in the canal behind levels, as deep as a share of it."""
    of = [SPINE[ORDER[level]] for level in levels]
    rim = [_into(of[0], 0.0)]
    for vertebra in of:
        rim += [_into(vertebra, share * 0.72), _middle(vertebra, share), _into(vertebra, share * 0.72, lower=True)]
    rim.append(_into(of[-1], 0.0, lower=True))
    wall = [_into(v, 0.0, lower=low) for v in reversed(of) for low in (True, False)]
    return (*_smooth(rim), *(("L", (point,)) for point in wall[1:]), ("Z", ()))


def extent() -> tuple[float, float, float, float]:
    """Left, top, right and bottom of all that is drawn."""
    every = [point for v in SPINE for outline in (v.body, v.process) for _, points in outline for point in points]
    return (
        min(x for x, _ in every),
        min(y for _, y in every),
        max(x for x, _ in every),
        max(y for _, y in every),
    )


def drawn(outline: Outline) -> str:
    """An outline as the path of SVG."""
    return "".join(kind + " ".join(f"{x:.1f} {y:.1f}" for x, y in points) for kind, points in outline)
