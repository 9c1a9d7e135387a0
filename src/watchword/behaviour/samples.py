"""Samples in columns: what features are computed from, without a Python loop per sample."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import pack_into
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
POINTER = ("t", "kind", "x", "y", "pen", "pressure", "w", "h", "dx", "dy", "trusted")
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
    rest = list(events)
    points = [one for one in rest if type(one) is Pointer]
    if points:
        rest = [one for one in rest if type(one) is not Pointer]
    made.take(rest)
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
    return Table(dict(zip(names, [_column(values) for values in zip(*rows, strict=True)], strict=True)))


def _column(values: Sequence[float]) -> Floats:
    """Numbers as a column. `struct` packs them in a third of the time that numpy takes to look at each."""
    packed = bytearray(8 * len(values))
    pack_into(f"{len(values)}d", packed, 0, *values)
    return np.frombuffer(packed)


_NO_ROWS = {
    names: Table(dict.fromkeys(names, np.zeros(0)))
    for names in (KEYS, POINTER, TOUCH, WHEEL, SCROLL, NAV, FOCUS, PASTE, MOTION, ORIENTATION)
}


def _points(points: list[Pointer]) -> Table:
    """The pointer's table, column by column: there are hundreds of rows, and most columns are the same throughout."""
    count = len(points)
    if not count:
        return _NO_ROWS[POINTER]
    nothing = np.full(count, NAN)
    columns: dict[str, Floats] = dict.fromkeys(POINTER, nothing)
    columns["t"] = _column([one.t for one in points])
    columns["x"] = _column([one.x for one in points])
    columns["y"] = _column([one.y for one in points])
    pens = "pen" in [one.device for one in points]
    columns["pen"] = _column([one.device == "pen" for one in points]) if pens else np.zeros(count)
    trusted = [one.trusted for one in points]
    columns["trusted"] = np.ones(count) if all(trusted) else _column(trusted)
    presses = [
        (at, one)
        for at, one in enumerate(points)
        if one.kind != "move" or one.target is not None or one.pressure is not None
    ]
    columns["kind"] = np.zeros(count)
    if presses:
        rows = [at for at, _ in presses]
        columns["kind"][rows] = [_KIND[one.kind] for _, one in presses]
        columns |= dict(zip(BOX, _scattered(count, rows, [_box(one) for _, one in presses]), strict=True))
    return Table(columns)


BOX = ("pressure", "w", "h", "dx", "dy")


def _box(one: Pointer) -> tuple[float, ...]:
    pressure, box = NAN if one.pressure is None else one.pressure, one.target
    return (pressure, box.w, box.h, box.dx, box.dy) if box is not None else (pressure, NAN, NAN, NAN, NAN)


def _scattered(count: int, rows: list[int], values: list[tuple[float, ...]]) -> Floats:
    """Columns that have values in some rows only."""
    columns = np.full((len(values[0]), count), NAN)
    columns[:, rows] = np.array(values).T
    return columns


def no_samples(**tables: Any) -> Samples:
    """Samples that have nothing but what is given: for tests and benchmarks that bring columns of their own."""
    return _with(gather(()), tables)


def _with(samples: Samples, tables: dict[str, Any]) -> Samples:
    fields = {name: getattr(samples, name) for name in Samples.__struct_fields__}
    return Samples(**(fields | tables))


NO_ROW: list[float] = []


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

    def take(self, events: Iterable[AnySample]) -> None:
        """Takes samples, in order of time."""
        for one in events:
            if type(one) is Key:
                self.key(one)
            else:
                _PUT[type(one)](self, one)

    def key(self, one: Key) -> None:
        """A keystroke begins, or ends."""
        field = self.fields.setdefault(one.field, len(self.fields))
        if one.down:
            row = [one.t, NAN, field, one.pos, CLASS_NUMBER[one.cls], one.trusted]
            self.keys.append(row)
            self._open[field, one.pos] = row
        elif (row := self._open.pop((field, one.pos), NO_ROW)) is not NO_ROW:
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
    Touch: _Gathering.finger, Wheel: _Gathering.turn,
    Scroll: _Gathering.move_page, Nav: _Gathering.step, Focus: _Gathering.look, Paste: _Gathering.insert,
    Motion: _Gathering.shake, Orientation: _Gathering.hold, Pattern: lambda made, one: made.patterns.append(one),
}  # fmt: skip
