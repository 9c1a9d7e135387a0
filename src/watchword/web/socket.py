"""One open socket of a session: messages in, answers out in the same order, several under way at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from http import HTTPStatus
from math import ceil

from msgspec import Struct, structs

from watchword.errors import Blocked, Erased, Gap, InvalidInput, LimitExceeded, StoreError, TooLarge, Unauthenticated
from watchword.events.samples import Batch
from watchword.policy.session_messages import Error, Message, RiskUpdate, SessionBlocked, encode
from watchword.sessions.engine import SessionEngine
from watchword.sessions.records import Claim
from watchword.web import problems
from watchword.web.asgi import Receive, Send
from watchword.web.incoming import Forged, MpinVerify, read_message
from watchword.web.pace import Paces
from watchword.web.rooms import BLOCKED, FAULT, FLOOD, IDLE, TOO_BIG, TRY_LATER, UNAUTHENTICATED, Rooms

MAX_IN_FLIGHT = 16
MAX_PUSHES = 32
FORCE_S = 0.5
"""How long a socket that is to end waits for what is under way: a block is everywhere within a second."""

MAX_SLOWED_S = 30.0
"""For how long (leaking away at half speed) a socket may be slowed down before it is shown out."""

PONG = b'{"type":"pong"}'
CLOSINGS: tuple[tuple[type[Exception], int], ...] = (
    (TooLarge, TOO_BIG),
    (Blocked, BLOCKED),
    (Unauthenticated, UNAUTHENTICATED),
    (Erased, UNAUTHENTICATED),
    (LimitExceeded, FLOOD),
    (StoreError, TRY_LATER),
    (TimeoutError, IDLE),
)
"""Failures after which a stream can not go on. Another that the caller did not cause is a fault of ours."""


class Closing(Struct, frozen=True):
    """The end of a socket; nothing is sent after it."""

    code: int
    reason: str


Answers = tuple[Message | bytes | Closing, ...]
Entry = Answers | asyncio.Task[Answers]


def told_of(error: Exception, request_id: str, seq: int | None = None) -> Answers:
    """How a failure is told on a socket, and how that ends where it can not go on. `seq` goes with samples."""
    problem = problems.told(error, request_id)
    code = next((code for kind, code in CLOSINGS if isinstance(error, kind)), None)
    if code == BLOCKED:
        return SessionBlocked(), Closing(code, "blocked")
    wait_s = error.retry_after_s if isinstance(error, LimitExceeded) else None
    told = Error(problem.code, problem.detail or problem.title, problem.field, seq, wait_s)
    if code is None and problem.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return (told,)
    return told, Closing(code or FAULT, problem.title.lower())


class Desk(Struct, frozen=True):
    """What the sockets of a process share."""

    sessions: SessionEngine
    rooms: Rooms
    paces: Paces


class Place(Struct, frozen=True):
    """Where a socket is: whose session, which stream of it, and how far that was taken."""

    claim: Claim
    nonce: str
    last_seq: int
    request_id: str


class Socket:
    """A member of its session's room. `run` returns when the connection is over."""

    __slots__ = (
        "_acknowledged", "_claim", "_desk", "_ending", "_entries", "_final", "_forced", "_loop", "_next_seq", "_place",
        "_ready", "_room", "_said", "_send", "_slowed", "_slowed_s", "heard_s",
    )  # fmt: skip

    def __init__(self, desk: Desk, place: Place, send: Send) -> None:
        self._desk = desk
        self._place = place
        self._claim = place.claim
        self._acknowledged = place.last_seq
        self._next_seq = place.last_seq + 1
        self._send = send
        self._loop = asyncio.get_running_loop()
        self.heard_s = self._slowed_s = self._loop.time()
        self._slowed = 0.0
        self._entries: deque[Entry] = deque()
        self._ready = asyncio.Event()
        self._room = asyncio.Event()
        self._ending = self._forced = self._said = False
        self._final: Answers | None = None

    @property
    def key(self) -> bytes:
        """The keyed hash of its session."""
        return self._claim.key

    @property
    def nonce(self) -> str:
        """The stream that it carries."""
        return self._place.nonce

    async def run(self, receive: Receive, greeting: Answers) -> None:
        """Greets, then answers what comes, until either side ends it."""
        self._put(greeting)
        writer = self._loop.create_task(self._write())
        try:
            await self._read(receive)
        finally:
            self._entries.clear()
            self._end((Closing(0, "gone"),))
            self._force()
            await writer

    def push(self, messages: tuple[Message, ...]) -> None:
        """Sends messages that answer nothing. Where too many wait, changes of the risk are left out."""
        if len(self._entries) >= MAX_IN_FLIGHT + MAX_PUSHES:
            messages = tuple(one for one in messages if not isinstance(one, RiskUpdate))
        if messages and not self._ending:
            self._put(tuple(structs.replace(one, seq=-1) if isinstance(one, RiskUpdate) else one for one in messages))

    def end(self, code: int, reason: str, messages: tuple[Message, ...] = ()) -> None:
        """Answers what is under way, sends those messages and closes; without the answers where they take long."""
        if not self._ending:
            self._end((*messages, Closing(code, reason)))
            self._loop.call_later(FORCE_S, self._force)

    def _end(self, last: Answers) -> None:
        self._ending = True
        self._final = last
        self._put(last)
        self._room.set()

    def _force(self) -> None:
        self._forced = True
        self._ready.set()

    async def _read(self, receive: Receive) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            if self._ending:
                continue
            self.heard_s = self._loop.time()
            wait_s = self._take(message.get("bytes") or (message.get("text") or "").encode())
            if wait_s:
                await self._slow_down(wait_s)
            while len(self._entries) >= MAX_IN_FLIGHT and not self._ending:
                self._room.clear()
                await self._room.wait()

    def _take(self, body: bytes) -> float:
        """Has a message answered; the seconds that the next one has to wait."""
        rates = self._desk.paces.rates
        try:
            said = read_message(body, self._claim.session_id, self._place.nonce, self._next_seq)
            if isinstance(said, Batch):
                cost = rates.message + len(said.events)
                self._check(said)
                self._next_seq = said.first_seq + len(said.events)
                self._start(self._desk.sessions.take(self._claim, said))
            elif isinstance(said, MpinVerify):
                cost = rates.mpin
                self._start(self._verify(said.mpin))
            else:
                cost = rates.message
                self._put((PONG,))
        except Forged as error:
            cost = rates.wrong
            self._start(self._note(error))
        except Exception as error:  # a message is an edge
            cost = rates.wrong
            self._put(self._failed(error))
        return self._desk.paces.take(self.key, cost)

    def _check(self, batch: Batch) -> None:
        if batch.session_id != self._claim.session_id:
            raise Forged("This is the socket of another session.", "sessionId")
        if batch.user_id is not None and batch.user_id != self._claim.user_id:
            raise Forged("This is the session of another user.", "userId")
        if batch.nonce != self._place.nonce:
            raise InvalidInput("This is not the stream of this socket.", "nonce")

    async def _verify(self, mpin: str) -> Answers:
        try:
            return (await self._desk.sessions.answer_mpin(self._claim, mpin),)
        except Exception as error:  # as above; what was sent before it stands
            return self._failed(error, of_stream=False)

    async def _note(self, error: Forged) -> tuple[Message, ...]:
        await self._desk.sessions.flag(self._claim, "forged_verdict" if error.field != "sessionId" else "other_session")
        raise error

    def _start(self, work: Awaitable[Answers | tuple[Message, ...]]) -> None:
        task = self._loop.create_task(self._guard(work))
        self._entries.append(task)
        task.add_done_callback(self._wake)

    def _wake(self, _task: asyncio.Task[Answers]) -> None:
        self._ready.set()

    async def _guard(self, work: Awaitable[Answers | tuple[Message, ...]]) -> Answers:
        try:
            return await work
        except Exception as error:  # as above
            return self._failed(error)

    def _failed(self, error: Exception, of_stream: bool = True) -> Answers:
        """What a failure is told as; where the stream can not go on, nothing is taken or acknowledged after it."""
        self._desk.rooms.refused += 1
        answers = told_of(error, self._place.request_id, 0 if of_stream else None)
        if isinstance(error, Gap):
            self._next_seq = self._acknowledged + 1
        if isinstance(answers[-1], Closing):
            self._ending = True
            self._room.set()
        return answers

    async def _slow_down(self, wait_s: float) -> None:
        self._slowed = max(0.0, self._slowed - (self.heard_s - self._slowed_s) / 2) + wait_s
        self._slowed_s = self.heard_s
        if self._slowed > MAX_SLOWED_S:
            told = Error("FLOOD", "This session sends too much.", retry_after_s=ceil(wait_s))
            self.end(FLOOD, "too much", (told,))
        else:
            await asyncio.sleep(wait_s)

    def _put(self, entry: Answers) -> None:
        self._entries.append(entry)
        self._ready.set()

    async def _write(self) -> None:
        closing: Closing | None = None
        try:
            while closing is None:
                closing = await self._send_ready()
                if closing is None:
                    self._ready.clear()
                    await self._ready.wait()
            self._desk.rooms.closed[closing.code] += 1
            if closing.code:
                await self._send({"type": "websocket.close", "code": closing.code, "reason": closing.reason})
        except Exception:  # the peer went away while something was sent; the reader hears of it
            self._ending = True

    async def _send_ready(self) -> Closing | None:
        """Sends every answer whose turn it is; the end of the socket, where that is reached."""
        while self._entries:
            entry = self._entries[0]
            if isinstance(entry, asyncio.Task):
                if not entry.done():
                    if not self._forced:
                        return None
                    self._entries.popleft()
                    continue
                entry = entry.result()
            self._entries.popleft()
            self._room.set()
            if self._final is not None and entry and isinstance(entry[-1], Closing):
                entry = self._final
            for one in entry:
                if isinstance(one, Closing):
                    return one
                await self._say(one)
        return None

    async def _say(self, one: Message | bytes) -> None:
        if isinstance(one, RiskUpdate) and one.seq < 0:
            one = structs.replace(one, seq=self._acknowledged)
        elif isinstance(one, RiskUpdate):
            self._acknowledged = one.seq
        elif isinstance(one, Error) and one.seq is not None:
            one = structs.replace(one, seq=self._acknowledged)
        elif isinstance(one, SessionBlocked):
            if self._said:
                return
            self._said = True
        text = (one if isinstance(one, bytes) else encode(one)).decode()
        await self._send({"type": "websocket.send", "text": text})
