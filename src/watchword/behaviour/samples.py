"""Samples in columns: what features are computed from, without a Python loop per sample."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from watchword.events.samples import (
    KEY_CLASSES,
    AnySample,
    Clock,
    Focus,
    Key,
    Motion,
    Nav,
    Orientation,
    Paste,
    Pattern,
    Pointer,
    Screen,
    Scroll,
    Touch,
    Wheel,
)  # fmt: skip

Floats = NDArray[np.float64]
NAN = float("nan")
CLASS_NUMBER: dict[str | None, int] = {name: at for at, name in enumerate(KEY_CLASSES)} | {None: -1}
POINTER_KINDS = ("move", "down", "up", "cancel")
_KIND = {name: float(at) for at, name in enumerate(POINTER_KINDS)}
TOUCH_PHASES = ("start", "move", "end", "cancel")
NAV_ACTIONS = ("enter", "leave", "back", "forward", "hide", "show", "resize")
VIAS = ("paste", "autofill", "replace", "composition")


class Table(Struct, frozen=True):
    """Rows of one kind of sample, as named float columns of equal length; NaN where a value is absent."""

    columns: dict[str, Floats]

    def __getitem__(self, name: str) -> Floats:
        return self.columns[name]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))


KEYS = ("down", "up", "field", "pos", "cls", "trusted")
POINTER = ("t", "kind", "x", "y", "button", "pen", "pressure", "w", "h", "dx", "dy", "trusted")
TOUCH = ("t", "phase", "id", "x", "y", "radius", "force", "trusted")
WHEEL = ("t", "dx", "dy", "trusted")
SCROLL = ("t", "x", "y")
NAV = ("t", "page", "action")
FOCUS = ("t", "field", "on")
PASTE = ("t", "field", "via")
MOTION = ("t", "ax", "ay", "az", "gx", "gy", "gz")
ORIENTATION = ("t", "alpha", "beta", "gamma", "angle")


class Samples(Struct, frozen=True):
    """One stretch of a session, in order of time.

    `keys` has one row a keystroke: `down` and `up` in ms (`up` NaN where it was not seen), `field` an index into
    `fields`, `pos`, `cls` an index into `KEY_CLASSES` (-1 in secret fields), `trusted` 0/1. `kind`, `phase`, `action`
    and `via` are indices into the tuples above; `page` an index into `pages`. Times are ms since the session's start.
    """

    keys: Table
    pointer: Table
    touch: Table
    wheel: Table
    scroll: Table
    nav: Table
    focus: Table
    paste: Table
    motion: Table
    orientation: Table
    fields: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    granularity_ms: float = 0.1
    screen: Screen | None = None


def gather(events: Iterable[AnySample], clock: Clock | None = None, screen: Screen | None = None) -> Samples:
    """Samples in columns. Key-ups are paired with the last open key-down of the same field and position."""
    made = _Gathering()
    points: list[Pointer] = []
    for event in events:
        kind = type(event)
        if kind is Pointer:
            points.append(event)  # type: ignore[arg-type]
        else:
            _PUT[kind](made, event)
    return Samples(
        keys=table(KEYS, made.keys), pointer=_points(points), touch=table(TOUCH, made.touch),
        wheel=table(WHEEL, made.wheel), scroll=table(SCROLL, made.scroll), nav=table(NAV, made.nav),
        focus=table(FOCUS, made.focus), paste=table(PASTE, made.paste), motion=table(MOTION, made.motion),
        orientation=table(ORIENTATION, made.orientation), fields=tuple(made.fields), pages=tuple(made.pages),
        patterns=tuple(made.patterns), granularity_ms=clock.granularity_ms if clock else 0.1, screen=screen,
    )  # fmt: skip


def table(names: tuple[str, ...], rows: list[Any]) -> Table:
    """Rows of numbers as a table of those columns."""
    if not rows and names in _NO_ROWS:
        return _NO_ROWS[names]
    block = np.array(rows, dtype=np.float64).reshape(len(rows), len(names))
    return Table(dict(zip(names, np.ascontiguousarray(block.T), strict=True)))


_NO_ROWS: dict[tuple[str, ...], Table] = {}
_NO_ROWS |= {
    names: table(names, []) for names in (KEYS, POINTER, TOUCH, WHEEL, SCROLL, NAV, FOCUS, PASTE, MOTION, ORIENTATION)
}
_T, _X, _Y, _BUTTON = (attrgetter(name) for name in ("t", "x", "y", "button"))
_KIND_OF, _DEVICE, _TRUSTED = attrgetter("kind"), attrgetter("device"), attrgetter("trusted")
_PRESSURE, _TARGET = attrgetter("pressure"), attrgetter("target")


def _points(points: list[Pointer]) -> Table:
    """The pointer's table, column by column: there are hundreds of rows, and most columns are the same throughout."""
    count = len(points)
    if not count:
        return _NO_ROWS[POINTER]
    nothing = np.full(count, NAN)
    columns: dict[str, Floats] = dict.fromkeys(POINTER, nothing)
    columns["t"] = np.fromiter(map(_T, points), np.float64, count)
    columns["kind"] = np.fromiter(map(_KIND.__getitem__, map(_KIND_OF, points)), np.float64, count)
    columns["x"] = np.fromiter(map(_X, points), np.float64, count)
    columns["y"] = np.fromiter(map(_Y, points), np.float64, count)
    columns["button"] = np.fromiter(map(_BUTTON, points), np.float64, count)
    pens = "pen" in set(map(_DEVICE, points))
    columns["pen"] = np.array([one.device == "pen" for one in points], np.float64) if pens else np.zeros(count)
    sure = all(map(_TRUSTED, points))
    columns["trusted"] = np.ones(count) if sure else np.fromiter(map(_TRUSTED, points), np.float64, count)
    if set(map(_PRESSURE, points)) != {None}:
        columns["pressure"] = np.array([NAN if one.pressure is None else one.pressure for one in points], np.float64)
    if any(map(_TARGET, points)):
        boxes = [(at, one.target) for at, one in enumerate(points) if one.target is not None]
        places = np.full((4, count), NAN)
        places[:, [at for at, _ in boxes]] = np.array([(box.w, box.h, box.dx, box.dy) for _, box in boxes]).T
        columns |= dict(zip(("w", "h", "dx", "dy"), places, strict=True))
    return Table(columns)


