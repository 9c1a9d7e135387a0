"""What this process remembers of live sessions: their newest samples, as logged. A cache; the store has it all."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from operator import attrgetter

from msgspec.structs import replace

from watchword.behaviour.clock_grain import believed
from watchword.behaviour.samples import Samples, gather
from watchword.behaviour.template import Template
from watchword.events.sample_log import Logged, unpack
from watchword.events.samples import Batch, Key, Pointer, RawSample, Touch
from watchword.policy.sessions import VERIFIED
from watchword.ports import Risen, SessionKey
from watchword.state.hours import MINUTES_A_DAY

MAX_BATCHES, MAX_SAMPLES = 60, 4_500
MAX_BYTES, MAX_TEMPLATE_BYTES = 192_000_000, 96_000_000
NEW_KEYS, NEW_STROKES = 30, 10
"""New samples from which behaviour is looked at again."""

STEP_MIN = 15

BEHIND_MS, GAP_MS = 60_000.0, 1_000.0
"""How far a batch's clock may lie behind those before it, as where tabs take turns; and the pause put in its place."""


class Live:
    """One live session in memory. `usual` says of each quarter of an hour of the day whether it is a usual one."""

    __slots__ = (
        "comparing", "counts", "examined_ms", "heard_ms", "key", "keys", "logged", "passes", "size", "strokes",
        "template", "typed", "usual",
    )  # fmt: skip

    def __init__(self, key: SessionKey) -> None:
        self.key = key
        self.logged: deque[bytes] = deque()
        self.counts: deque[int] = deque()
        self.size = 0
        self.keys = self.strokes = self.passes = 0
        self.examined_ms = self.heard_ms = 0
        self.comparing = False
        self.template: Template | None = None
        self.usual: bytes | None = None
        self.typed: deque[float] = deque(maxlen=64)

    @property
    def ready(self) -> bool:
        """Whether there is enough new to look at."""
        return self.keys >= NEW_KEYS or self.strokes >= NEW_STROKES

    def samples(self) -> Samples:
        """The newest samples in columns, in order of time."""
        return gather_logged(self.batches())

    def batches(self) -> list[Logged]:
        """The newest samples."""
        return [unpack(one) for one in self.logged]


_TIME = attrgetter("t")


def gather_logged(batches: Iterable[Logged]) -> Samples:
    """Logged batches, in the order they came, in columns, in order of time; the newest clock and screen."""
    held = list(batches)
    raw = sorted(in_turn(held) if len(held) > 1 else [one for batch in held for one in batch.raw], key=_TIME)
    patterns = [one for batch in held for one in batch.patterns]
    newest = held[-1] if held else None
    return believed(gather([*raw, *patterns], newest.clock if newest else None, newest.screen if newest else None))


def in_turn(batches: Iterable[Logged]) -> Iterator[RawSample]:
    """Raw samples of batches in the order they came.

    A stream whose clock lies far behind what came before goes on from there: nobody slips what is done now behind what
    was done earlier.
    """
    newest, late = 0.0, dict[str, float]()
    for batch in batches:
        times = [one.t for one in batch.raw]
        if not times:
            continue
        by = late.get(batch.nonce, 0.0)
        if min(times) + by < newest - BEHIND_MS:
            by = late[batch.nonce] = newest + GAP_MS - min(times)
        newest = max(newest, max(times) + by)
        yield from [replace(one, t=one.t + by) for one in batch.raw] if by else batch.raw


