"""What evidence and contributions are called on pages: every code of every shipped signal has a name here."""

from __future__ import annotations

from watchword.scoring.log_odds import LABELS, PRIOR_NAME

TITLES = {
    "ABUSE_LISTED": "On abuse lists",
    "ACCOUNT_AGE": "Young account",
    "ACCOUNT_CHANGES": "Many account changes",
    "ACCOUNT_COUNTRY": "Not the account's country",
    "API_FLOOD": "Flood of API calls",
    "AUTOMATED_BROWSER": "Automated browser",
    "AUTOMATION_SIGNS": "Signs of automation",
    "BUSY_IP": "Busy address",
    "CLAIMED_PLACE_MISMATCH": "Claims another place",
    "CLOCKWORK_FAILURES": "Failures like clockwork",
    "CLOCKWORK_LOGINS": "Log-ins like clockwork",
    "COMPROMISED": "Signs of compromise",
    "CREDENTIAL_STUFFING_DEVICE": "Credential stuffing, device",
    "CREDENTIAL_STUFFING_IP": "Credential stuffing, address",
    "DIFFERENT_RHYTHM": "Another typing rhythm",
    "DISPOSABLE_EMAIL": "Throw-away e-mail",
    "DISTRIBUTED_GUESSING": "Guessed at from many addresses",
    "DISTRIBUTED_GUESSING_DEVICES": "Guessed at from many devices",
    "FAILED_LOGINS": "Failed log-ins",
    "FAILED_LOGINS_IP": "Failed log-ins, address",
    "FAR_FROM_USUAL": "Far from usual places",
    "FAR_OVER_2000_KM": "Over 2,000 km away",
    "FAR_OVER_5000_KM": "Over 5,000 km away",
    "HIGH_RISK_REGION": "High-risk region",
    "HOSTING": "Hosting address",
    "HOURLY_LOGINS_IP": "Log-ins an hour, address",
    "IMPOSSIBLE_TRAVEL": "Impossible travel",
    "INCIDENT_HISTORY": "Earlier incidents",
    "KNOWN_BOT": "Known bot network",
    "MANY_DEVICES": "Many devices",
    "MANY_IPS": "Many addresses",
    "MANY_USERS_DEVICE": "Many users, one device",
    "MANY_USERS_IP": "Many users, one address",
    "MECHANICAL_FORM": "Mechanical typing",
    "NEW_COUNTRY": "New country",
    "NEW_DEVICE": "New device",
    "PRIVILEGE_ESCALATION": "Privilege escalation",
    "PROXY": "Proxy",
    "RAPID_API_CALLS": "Rapid API calls",
    "RAPID_LOGINS": "Log-in velocity",
    "RAPID_LOGINS_IP": "Log-in velocity, address",
    "RECOVERY_FAILED": "Failed recovery",
    "RESIDENTIAL_PROXY": "Residential proxy",
    "SCRIPTED_CLIENT": "Scripted client",
    "SCRIPTED_FORM": "Form filled in by a program",
    "SENSITIVE_CHANGE": "Sensitive change",
    "SUSPICIOUS_DEVICE": "Suspicious device",
    "TIMEZONE_MISMATCH": "Time zone does not fit",
    "TOR": "Tor exit",
    "UNUSUAL_HOUR": "Unusual hour",
    "UNUSUAL_SESSION": "Unusual session",
    "VPN": "VPN exit",
}
BEHAVIOUR = {
    "BEFORE_BEHAVIOUR": "Before anything is seen",
    "DIFFERENT_HANDLING": "Device held unlike the owner",
    "DIFFERENT_NAVIGATION": "Pages gone through unlike the owner",
    "DIFFERENT_POINTER": "Pointing unlike the owner",
    "DIFFERENT_TOUCH": "Touching unlike the owner",
    "DIFFERENT_TYPING": "Typing unlike the owner",
    "FAMILIAR_HANDLING": "Device held like the owner",
    "FAMILIAR_NAVIGATION": "Pages gone through like the owner",
    "FAMILIAR_POINTER": "Pointing like the owner",
    "FAMILIAR_TOUCH": "Touching like the owner",
    "FAMILIAR_TYPING": "Typing like the owner",
    "FAST_CLICK_DWELL": "Clicks too short for a finger",
    "FAST_FIELD_CHANGE": "Fields changed faster than a hand",
    "FAST_KEY_HOLD": "Keys held too short",
    "FAST_POINTER_MOVES": "Pointer faster than a hand",
    "FAST_SWIPE_MOVES": "Swipes faster than a finger",
    "FAST_TAP_DWELL": "Taps too short for a finger",
    "FAST_TYPING": "Typing faster than people",
    "REPETITIVE_KEY_TIMES": "Repeated key times",
    "REPETITIVE_POINTER_PACE": "Every stroke at the same pace",
    "REPETITIVE_POINTER_PATH": "The same pointer path again",
    "REPETITIVE_SWIPE_PACE": "Every swipe at the same pace",
    "REPETITIVE_SWIPE_PATH": "The same swipe again",
    "REPETITIVE_TYPING_REPLAY": "Replayed typing",
    "SAME_TYPIST_ELSEWHERE": "Acts like somebody elsewhere",
    "SYNTHETIC_CLICK_JUMP": "Clicks without a way there",
    "SYNTHETIC_CLICK_MIDDLE": "Clicks in the exact middle",
    "SYNTHETIC_INPUT_WITHOUT_KEYS": "Text without keys",
    "SYNTHETIC_KEY_EVENTS": "Keys made by a script",
    "SYNTHETIC_POINTER_EVENTS": "Pointer moved by a script",
    "SYNTHETIC_POINTER_FRACTION": "Clicks between pixels",
    "SYNTHETIC_POINTER_PRESSURE": "Impossible pressure",
    "SYNTHETIC_POINTER_SMOOTH": "Pointer paths too smooth",
    "SYNTHETIC_POINTER_STRAIGHT": "Pointer paths too straight",
    "SYNTHETIC_SWIPE_SMOOTH": "Swipes too smooth",
    "SYNTHETIC_SWIPE_STRAIGHT": "Swipes too straight",
    "SYNTHETIC_TOUCH_CONTACT": "Touches without a finger",
    "SYNTHETIC_TOUCH_EVENTS": "Touches made by a script",
    "UNFAMILIAR_DEVICE": "Not a device of theirs",
    "UNFAMILIAR_PLACE": "Not a place of theirs",
    "UNIFORM_CLICK_DWELL": "Every click equally long",
    "UNIFORM_CLICK_RHYTHM": "Clicks like clockwork",
    "UNIFORM_KEY_HOLD": "Every key held equally long",
    "UNIFORM_POINTER_SPEED": "Pointer at one speed",
    "UNIFORM_SWIPE_SPEED": "Swipes at one speed",
    "UNIFORM_TAP_DWELL": "Every tap equally long",
    "UNIFORM_TAP_RHYTHM": "Taps like clockwork",
    "UNIFORM_TYPING_PAUSES": "Pauses like clockwork",
    "UNIFORM_TYPING_RHYTHM": "Typing like clockwork",
}
"""What behaviour is found to be: reasons of trust, signs of bots, and whoever is known from elsewhere."""

