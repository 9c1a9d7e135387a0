"""What a transaction that the application's server tells of brings to the session's risk."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from watchword.policy.sessions import Bounds
from watchword.sessions.steps import OFF_HOURS, is_unusual
from watchword.state.person import Person
from watchword.state.session import Session
from watchword.state.session_risk import Factor

MAX_PENDING = 64
LARGE = "The amount is at or above the threshold of large transactions"
UNCONFIRMED = "This user has not confirmed this beneficiary yet"


class Payment(Struct, frozen=True):
    """A transaction as it is judged: 8-byte keyed hashes of its id and beneficiary (0: none), whether it is large."""

    subject: int
    beneficiary: int
    large: bool
    confirmed: bool
    usual: bytes | None
    now_ms: int

    @property
    def factors(self) -> Callable[[Session, Person, Bounds], list[Factor]]:
        """What it brings."""

        def found(session: Session, person: Person, _bounds: Bounds) -> list[Factor]:
            new = self.beneficiary and not self.confirmed and self.beneficiary not in person.beneficiaries
            all_of_them = (
                (self.large, Factor("large_transaction", "context", self.subject, message=LARGE)),
                (new, Factor("new_beneficiary", "context", self.beneficiary, message=UNCONFIRMED)),
                (
                    is_unusual(self.usual, session, self.now_ms),
                    Factor("off_hours_activity", "context", message=OFF_HOURS),
                ),
            )
            return [factor for holds, factor in all_of_them if holds]

        return found

    def remember(self, session: Session) -> Session:
        """The session, with the beneficiary among those to be confirmed once it is learnt from."""
        if not self.beneficiary or self.beneficiary in session.pending:
            return session
        return replace(session, pending=(*session.pending, self.beneficiary)[-MAX_PENDING:])
