"""The one thread that writes: takes what is waiting, decides it in one transaction, commits, then wakes the callers."""

from __future__ import annotations

import time
from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

import apsw

from watchword.errors import Conflict, Erased, StoreError, WatchwordError
from watchword.policy.assessment import Assessment
from watchword.policy.decision import Decision
from watchword.ports import Judge, Recorded, SessionKey, Step, Stepped
from watchword.stores.sqlite_batch import Batch
from watchword.stores.sqlite_desk import Desk
from watchword.stores.sqlite_journal import MOVE, Mover
from watchword.stores.sqlite_retention import Housekeeping
from watchword.stores.sqlite_session_batch import SessionBatch

MAX_BATCH = 64
MAX_JUDGING_S = 0.005
IDLE_S = 0.25
BUSY_CHORE_S = 0.1
PAGE_BYTES = 4_096
LONG_PAGES = 32_000_000 // PAGE_BYTES
"""A journal of this length is moved under load too; a queue that is empty for a moment is no rest."""

Outcome = Recorded | Stepped | BaseException
Work = Callable[[Desk], Any]


class Item:
    """One event on its way. It is either withdrawn by its deadline or claimed for a commit, never both.

    `given` is an answer that was given already, and only wants recording.
    """

    __slots__ = ("answer", "assessment", "claimed", "deadline", "given", "judge", "loop", "withdrawn")

    def __init__(
        self, assessment: Assessment, judge: Judge | Decision, answer: Future[Recorded], deadline: float = 0.0
    ) -> None:
        self.assessment = assessment
        self.given = judge if isinstance(judge, Decision) else None
        self.judge = None if isinstance(judge, Decision) else judge
        self.answer = answer
        self.loop = answer.get_loop()
        self.deadline = deadline
        self.claimed = self.withdrawn = False


class Call:
    """One step of a session on its way: like an event, it shares its transaction with what else is waiting."""

    __slots__ = ("answer", "claimed", "deadline", "key", "loop", "step", "withdrawn")

    def __init__(self, key: SessionKey, step: Step, answer: Future[Stepped], deadline: float) -> None:
        self.key = key
        self.step = step
        self.answer = answer
        self.loop = answer.get_loop()
        self.deadline = deadline
        self.claimed = self.withdrawn = False


class Job:
    """Work that wants a transaction of its own."""

    __slots__ = ("answer", "loop", "work")

    def __init__(self, work: Work, answer: Future[Any]) -> None:
        self.work = work
        self.answer = answer
        self.loop = answer.get_loop()


Shared = Item | Call
"""What shares a transaction with what else is waiting."""


