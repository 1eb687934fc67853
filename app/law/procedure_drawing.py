"""A procedure drawn as SVG: a lane for each party, the states from top to bottom, the moves between them.

How things look stands in presentation attributes, so that the drawing keeps to a page's policy of no inline
style, and is the same in a file of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape

from app.law.procedure_map import Move, limits, moves, places, who
from app.law.procedure_table import Procedure

Point = tuple[float, float]
Area = tuple[float, float, float, float]

_BOX, _HIGH, _GAP, _ROW, _TOP, _SIDE = 138, 40, 22, 84, 48, 26
_LONG_WAY_BACK = 7  # rows; such a move is named below its state, not drawn across the sheet
_LONGEST = 13  # characters of small print
_SMALL = 10
# Where a name may stand on its line, the best place first.
_ALONG = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82)
_FONT = "Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"
_INK, _SOFT, _LINE, _BLUE, _PALE = "#1c2733", "#52606d", "#a9b4c0", "#1d5fa8", "#dbe9f8"
_LANES = ("#f7f9fb", "#eef2f6")


@dataclass(frozen=True)
class _Sheet:
    """The lanes from left to right (name, left, width) and each state's box (its middle top)."""

    lanes: list[tuple[str, float, float]]
    boxes: dict[str, Point]
    moves: list[Move]

    @property
    def width(self) -> float:
        return self.lanes[-1][1] + self.lanes[-1][2]

    @property
    def height(self) -> float:
        return max(y for _, y in self.boxes.values()) + _ROW

    def goes_back(self, move: Move) -> bool:
        return self.boxes[move.to][1] <= self.boxes[move.source][1]

    def is_drawn(self, move: Move) -> bool:
        return self.boxes[move.source][1] - self.boxes[move.to][1] < _LONG_WAY_BACK * _ROW


def drawing(
    table: Procedure, now: str | None = None, passed: Collection[tuple[str, str]] = (), labels: bool = True
) -> str:
    """The SVG. `now` marks a state, `passed` the moves that led there; `labels` names every move."""
    sheet = _sheet(table)
    behind = {state for move in passed for state in move}
    size = f'viewBox="0 0 {sheet.width:g} {sheet.height:g}" width="{sheet.width:g}" height="{sheet.height:g}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{_FONT}">',
        *_arrows(),
        *_lanes(sheet),
        *(_path(table, sheet, one, (one.source, one.to) in passed) for one in sheet.moves),
        *(_state(table, sheet, state.id, state.id == now, state.id in behind) for state in table.states),
        *(_labels(sheet) if labels else ()),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _sheet(table: Procedure) -> _Sheet:
    found = places(table)
    lanes, boxes, left = [], {}, 0.0
    for lane in [*dict.fromkeys(state.holder for state in table.states if state.holder), None]:
        here = {state: place for state, place in found.items() if place.lane == lane}
        width = 2 * _SIDE + _span(1 + max(place.column for place in here.values()))
        for state, place in here.items():
            beside = sum(1 for one in here.values() if one.row == place.row)
            first = left + (width - _span(beside) + _BOX) / 2
            boxes[state] = (first + place.column * (_BOX + _GAP), _TOP + place.row * float(_ROW))
        lanes.append((table.parties[lane] if lane else "终结", left, width))
        left += width
    return _Sheet(lanes, boxes, moves(table))


def _span(boxes: int) -> float:
    return boxes * _BOX + (boxes - 1) * _GAP


def _arrows() -> list[str]:
    return [
        f'<defs><marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse"'
        ' markerWidth="9" markerHeight="9" orient="auto">'
        f'<path d="M0 0 8 4 0 8z" fill="{colour}"/></marker></defs>'
        for name, colour in (("ahead", _SOFT), ("passed", _BLUE))
    ]


def _lanes(sheet: _Sheet) -> list[str]:
    return [
        f'<rect x="{left:g}" y="0" width="{width:g}" height="{sheet.height:g}" fill="{_LANES[number % 2]}"/>'
        + _text(name, left + width / 2, 24, _SOFT, 13, bold=True)
        for number, (name, left, width) in enumerate(sheet.lanes)
    ]