def no_samples(**tables: Any) -> Samples:
    """Samples that have nothing but what is given: for tests and benchmarks that bring columns of their own."""
    return _with(gather(()), tables)


def _with(samples: Samples, tables: dict[str, Any]) -> Samples:
    fields = {name: getattr(samples, name) for name in Samples.__struct_fields__}
    return Samples(**(fields | tables))


class _Gathering:
    """Rows as they come. `_open` has the row of every key that is down."""

    def __init__(self) -> None:
        self.keys: list[list[float]] = []
        self.touch: list[tuple[float, ...]] = []
        self.wheel: list[tuple[float, ...]] = []
        self.scroll: list[tuple[float, ...]] = []
        self.nav: list[tuple[float, ...]] = []
        self.focus: list[tuple[float, ...]] = []
        self.paste: list[tuple[float, ...]] = []
        self.motion: list[tuple[float, ...]] = []
        self.orientation: list[tuple[float, ...]] = []
        self.fields: dict[str, int] = {}
        self.pages: dict[str, int] = {}
        self.patterns: list[Pattern] = []
        self._open: dict[tuple[int, int], list[float]] = {}

    def key(self, one: Key) -> None:
        """A keystroke begins, or ends."""
        field = self.fields.setdefault(one.field, len(self.fields))
        if one.down:
            row = [one.t, NAN, field, one.pos, CLASS_NUMBER[one.cls], one.trusted]
            self.keys.append(row)
            self._open[field, one.pos] = row
        elif (row := self._open.pop((field, one.pos), [])) != []:
            row[1] = one.t
            row[5] = row[5] and one.trusted

    def finger(self, one: Touch) -> None:
        """A finger."""
        phase = TOUCH_PHASES.index(one.phase)
        self.touch.append((one.t, phase, one.id, one.x, one.y, one.radius, one.force, float(one.trusted)))

    def turn(self, one: Wheel) -> None:
        """The wheel."""
        self.wheel.append((one.t, one.dx, one.dy, float(one.trusted)))

    def move_page(self, one: Scroll) -> None:
        """Scrolling."""
        self.scroll.append((one.t, one.x, one.y))

    def step(self, one: Nav) -> None:
        """A step."""
        self.nav.append((one.t, self.pages.setdefault(one.page, len(self.pages)), NAV_ACTIONS.index(one.action)))

    def look(self, one: Focus) -> None:
        """Focus."""
        self.focus.append((one.t, self.fields.setdefault(one.field, len(self.fields)), float(one.on)))

    def insert(self, one: Paste) -> None:
        """Text without keys."""
        self.paste.append((one.t, self.fields.setdefault(one.field, len(self.fields)), VIAS.index(one.via)))

    def shake(self, one: Motion) -> None:
        """Motion."""
        self.motion.append((one.t, one.ax, one.ay, one.az, one.gx, one.gy, one.gz))

    def hold(self, one: Orientation) -> None:
        """Posture."""
        self.orientation.append((one.t, one.alpha, one.beta, one.gamma, one.angle))


_PUT: dict[type, Any] = {
    Key: _Gathering.key, Touch: _Gathering.finger, Wheel: _Gathering.turn,
    Scroll: _Gathering.move_page, Nav: _Gathering.step, Focus: _Gathering.look, Paste: _Gathering.insert,
    Motion: _Gathering.shake, Orientation: _Gathering.hold, Pattern: lambda made, one: made.patterns.append(one),
}  # fmt: skip