class Writer(Thread):
    """Owns the writing connection. `chores` are done when there is nothing else to do."""

    def __init__(self, desk: Desk, chores: Housekeeping, now_ms: Callable[[], int] = lambda: 0) -> None:
        super().__init__(name="watchword-writer", daemon=True)
        self._desk = desk
        self.connection = desk.connection
        self._chores = chores
        self._now_ms = now_ms
        self._queue: SimpleQueue[Shared | Job | None] = SimpleQueue()
        self._held: deque[Shared | Job] = deque()
        self._claims = Lock()
        self._stopping = False
        self._data_version = -1
        self._journal_pages = 0
        self._chored = 0.0
        self._mover = Mover(desk.connection)
        desk.connection.set_wal_hook(self._note_journal)

    def submit(self, work: Shared | Job) -> None:
        """Puts an event or a job in the queue."""
        self._queue.put(work)

    def withdraw(self, item: Shared) -> bool:
        """Takes an event back, so that it leaves no trace; False when it is being committed already."""
        with self._claims:
            item.withdrawn = not item.claimed
            return item.withdrawn

    def stop(self) -> None:
        """Ends the thread once everything that waits is written."""
        self._queue.put(None)
        self.join()

    def run(self) -> None:
        """Works until `stop`."""
        while self._held or not self._stopping:
            work = self._held.popleft() if self._held else self._next()
            if isinstance(work, Item | Call):
                self._decide([work, *self._waiting(MAX_BATCH - 1)])
            elif isinstance(work, Job):
                self._do(work)
        self._mover.close()
        self._checkpoint()

    def _next(self) -> Shared | Job | None:
        with suppress(Empty):
            return self._stop_at(self._queue.get(timeout=IDLE_S))
        self._rest()
        return None

    def _stop_at(self, work: Shared | Job | None) -> Shared | Job | None:
        self._stopping = work is None
        return work

    def _rest(self) -> None:
        with suppress(apsw.Error, WatchwordError, OSError):
            while self._queue.empty() and self._chores.due and self._chore():
                pass
            if self._journal_pages:
                self._checkpoint()

    def _chore(self) -> bool:
        """Does one small piece of housekeeping, in a transaction of its own; whether there may be more."""
        self._chored = time.monotonic()
        try:
            self._begin()
            more = self._chores.step(self._desk)
            self._desk.connection.execute("commit")
        except BaseException:
            self._roll_back()
            raise
        return more

    def _decide(self, items: list[Shared]) -> None:
        outcomes: dict[Shared, Outcome | None] = {}
        try:
            self._begin()
            batch, sessions = Batch(self._desk), SessionBatch(self._desk, self._now_ms)
            self._fill(batch, sessions, items, outcomes)
            if not any(_failed(item, outcome) for item, outcome in outcomes.items()):
                batch.write()
                sessions.write()
                if self._claim(outcomes):
                    self._desk.connection.execute("commit")
        except Exception as error:  # the edge: whatever failed, nothing of the batch was written
            self._roll_back()
            failure = StoreError(f"The store could not write: {type(error).__name__}")
            outcomes = dict.fromkeys(outcomes or items, failure)
        if self._desk.connection.in_transaction:
            self._roll_back()
            self._again(outcomes)
        else:
            _wake((item, outcome) for item, outcome in outcomes.items())
            if self._journal_pages >= LONG_PAGES and self._mover.moved():
                self._checkpoint()
            if self._chores.due and time.monotonic() - self._chored > BUSY_CHORE_S:
                with suppress(apsw.Error, WatchwordError, OSError):
                    self._chore()

    def _fill(
        self, batch: Batch, sessions: SessionBatch, items: list[Shared], outcomes: dict[Shared, Outcome | None]
    ) -> None:
        """Decides the items given, then what is waiting, until the batch is full."""
        until = time.perf_counter() + MAX_JUDGING_S
        while items:
            live = [item for item in items if not item.withdrawn]
            outcomes.update(dict.fromkeys(live))
            events = [item.assessment for item in live if isinstance(item, Item)]
            if events:
                batch.foresee(events)
            if len(events) < len(live):
                sessions.foresee([item.key.key for item in live if isinstance(item, Call)])
            for at, item in enumerate(live):
                if time.perf_counter() > until and at:
                    self._put_back(live[at:], outcomes)
                    return
                outcomes[item] = _decided(batch, item) if isinstance(item, Item) else _stepped(sessions, item)
            items = self._waiting(MAX_BATCH - len(outcomes)) if time.perf_counter() < until else []

    def _put_back(self, items: list[Shared], outcomes: dict[Shared, Outcome | None]) -> None:
        for item in items:
            del outcomes[item]
        self._held.extendleft(reversed(items))

    def _waiting(self, most: int) -> list[Shared]:
        """The events that wait, at most so many, up to the next job."""
        items: list[Shared] = []
        while len(items) < most and not (self._held and isinstance(self._held[0], Job)):
            try:
                work = self._held.popleft() if self._held else self._stop_at(self._queue.get_nowait())
            except Empty:
                break
            if isinstance(work, Item | Call):
                items.append(work)
            elif work is None:
                break
            else:
                self._held.append(work)
        return items

    def _claim(self, outcomes: dict[Shared, Outcome | None]) -> bool:
        """Whether every event of the batch may be committed: none was withdrawn."""
        with self._claims:
            if any(item.withdrawn for item in outcomes):
                return False
            for item in outcomes:
                item.claimed = True
            return True

    def _again(self, outcomes: dict[Shared, Outcome | None]) -> None:
        live = {item: outcome for item, outcome in outcomes.items() if not item.withdrawn}
        _wake((item, outcome) for item, outcome in live.items() if _failed(item, outcome))
        left = [item for item, outcome in live.items() if not _failed(item, outcome)]
        if left:
            self._decide(left)

    def _do(self, job: Job) -> None:
        outcome: Any
        try:
            self._begin()
            outcome = job.work(self._desk)
            self._desk.forget_state()
            self._desk.chain.write()
            self._desk.connection.execute("commit")
        except Exception as error:  # the edge: the caller is told
            self._roll_back()
            outcome = error if isinstance(error, WatchwordError) else StoreError(f"{type(error).__name__}: {error}")
        _wake([(job, outcome)])

    def _begin(self) -> None:
        connection = self._desk.connection
        connection.execute("begin immediate")
        if self._desk.seals.keys.refresh():
            self._data_version = -1
        version = connection.pragma("data_version")
        if version != self._data_version:
            self._data_version = version
            self._desk.forget()

    def _roll_back(self) -> None:
        if self._desk.connection.in_transaction:
            with suppress(apsw.Error):  # what failed may have ended the transaction itself
                self._desk.connection.execute("rollback")
        self._desk.last_key = 0
        self._data_version = -1

    def _checkpoint(self) -> None:
        with suppress(apsw.Error):  # what could not be moved stays in the journal, and is tried again
            self._desk.connection.execute(MOVE)
        self._journal_pages = 0

    def _note_journal(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._journal_pages = pages
        return apsw.SQLITE_OK


def _decided(batch: Batch, item: Item) -> Outcome:
    try:
        if item.judge is None:
            assert item.given is not None
            return batch.record(item.assessment, item.given)
        return batch.decide(item.assessment, item.judge)
    except (Conflict, Erased, StoreError) as error:
        return error
    except Exception as error:  # the edge: one event's failure is its own
        return StoreError(f"The event could not be decided: {type(error).__name__}")


def _stepped(sessions: SessionBatch, item: Call) -> Outcome:
    try:
        return sessions.step(item.key, item.step)
    except WatchwordError as error:
        return error
    except Exception as error:  # the edge: one step's failure is its own
        return StoreError(f"The session could not be advanced: {type(error).__name__}")


def _failed(item: Shared, outcome: Outcome | None) -> bool:
    """Whether an event may have left a trace in the batch before it failed; a refusal leaves none, nor does a step."""
    return isinstance(outcome, BaseException) and isinstance(item, Item) and not isinstance(outcome, Conflict | Erased)


def _wake(done: Iterable[tuple[Shared | Job, Any]]) -> None:
    """Answers the callers, with one call a loop."""
    loops: dict[AbstractEventLoop, list[tuple[Future[Any], Any]]] = {}
    for work, outcome in done:
        loops.setdefault(work.loop, []).append((work.answer, outcome))
    for loop, answers in loops.items():
        with suppress(RuntimeError):  # the loop ended before its answers came
            loop.call_soon_threadsafe(_answer, answers)


def _answer(answers: list[tuple[Future[Any], Any]]) -> None:
    for answer, outcome in answers:
        if answer.done():
            continue
        if isinstance(outcome, BaseException):
            answer.set_exception(outcome)
        else:
            answer.set_result(outcome)
