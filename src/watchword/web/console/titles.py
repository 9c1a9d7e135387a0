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