def _state(table: Procedure, sheet: _Sheet, state: str, now: bool, passed: bool) -> str:
    x, y = sheet.boxes[state]
    said, name = limits(table, state), table.state(state).name
    size = min(13, (_BOX - 6) // len(name))
    fill, line = (_BLUE, _BLUE) if now else (_PALE, _BLUE) if passed else ("#fff", "#8a98a8")
    heavy = 2.5 if table.state(state).final else 1
    mark = ' aria-current="step"' if now else ""
    return (
        f"<g{mark}><title>{escape('；'.join([name, *said]))}</title>"
        f'<rect x="{x - _BOX / 2:g}" y="{y:g}" width="{_BOX}" height="{_HIGH}" rx="5"'
        f' fill="{fill}" stroke="{line}" stroke-width="{heavy}"/>'
        + _text(name, x, y + (17 if said else 25), "#fff" if now else _INK, size, bold=now)
        + (_text(_first_of(said), x, y + 32, "#fff" if now else _SOFT, _SMALL) if said else "")
        + "</g>"
    )


def _first_of(said: Sequence[str]) -> str:
    return _short(said[0]) + ("等" if len(said) > 1 else "")


def _short(words: str, longest: int = _LONGEST) -> str:
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def _path(table: Procedure, sheet: _Sheet, move: Move, passed: bool) -> str:
    if not sheet.is_drawn(move):
        return ""
    start, bend, turn, end = _curve(sheet, move)
    by = "；".join(f"{action.label}（{who(table, action.by)}）" for action in move.actions)
    d = f"M{_at(start)}C{_at(bend)} {_at(turn)} {_at(end)}"
    look = f'stroke="{_BLUE}" stroke-width="2.4"' if passed else f'stroke="{_LINE}" stroke-width="1.2"'
    dash = ' stroke-dasharray="4 3"' if sheet.goes_back(move) else ""
    return (
        f'<path d="{d}" fill="none" {look}{dash} marker-end="url(#{"passed" if passed else "ahead"})">'
        f"<title>{escape(by)}</title></path>"
    )


def _at(point: Point) -> str:
    return f"{point[0]:g} {point[1]:g}"


def _curve(sheet: _Sheet, move: Move) -> tuple[Point, Point, Point, Point]:
    """The move's line as a Bézier curve: down from box to box, or back along the right."""
    x1, y1 = sheet.boxes[move.source]
    x2, y2 = sheet.boxes[move.to]
    if sheet.goes_back(move):
        out = max(x1, x2) + _BOX / 2 + 22 + (y1 - y2) / 12
        start, end = (x1 + _BOX / 2, y1 + 26.0), (x2 + _BOX / 2, y2 + 14.0)
        return start, (out, start[1]), (out, end[1]), end
    start = (x1 + _port(sheet, move, move.source), y1 + _HIGH)
    end = (x2 + _port(sheet, move, move.to), y2)
    bend = max(18.0, (end[1] - start[1]) / 2)
    aside = -_BOX * 0.9 if abs(x1 - x2) < 1 and y2 - y1 > 1.5 * _ROW else 0.0
    return start, (start[0] + aside, start[1] + bend), (end[0] + aside, end[1] - bend), end


def _port(sheet: _Sheet, move: Move, state: str) -> float:
    """Where on the box's edge the move begins or ends: in the order of the other ends; so fewer cross."""
    leaving = state == move.source
    others = [
        one.to if leaving else one.source
        for one in sheet.moves
        if state == (one.source if leaving else one.to) and not sheet.goes_back(one)
    ]
    others.sort(key=lambda other: (sheet.boxes[other][0], sheet.boxes[other][1]))
    place = others.index(move.to if leaving else move.source)
    return (place - (len(others) - 1) / 2) * min(22.0, (_BOX - 30) / max(1, len(others) - 1))


def _labels(sheet: _Sheet) -> list[str]:
    """What the moves are called, each along its line where it covers no state and no other name."""
    taken = [(x - _BOX / 2, y, x + _BOX / 2, y + _HIGH) for x, y in sheet.boxes.values()]
    parts = []
    for move in sheet.moves:
        words = _short(move.label)
        if not sheet.is_drawn(move):
            x, y = sheet.boxes[move.source]
            parts.append(_text(f"{words} ↑", x, y + _HIGH + 16, _SOFT, _SMALL))
            continue
        words, (x, y), area = _spot(_curve(sheet, move), words, taken)
        taken.append(area)
        parts.append(_text(words, x, y + 4, _SOFT, _SMALL, halo=True))
    return parts


def _spot(
    curve: tuple[Point, Point, Point, Point], words: str, taken: Sequence[Area]
) -> tuple[str, Point, Area]:
    """The first place along the line that is free, for the words or for their beginning; else the middle."""
    for said in (words, _short(words, _LONGEST // 2)):
        half = len(said) * _SMALL / 2 + 2
        for t in _ALONG:
            x, y = _along(curve, t)
            area = (x - half, y - 7, x + half, y + 7)
            if not _meets(area, taken):
                return said, (x, y), area
    x, y = _along(curve, _ALONG[0])
    return said, (x, y), (x - half, y - 7, x + half, y + 7)


def _along(curve: tuple[Point, Point, Point, Point], t: float) -> Point:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    x, y = (
        sum(weight * point[axis] for weight, point in zip(weights, curve, strict=True)) for axis in (0, 1)
    )
    return x, y


def _meets(area: Area, others: Sequence[Area]) -> bool:
    left, top, right, bottom = area
    return any(left < one[2] and one[0] < right and top < one[3] and one[1] < bottom for one in others)


def _text(
    words: str, x: float, y: float, colour: str, size: int, bold: bool = False, halo: bool = False
) -> str:
    weight = ' font-weight="600"' if bold else ""
    around = f' stroke="{_LANES[0]}" stroke-width="3" paint-order="stroke"' if halo else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-size="{size}" fill="{colour}"'
        f"{weight}{around}>{escape(words)}</text>"
    )