class Lives:
    """The live sessions of this process, the one used longest ago first; bounded by the bytes of their samples.

    Their templates have a bound of their own: the one read longest ago is let go, and read again when it is needed.
    """

    def __init__(self, most: int = MAX_BYTES, most_templates: int = MAX_TEMPLATE_BYTES) -> None:
        self._most = most
        self._most_templates = most_templates
        self._lives: OrderedDict[bytes, Live] = OrderedDict()
        self._templates: OrderedDict[bytes, int] = OrderedDict()
        self.bytes = self.template_bytes = 0

    def __len__(self) -> int:
        return len(self._lives)

    def get(self, key: bytes) -> Live | None:
        """The session, if it is remembered."""
        live = self._lives.get(key)
        if live is not None:
            self._lives.move_to_end(key)
        return live

    def put(self, live: Live) -> Live:
        """Remembers a session, or gives the one that was remembered meanwhile."""
        if live.key.key not in self._lives:
            self._lives[live.key.key] = live
            self.bytes += live.size
        return self._lives[live.key.key]

    def drop(self, key: bytes) -> None:
        """Forgets a session."""
        live = self._lives.pop(key, None)
        if live is not None:
            self.bytes -= live.size
            self._let_go(live)

    def drop_all_of(self, owner: bytes) -> None:
        """Forgets a person's sessions."""
        for live in self.of(owner):
            self.drop(live.key.key)

    def remember(self, live: Live, template: Template) -> None:
        """Keeps the template that a session is compared with."""
        self._let_go(live)
        if self._lives.get(live.key.key) is not live:
            return
        live.template = template
        self._templates[live.key.key] = template.size
        self.template_bytes += template.size
        while self.template_bytes > self._most_templates and len(self._templates) > 1:
            self._let_go(self._lives[next(iter(self._templates))])

    def _let_go(self, live: Live) -> None:
        live.template = None
        self.template_bytes -= self._templates.pop(live.key.key, 0)

    def keep(self, live: Live, logged: bytes, count: int) -> None:
        """Adds a batch of so many samples to a session's newest."""
        live.logged.append(logged)
        live.counts.append(count)
        grown, samples = len(logged), sum(live.counts)
        while len(live.logged) > MAX_BATCHES or (samples > MAX_SAMPLES and len(live.logged) > 1):
            grown -= len(live.logged.popleft())
            samples -= live.counts.popleft()
        live.size += grown
        if self._lives.get(live.key.key) is live:
            self.bytes += grown
        while self.bytes > self._most and len(self._lives) > 1:
            self.drop(next(iter(self._lives)))

    def recall(self, live: Live, passes: int, risen: Risen) -> None:
        """Adds what the store has of a session's samples, but for those from before its last challenge was passed."""
        since_ms = max((change.at_ms for change in risen.changes if change.factor == VERIFIED), default=0)
        live.passes = passes
        for one in risen.logged:
            batch = unpack(one)
            if batch.at_ms > since_ms:
                self.keep(live, one, len(batch.events))

    def after(self, key: bytes, passes: int) -> None:
        """Forgets a session's samples where it has passed a challenge since, here or in another process.

        What came before is neither looked at nor learnt.
        """
        live = self.get(key)
        if live is not None and live.passes != passes:
            self.bytes -= live.size
            live.logged.clear()
            live.counts.clear()
            live.size = live.keys = live.strokes = 0
            live.passes = passes

    def of(self, owner: bytes) -> list[Live]:
        """The remembered sessions of a person."""
        return [live for live in self._lives.values() if live.key.owner == owner]

    def all(self) -> list[Live]:
        """Every remembered session."""
        return list(self._lives.values())


class Look:
    """What is read off a batch before it is taken: clicks (ms), key presses (ms), strokes, whether all was trusted."""

    __slots__ = ("clicks", "pressed", "strokes", "trusted")

    def __init__(self, batch: Batch, skip: int = 0) -> None:
        self.clicks: list[int] = []
        self.pressed: list[float] = []
        self.trusted = True
        for event in batch.events[skip:] if skip else batch.events:
            kind = type(event)
            if kind is Pointer:
                if event.kind == "down":  # type: ignore[union-attr]
                    self.clicks.append(int(event.t))  # type: ignore[arg-type]
            elif isinstance(event, Key):
                if event.down:
                    self.pressed.append(event.t)
                    self.trusted &= event.trusted
            elif isinstance(event, Touch) and event.phase == "start":
                self.clicks.append(int(event.t))
        self.strokes = len(self.clicks)


def is_usual(usual: bytes, now_ms: int, offset_min: int) -> bool:
    """Whether now is a usual time, by the user's clock."""
    return bool(usual[(now_ms // 60_000 + offset_min) % MINUTES_A_DAY // STEP_MIN])
