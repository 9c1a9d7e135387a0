"""What an event teaches the profile of its user, whatever its kind: log-ins, log-outs, passed challenges, labels."""

from __future__ import annotations

from watchword.events.event import Event
from watchword.events.label import Label
from watchword.events.login import Login
from watchword.events.logout import Logout
from watchword.events.pseudonym import short
from watchword.events.verification import Verification
from watchword.policy.assessment import Assessment
from watchword.state.learning import learn, learn_logout, learn_passed, unlearn
from watchword.state.observed import Observed
from watchword.state.profile import Observation, Profile


def teach(
    assessment: Assessment, observed: Observed, seen: Observation | None, action: str, degraded: bool = False
) -> Profile | None:
    """The user's profile after the event; None where it stays as it is.

    `seen` is a log-in as a profile learns it, `action` what enforcement would answer (`wouldAct`), `degraded` whether a
    missing part made it. The same observation by a second channel teaches nothing.
    """
    event, profile = assessment.event, observed.profile
    if observed.linked is not None or not assessment.plan.counts:
        return None
    if isinstance(event, Login):
        return learn(profile, seen, action, degraded) if seen is not None and event.succeeded else None
    if isinstance(event, Logout):
        session = assessment.entities.session
        return learn_logout(profile, short(session), assessment.at_ms) if session else None
    return _feedback(event, profile, assessment.answers)


def _feedback(event: Event, profile: Profile, answered: bytes | None) -> Profile | None:
    if answered is None:
        return None
    if isinstance(event, Verification):
        return learn_passed(profile, answered) if event.succeeded else None
    if isinstance(event, Label):
        return unlearn(profile, answered) if event.label in ("fraud", "chargeback") else learn_passed(profile, answered)
    return None
