"""Live sessions: opened, admitted, fed, challenged, ended. What raises a risk is decided in `policy/sessions.py`."""

from __future__ import annotations

from collections.abc import Callable

from watchword.events.samples import Batch
from watchword.policy.session_messages import Message, MpinResult
from watchword.session_records import Claim, Opened, Opening, Score, Scoring, SessionView, Stream, Told, Transaction

Listener = Callable[[Told], None]


class SessionEngine:
    """The live sessions of a deployment. Made by `bootstrap`; safe for many tasks of one event loop."""

    async def open(self, opening: Opening) -> Opened:
        """Opens a session, or one that is open already again (with a new token). Raises Forbidden where it was blocked,
        Conflict where the id is wanted for another."""
        raise NotImplementedError

    async def admit(self, session_id: str, token: str, user_id: str | None = None) -> Claim:
        """The claim of whoever has the token. Raises Unauthenticated for a wrong token, an ended or blocked session."""
        raise NotImplementedError

    async def claim(self, session_id: str, user_id: str | None = None) -> Claim:
        """The claim of a service, which needs no token. Raises NotFound; Conflict where the id alone is ambiguous."""
        raise NotImplementedError

    async def join(self, claim: Claim, nonce: str | None = None) -> Stream:
        """A stream (a socket, a tab): its nonce, how far known ones were taken, what to say at once: Welcome, and the
        pending challenge. The stream of `nonce` goes on where that is known; else it is a new one."""
        raise NotImplementedError

    async def take(self, claim: Claim, batch: Batch) -> tuple[Message, ...]:
        """Takes a batch of samples, durably before it returns: a risk_update, then what else is due.

        Samples taken before are answered, not counted. Raises InvalidInput for a nonce that is not this session's,
        Unauthenticated once the session is over.
        """
        raise NotImplementedError

    async def flag(self, claim: Claim, name: str) -> None:
        """Notes in the session that its client said what is not a client's to say (`forged_verdict`, ...); no more."""
        raise NotImplementedError

    async def context(self, claim: Claim, transaction: Transaction) -> tuple[Message, ...]:
        """Judges what the application's server says of a transaction: amount, beneficiary, hour."""
        raise NotImplementedError

    async def answer_mpin(self, claim: Claim, mpin: str) -> MpinResult:
        """Whether that is the person's MPIN, and what it did to the risk. An attempt is counted before it is looked at.

        Raises Unauthenticated once the session is over.
        """
        raise NotImplementedError

    async def answered(self, claim: Claim, passed: bool, by: str) -> tuple[Message, ...]:
        """Notes the outcome of another challenge (`by`: totp, webauthn, ...), which counts as the MPIN's."""
        raise NotImplementedError

    async def enrol_mpin(self, user_id: str, mpin: str) -> None:
        """Sets or changes a person's MPIN (4-12 digits), and ends a lock-out. Raises InvalidInput."""
        raise NotImplementedError

    async def state(self, session_id: str, user_id: str | None = None) -> SessionView:
        """A session with every change of its risk. Raises NotFound, Conflict where the id alone is ambiguous."""
        raise NotImplementedError

    async def end(self, claim: Claim, reason: str = "logout") -> None:
        """Ends a session. Ending one that has ended does nothing."""
        raise NotImplementedError

    async def score(self, scoring: Scoring) -> Score:
        """How much this session looks like its owner, a person. Opens the session where there is none."""
        raise NotImplementedError

    def listen(self, listener: Listener) -> None:
        """Has `listener` told, on this loop, of changes that no message of the socket itself caused, and of ends."""
        raise NotImplementedError