FACTORS = {
    "asked_by_hand": "Asked for by hand",
    "carried_over": "From the session before",
    "decay": "Calm",
    "large_transaction": "Large transaction",
    "ml_engine": "Behaviour as a whole",
    "mpin_failed": "Wrong answer",
    "mpin_verified": "Right answer",
    "new_beneficiary": "New beneficiary",
    "normal_typing": "Typing as people type",
    "off_hours_activity": "Outside the usual hours",
    "rapid_clicks": "Rapid clicks",
}
"""What moves the risk of a session, beside signs of bots (`bot_evidence:` and their code)."""

SPELLED = {
    "ip": "address", "asn": "network", "asns": "networks", "vpn": "VPN", "tor": "Tor", "login": "log-in",
    "logins": "log-ins", "api": "API", "webdriver": "WebDriver", "email": "e-mail", "v6": "IPv6", "v4": "IPv4",
    "cdn": "CDN",
}  # fmt: skip
"""Words of names that are not in the table."""


def contribution(label: str, change: float) -> tuple[str, str] | None:
    """Name and kind of a contribution that is no evidence: prior, familiarity, model; None for a rule's."""
    if label == PRIOR_NAME:
        return "Where every log-in begins", "scorecard"
    if label == "MODEL":
        return "Log-in model", "model"
    if label in LABELS.values():
        return f"{'Unusual' if change > 0 else 'Usual'} {label}", "familiarity"
    return None
