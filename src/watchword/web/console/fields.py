"""The settings that the console can change, as a form shows them."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from watchword.errors import InvalidInput
from watchword.web.console.records import Wire

THRESHOLDS = ("monitorThreshold", "verificationThreshold", "autoBlockThreshold")


class Field(Struct, frozen=True):
    """One setting as a form shows it: `kind` is bool, number, choice, or order (which of the choices, best first)."""

    name: str
    label: str
    kind: str
    hint: str = ""
    choices: tuple[str, ...] = ()
    low: float = 0
    high: float = 1_000_000


GROUPS: tuple[tuple[str, str, tuple[Field, ...]], ...] = (
    (
        "Acting",
        "what is done with a score",
        (
            Field("enabled", "Detection", "bool", "Off: every answer is allow, marked disabled."),
            Field("mode", "Mode", "choice", "Monitor decides and records, and answers allow.", ("enforce", "monitor")),
            Field(
                "floor",
                "Floor",
                "choice",
                "Strongest: never weaker than the strongest evidence alone.",
                ("strongest", "critical", "none"),
            ),
            Field(
                "scorecard", "Scorecard", "choice", "How evidence becomes one score.", ("weighted_average", "log_odds")
            ),
        ),
    ),
    (
        "Velocity",
        "more than these is evidence",
        (
            Field("velocityThresholds.maxLoginsPerMinute", "Log-ins a minute", "number", "For one user.", (), 1, 1_000),
            Field(
                "velocityThresholds.maxLoginsPerHour", "Log-ins an hour", "number", "From one address.", (), 1, 1_000
            ),
            Field(
                "velocityThresholds.maxFailedAttemptsPerHour",
                "Failed an hour",
                "number",
                "For one user, or from one address.",
                (),
                1,
                1_000,
            ),
            Field("velocityThresholds.maxApiCallsPerMinute", "API calls a minute", "number", "", (), 1, 1_000),
        ),
    ),
    (
        "Looking",
        "what is looked at",
        (
            Field(
                "geoAnomalyThreshold",
                "Least distance, km",
                "number",
                "Shorter ways never count as travel.",
                (),
                0,
                20_000,
            ),
            Field(
                "deviceFingerprintEnabled",
                "Device fingerprints",
                "bool",
                "Off removes their collection and their signals.",
            ),
            Field(
                "behavioralAnalysisEnabled", "Behaviour", "bool", "Off removes collection and signals of that family."
            ),
        ),
    ),
    (
        "Keeping",
        "what is kept, and for how long",
        (
            Field("retentionDays", "Days kept", "number", "Events and decisions.", (), 1, 3_650),
            Field("logAllEvents", "Log allowed events", "bool", "Otherwise only flagged ones are logged."),
            Field("debugMode", "Debug", "bool", "Adds state read and time per signal to decisions."),
        ),
    ),
)

KINDS = {
    "biometric": "Fingerprint, face or security key", "totp": "Authenticator app", "pin": "PIN",
    "email_otp": "Code by e-mail", "sms_otp": "Code by text message", "security_questions": "Security questions",
}  # fmt: skip
"""What may be asked for, by the names that the setting has."""

STEP_UP: tuple[tuple[str, str, tuple[Field, ...]], ...] = (
    (
        "Asking",
        "the best that a person has comes first",
        (
            Field("stepUp.challengeTypes", "May be asked for", "order", "", tuple(KINDS)),
            Field("stepUp.challengesPerHour", "Challenges an hour", "number", "For one user.", (), 1, 20),
            Field("stepUp.deliveriesPerHour", "Codes an hour", "number", "By e-mail, and as many by text.", (), 1, 60),
        ),
    ),
    (
        "Answering",
        "what a wrong answer costs",
        (
            Field("stepUp.challengeAttempts", "Answers a challenge takes", "number", "", (), 1, 10),
            Field(
                "stepUp.challengeExpiryS", "Challenge runs, s", "number", "Then another has to be begun.", (), 30, 3_600
            ),
            Field("stepUp.lockoutFailures", "Wrong in a row that lock", "number", "Over all challenges.", (), 1, 20),
            Field(
                "stepUp.lockoutS", "First lock-out, s", "number", "Each further one is twice as long.", (), 30, 86_400
            ),
            Field("stepUp.totpDriftSteps", "Clock drift, steps of 30 s", "number", "Of authenticator apps.", (), 0, 3),
        ),
    ),
    (
        "Telling owners",
        "by the channels that are set up",
        (
            Field("stepUp.ownerNotices", "Tell owners", "bool", "Of log-ins that were refused or stepped up."),
            Field("stepUp.ownerNoticesPerDay", "Notices a day", "number", "For one owner, at most.", (), 1, 100),
        ),
    ),
)


SESSIONS: tuple[tuple[str, str, tuple[Field, ...]], ...] = (
    (
        "Risk",
        "from 0 to 1; segments have their own through the API",
        (
            Field("sessions.enforced", "Enforced", "bool", "Off, or in monitor mode: nobody is asked or blocked."),
            Field("sessions.suspiciousThreshold", "MPIN asked from", "number", "", (), 0.01, 1),
            Field("sessions.highRiskThreshold", "Blocked from", "number", "", (), 0.02, 1),
            Field("sessions.enhancedLoggingThreshold", "Logged in full from", "number", "", (), 0, 1),
            Field(
                "sessions.largeTransaction", "Large transaction", "number", "Single currencies: API.", (), 0.01, 1e12
            ),
            Field("sessions.endOthers", "A block ends the others", "bool", "All sessions of the user."),
            Field("sessions.lifetimeMinutes", "Lasts, minutes", "number", "", (), 1, 10_080),
        ),
    ),
    (
        "MPIN",
        "in the session",
        (
            Field("sessions.freeMpinAttempts", "Free attempts", "number", "Wrong ones that add no risk.", (), 0, 10),
            Field("sessions.mpinAttempts", "Wrong in a row that lock", "number", "Over all sessions.", (), 1, 20),
            Field(
                "sessions.mpinLockoutMinutes", "First lock-out, minutes", "number", "Then twice as long.", (), 1, 1_440
            ),
        ),
    ),
    (
        "Learning",
        "who is at the keyboard",
        (
            Field(
                "sessions.behaviorConsent", "Without a word, consent is", "choice", "A refusal always counts.",
                ("assumed", "required"),
            ),
            Field("sessions.quarantineHours", "Learnt after, hours", "number", "Of a session's end.", (), 0, 720),
            Field("sessions.behaviorTrustNow", "Learn at once", "bool", "For demonstrations."),
            Field("sessions.sampleDays", "Raw samples kept, days", "number", "", (), 1, 3_650),
        ),
    ),
)  # fmt: skip


def value_of(values: Wire, name: str) -> Any:
    """A setting by its dotted name."""
    found: Any = values
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def changes_in(form: Any, current: Wire) -> Wire:
    """The settings that the form changes, nested as the admin API takes them."""
    asked: Wire = {}
    fields = [field for _, _, group in (*GROUPS, *STEP_UP, *SESSIONS) for field in group]
    fields += [Field(name, name, "number", "", (), 0, 100) for name in THRESHOLDS]
    for field in fields:
        if f"has.{field.name}" not in form:
            continue
        was = value_of(current, field.name)
        if field.kind == "order":
            value: Any = _ordered(field, form.getall(field.name, []))
            was = list(was or ())
        else:
            value = _parsed(field, str(form.get(field.name, "")))
        if value != was:
            head, _, tail = field.name.partition(".")
            if tail:
                asked.setdefault(head, {})[tail] = value
            else:
                asked[head] = value
    return asked


def _ordered(field: Field, given: list[Any]) -> list[str]:
    """The choices that were taken, in the order in which the form has them."""
    chosen = list(dict.fromkeys(str(one) for one in given))
    if not chosen or not set(chosen) <= set(field.choices):
        raise InvalidInput(f"{field.label}: at least one of {', '.join(field.choices)}.", field.name)
    return chosen


def _parsed(field: Field, given: str) -> Any:
    if field.kind == "bool":
        return given == "1"
    if field.kind == "choice":
        if given not in field.choices:
            raise InvalidInput(f"{field.label} is one of {', '.join(field.choices)}.", field.name)
        return given
    try:
        number = float(given)
    except ValueError:
        raise InvalidInput(f"{field.label} is a number.", field.name) from None
    if not field.low <= number <= field.high:
        raise InvalidInput(f"{field.label} lies between {field.low:g} and {field.high:g}.", field.name)
    return int(number) if number.is_integer() else number
