"""Every number of the contract's sections 3 to 5, once, with what happens under, at and over it.

A row names the number as the code has it (a module's constant or a live setting), its value, and a play through a real
engine. `test_spec_numbers.py` runs the plays, compares the values with the code, and fails where a band, a setting
or a constant of signals and profiles is in no row.
"""

from __future__ import annotations

from math import exp, log
from typing import Any, NamedTuple

from msgspec.structs import replace
from tests import plays
from tests.device_plays import trust_after
from tests.outcomes import action_of, at_least, confidence_of, level_of, points_of, strongest_of
from tests.plays import (
    Play,
    after_crowd,
    at_hour,
    bursts,
    by_the_clock,
    calls,
    lasting,
    on_network,
    stretched,
    travels,
    with_facts,
)
from tests.rhythm_plays import in_channels, matured, rhythm, signs, sparsely
from tests.stage import HOME

from watchword.enrichment.facts import Hint

BANDS: dict[str, tuple[str, str, float, float]] = {
    # velocity 0-95
    "RAPID_LOGINS": ("VELOCITY", "CRITICAL", 90, 95),
    "RAPID_LOGINS_IP": ("VELOCITY", "CRITICAL", 90, 95),
    "BUSY_IP": ("VELOCITY", "MEDIUM", 40, 69),
    "HOURLY_LOGINS_IP": ("VELOCITY", "HIGH", 70, 89),
    "FAILED_LOGINS": ("VELOCITY", "MEDIUM", 40, 69),
    "FAILED_LOGINS_IP": ("VELOCITY", "MEDIUM", 40, 69),
    "RAPID_API_CALLS": ("VELOCITY", "MEDIUM", 40, 69),
    "API_FLOOD": ("VELOCITY", "HIGH", 70, 89),
    "CLOCKWORK_LOGINS": ("VELOCITY", "MEDIUM", 40, 69),
    "CLOCKWORK_FAILURES": ("VELOCITY", "HIGH", 70, 89),
    "MANY_USERS_IP": ("VELOCITY", "MEDIUM", 40, 69),
    "MANY_USERS_DEVICE": ("VELOCITY", "MEDIUM", 40, 69),
    "CREDENTIAL_STUFFING_IP": ("VELOCITY", "HIGH", 70, 89),
    "CREDENTIAL_STUFFING_DEVICE": ("VELOCITY", "HIGH", 70, 89),
    "MANY_IPS": ("VELOCITY", "MEDIUM", 40, 69),
    "MANY_DEVICES": ("VELOCITY", "MEDIUM", 40, 69),
    "DISTRIBUTED_GUESSING": ("VELOCITY", "HIGH", 70, 89),
    "DISTRIBUTED_GUESSING_DEVICES": ("VELOCITY", "HIGH", 70, 89),
    # geolocation 0-95
    "IMPOSSIBLE_TRAVEL": ("GEOLOCATION", "CRITICAL", 90, 95),
    "FAR_OVER_5000_KM": ("GEOLOCATION", "HIGH", 60, 89),
    "FAR_OVER_2000_KM": ("GEOLOCATION", "MEDIUM", 30, 59),
    "FAR_FROM_USUAL": ("GEOLOCATION", "LOW", 10, 29),
    "NEW_COUNTRY": ("GEOLOCATION", "LOW", 10, 29),
    "HIGH_RISK_REGION": ("GEOLOCATION", "LOW", 10, 29),
    "CLAIMED_PLACE_MISMATCH": ("GEOLOCATION", "LOW", 10, 29),
    # device 0-90
    "AUTOMATED_BROWSER": ("DEVICE", "HIGH", 70, 90),
    "SCRIPTED_CLIENT": ("DEVICE", "HIGH", 70, 90),
    "AUTOMATION_SIGNS": ("DEVICE", "HIGH", 70, 90),
    "SCRIPTED_FORM": ("DEVICE", "HIGH", 70, 90),
    "MECHANICAL_FORM": ("DEVICE", "MEDIUM", 40, 69),
    "SUSPICIOUS_DEVICE": ("DEVICE", "MEDIUM", 40, 69),
    "TIMEZONE_MISMATCH": ("DEVICE", "MEDIUM", 40, 69),
    "NEW_DEVICE": ("DEVICE", "LOW", 20, 39),
    # behavioral 0-45
    "SENSITIVE_CHANGE": ("BEHAVIORAL", "MEDIUM", 30, 45),
    "DIFFERENT_RHYTHM": ("BEHAVIORAL", "MEDIUM", 30, 45),
    "UNUSUAL_HOUR": ("BEHAVIORAL", "LOW", 15, 29),
    "UNUSUAL_SESSION": ("BEHAVIORAL", "LOW", 10, 20),
    # network 0-80
    "TOR": ("NETWORK", "HIGH", 70, 80),
    "VPN": ("NETWORK", "MEDIUM", 30, 50),
    "PROXY": ("NETWORK", "MEDIUM", 30, 50),
    "HOSTING": ("NETWORK", "MEDIUM", 25, 35),
    "RESIDENTIAL_PROXY": ("NETWORK", "LOW", 10, 25),
    "ABUSE_LISTED": ("NETWORK", "MEDIUM", 40, 69),
    "KNOWN_BOT": ("NETWORK", "MEDIUM", 40, 69),
    # account 0-85
    "COMPROMISED": ("ACCOUNT", "HIGH", 70, 85),
    "INCIDENT_HISTORY": ("ACCOUNT", "MEDIUM", 40, 69),
    "PRIVILEGE_ESCALATION": ("ACCOUNT", "MEDIUM", 40, 69),
    "ACCOUNT_CHANGES": ("ACCOUNT", "MEDIUM", 40, 69),
    "RECOVERY_FAILED": ("ACCOUNT", "LOW", 20, 39),
    "ACCOUNT_COUNTRY": ("ACCOUNT", "LOW", 20, 39),
    "ACCOUNT_AGE": ("ACCOUNT", "LOW", 20, 39),
    "DISPOSABLE_EMAIL": ("ACCOUNT", "LOW", 20, 39),
}
"""Of every code: type, severity and the range of its score."""

CAPS = {"VELOCITY": 95, "GEOLOCATION": 95, "DEVICE": 90, "BEHAVIORAL": 45, "NETWORK": 80, "ACCOUNT": 85}
"""No evidence of a type scores higher."""

SEVERITY_TENTHS = {"CRITICAL": 10, "HIGH": 8, "MEDIUM": 6, "LOW": 4}
MULTIPLIER_TENTHS = {"VELOCITY": 12, "GEOLOCATION": 11, "ACCOUNT": 11, "DEVICE": 10, "NETWORK": 9, "BEHAVIORAL": 8}

NO, YES = False, True
Cases = tuple[tuple[float, Any], tuple[float, Any], tuple[float, Any]]


class Number(NamedTuple):
    """One number: in the contract's words, as the code has it, and what comes of less, of exactly it, and of more.

    `where` is a module's constant (`signals.rates.CROWD_DAYS`) or a live setting (`settings.geo_anomaly_threshold`),
    empty for a word such as "most"; `play` gets each amount on a fresh stage. Where `code` is given, the play answers a
    decision and what is expected is whether that evidence is in it.
    """

    says: str
    where: str
    value: float
    play: Play
    cases: Cases
    code: str = ""


def over(limit: float, step: float = 1) -> Cases:
    """Evidence only beyond the number."""
    return (limit - step, NO), (limit, NO), (limit + step, YES)


def reaching(limit: float, step: float = 1) -> Cases:
    """Evidence from the number on."""
    return (limit - step, NO), (limit, YES), (limit + step, YES)


def below(limit: float, step: float = 1) -> Cases:
    """Evidence only under the number."""
    return (limit - step, YES), (limit, NO), (limit + step, NO)


def up_to(limit: float, step: float = 1) -> Cases:
    """Evidence up to the number."""
    return (limit - step, YES), (limit, YES), (limit + step, NO)


FLAGGED: Cases = (0, NO), (1, YES), (2, YES)
"""Nothing to be past: absent, and present in two forms."""

EVERY_FLAG = {"hosting": True, "vpn": True, "abuse_sources": ("a", "b", "c", "d"), "abuse_count": 9}
TOOL = {"headless": "HeadlessChrome", "driven": "Selenium", "scripted": "Python", "bot": "Googlebot"}


def _tools(*tools: str | None) -> Play:
    agents = (replace(HOME.agent, tool=tool, automation=TOOL.get(tool or "")) for tool in tools)
    return with_facts(*({"agent": agent} for agent in agents))


ZONE = Hint("TIMEZONE_MISMATCH", 0.5, "The time zone Asia/Tokyo is not kept in NO", "inconsistency")
DAY_MS = 86_400_000
RARE_FROM_MINUTES = 265  # where the kernel's density falls under a tenth: 7 (cos x - 1) = ln(0.1 x its mean)

VELOCITY = (
    Number("log-in attempts a minute for one user", "settings.velocity_thresholds.max_logins_per_minute", 5,
           bursts(), over(5), "RAPID_LOGINS"),
    Number("the same when all fail", "settings.velocity_thresholds.max_logins_per_minute", 5,
           bursts(failed=99), over(5), "RAPID_LOGINS"),
    Number("a minute, to the millisecond", "state.plan.MINUTE_MS", 60_000, stretched(6), below(60_000), "RAPID_LOGINS"),
    Number("an hour, to the millisecond", "state.plan.HOUR_MS", 3_600_000,
           stretched(31, user="ada"), below(3_600_000), "HOURLY_LOGINS_IP"),
    Number("failed attempts an hour for one user", "settings.velocity_thresholds.max_failed_attempts_per_hour", 10,
           bursts(failed=99, ips=None, within_s=3000), over(10), "FAILED_LOGINS"),
    Number("failed attempts an hour from one IP", "settings.velocity_thresholds.max_failed_attempts_per_hour", 10,
           bursts(failed=99, users=None, within_s=3000), over(10), "FAILED_LOGINS_IP"),
    Number("attempts a minute from one IP, most failing", "settings.velocity_thresholds.max_logins_per_minute", 5,
           bursts(users=None, failed=99), over(5), "RAPID_LOGINS_IP"),
    Number("most fail: more than half of eight", "", 4,
           lambda stage, failed: plays.burst(stage, 8, users=8, failed=failed), over(4), "RAPID_LOGINS_IP"),
    Number("or they aim at one user", "", 1,
           lambda stage, users: plays.burst(stage, 6, users=users), ((1, YES), (2, NO), (3, NO)), "RAPID_LOGINS_IP"),
    Number("many users succeeding at that rate", "settings.velocity_thresholds.max_logins_per_minute", 5,
           bursts(users=None), over(5), "BUSY_IP"),
    Number("are half sure", "signals.rates.UNSURE", 0.5,
           points_of("BUSY_IP", bursts(users=None)), ((13, 51.6), (15, 54.5), (16, 54.5))),
    Number("log-ins an hour from one IP, whatever their results", "settings.velocity_thresholds.max_logins_per_hour",
           30,
           bursts(users=None, within_s=3000), over(30), "HOURLY_LOGINS_IP"),
    Number("an address where 20 users or more succeeded", "stores.transition.CROWD_SIZE", 20,
           after_crowd(None, 3, 31), below(20), "HOURLY_LOGINS_IP"),
    Number("on at least 3 earlier days", "signals.rates.CROWD_DAYS", 3,
           after_crowd(20, None, 31), below(3), "HOURLY_LOGINS_IP"),
    Number("unless most attempts fail", "", 16, after_crowd(20, 3, 32, None), over(16), "HOURLY_LOGINS_IP"),
    Number("a day of the crowd does not count itself", "", 3,
           after_crowd(20, None, 31), below(3), "MANY_USERS_IP"),
    Number("under half of the burst came from there", "", 6,
           action_of(plays.besieged), ((4, "verify"), (5, "block"), (6, "block"))),
    Number("API calls a minute", "settings.velocity_thresholds.max_api_calls_per_minute", 100,
           calls(), over(100), "RAPID_API_CALLS"),
    Number("API calls without a user, by address", "settings.velocity_thresholds.max_api_calls_per_minute", 100,
           calls(user_id=None, ip="81.1.1.1"), over(100), "RAPID_API_CALLS"),
    Number("from three times that HIGH", "signals.api_rate.FLOOD", 3, calls(), reaching(300), "API_FLOOD"),
    Number("machine-regular spacing: so many gaps", "signals.regular_spacing.GAPS", 8,
           by_the_clock(gaps=None), reaching(8), "CLOCKWORK_LOGINS"),
    Number("... that vary by at most a tenth", "signals.regular_spacing.MOST_VARIATION", 0.1,
           by_the_clock(spread=None), up_to(0.1, 0.01), "CLOCKWORK_LOGINS"),
    Number("... saturated at a fiftieth", "signals.regular_spacing.LEAST_VARIATION", 0.02,
           points_of("CLOCKWORK_FAILURES", by_the_clock(spread=None, failed=9)),
           ((0.01, 89.0), (0.02, 89.0), (0.03, 86.6))),
    Number("... at most a minute apart", "signals.regular_spacing.LONGEST_MS", 60_000,
           by_the_clock(gap_ms=None), up_to(60_000, 1000), "CLOCKWORK_LOGINS"),
    Number("... HIGH when most fail", "", 4, by_the_clock(failed=None), over(4), "CLOCKWORK_FAILURES"),
    Number("users an hour from one IP", "signals.credential_stuffing.USERS_PER_IP", 10,
           bursts(users=None, within_s=3000), over(10), "MANY_USERS_IP"),
    Number("... HIGH when most fail", "signals.credential_stuffing.USERS_PER_IP", 10,
           bursts(users=None, failed=99, within_s=3000), over(10), "CREDENTIAL_STUFFING_IP"),
    Number("users an hour from one device", "signals.credential_stuffing.USERS_PER_DEVICE", 5,
           plays.one_device(failed=0), over(5), "MANY_USERS_DEVICE"),
    Number("... HIGH when most fail", "signals.credential_stuffing.USERS_PER_DEVICE", 5,
           plays.one_device(failed=99), over(5), "CREDENTIAL_STUFFING_DEVICE"),
    Number("one user from many IPs", "signals.distributed_guessing.ADDRESSES", 5,
           bursts(ips=None, within_s=3000), over(5), "MANY_IPS"),
    Number("... HIGH when most fail", "signals.distributed_guessing.ADDRESSES", 5,
           bursts(ips=None, failed=99, within_s=3000), over(5), "DISTRIBUTED_GUESSING"),
    Number("one user from many devices", "signals.distributed_guessing.DEVICES", 5,
           bursts(devices=None, within_s=3000), over(5), "MANY_DEVICES"),
    Number("... HIGH when most fail", "signals.distributed_guessing.DEVICES", 5,
           bursts(devices=None, failed=99, within_s=3000), over(5), "DISTRIBUTED_GUESSING_DEVICES"),
)  # fmt: skip

GEOLOCATION = (
    Number("required speed, km/h", "signals.impossible_travel.MOST_KMH", 900, travels(km=3000), over(900),
           "IMPOSSIBLE_TRAVEL"),
    Number("... in fractions of hours", "signals.impossible_travel.MOST_KMH", 900, travels(hours=1.5), over(1350),
           "IMPOSSIBLE_TRAVEL"),
    Number("... the radii of both places off the distance", "", 1100, travels(hours=1.0, radius_km=100), over(1100),
           "IMPOSSIBLE_TRAVEL"),
    Number("... saturated", "signals.impossible_travel.SATURATED_KMH", 12_000,
           points_of("IMPOSSIBLE_TRAVEL", travels(hours=1.0)), ((11_000, 94.1), (12_001, 94.5), (13_000, 94.5))),
    Number("distances under geoAnomalyThreshold never count", "settings.geo_anomaly_threshold", 500,
           travels(hours=0.01, slack=False), ((499.9, NO), (500.001, YES), (501, YES)), "IMPOSSIBLE_TRAVEL"),
    Number("the longest flight", "signals.impossible_travel.LONGEST_MS", 80_160_000,
           travels(km=20_000, span_ms=True), ((79_990_000, YES), (80_160_000, NO), (80_170_000, NO)),
           "IMPOSSIBLE_TRAVEL"),
    Number("HIGH: over 5000 km from every normal place", "signals.unusual_place.VERY_FAR_KM", 5000,
           plays.away, over(5000), "FAR_OVER_5000_KM"),
    Number("... saturated half way round the earth", "signals.unusual_place.HALF_WAY_ROUND_KM", 20_000,
           points_of("FAR_OVER_5000_KM", plays.away), ((19_000, 84.4), (20_000, 86.1), (20_010, 86.1))),
    Number("MEDIUM: over 2000 km", "signals.unusual_place.FAR_KM", 2000, plays.away, over(2000), "FAR_OVER_2000_KM"),
    Number("LOW: farther than geoAnomalyThreshold", "settings.geo_anomaly_threshold", 500, plays.away, over(500),
           "FAR_FROM_USUAL"),
    Number("LOW: a new country", "", 1, plays.abroad, FLAGGED, "NEW_COUNTRY"),
    Number("high-risk regions", "", 1, plays.named_region, FLAGGED, "HIGH_RISK_REGION"),
    Number("a claim that is not where the address is", "settings.geo_anomaly_threshold", 500, plays.claims, over(500),
           "CLAIMED_PLACE_MISMATCH"),
    Number("... saturated", "signals.claimed_place.SATURATED_KM", 5000,
           points_of("CLAIMED_PLACE_MISMATCH", plays.claims), ((4000, 23.3), (5000, 27.1), (6000, 27.1))),
    Number("a claim that is not where the clock is, minutes", "signals.claimed_place.OFF_CLOCK_MIN", 210,
           plays.claims_by_clock, over(210), "CLAIMED_PLACE_MISMATCH"),
    Number("... saturated", "signals.claimed_place.HALF_A_DAY_MIN", 720,
           points_of("CLAIMED_PLACE_MISMATCH", plays.claims_by_clock), ((700, 22.8), (720, 23.3), (719, 23.3))),
)  # fmt: skip

DEVICE = (
    Number("automation: headless, driven", "", 1, _tools(None, "headless", "driven"), FLAGGED, "AUTOMATED_BROWSER"),
    Number("automation: scripted clients", "", 1, _tools(None, "scripted", "bot"), FLAGGED, "SCRIPTED_CLIENT"),
    Number("signs of automation, together", "signals.automation.CERTAIN", 0.75, plays.hinted("automation"),
           reaching(0.75, 0.01), "AUTOMATION_SIGNS"),
    Number("automation in the form: rarer than one in 100,000 people", "signals.scripted_form.SURE", 1e-5, signs(),
           below(1e-5, 1e-6), "SCRIPTED_FORM"),
    Number("... or signs of two channels", "", 2, in_channels, ((1, NO), (2, YES), (3, YES)), "SCRIPTED_FORM"),
    Number("one weak sign in the form is suspicious", "", 1, sparsely, FLAGGED, "MECHANICAL_FORM"),
    Number("weaker ones are suspicious", "signals.automation.CERTAIN", 0.75, plays.hinted("automation"),
           below(0.75, 0.01), "SUSPICIOUS_DEVICE"),
    Number("suspicious characteristics, together", "signals.suspicious_device.LEAST", 0.3,
           plays.hinted("inconsistency"),
           reaching(0.3, 0.01), "SUSPICIOUS_DEVICE"),
    Number("time zone that does not fit", "", 1, with_facts({}, {"hints": (ZONE,)}, {"hints": (ZONE, ZONE)}), FLAGGED,
           "TIMEZONE_MISMATCH"),
    Number("a first log-in is no new device", "", 1, plays.new_device_after, FLAGGED, "NEW_DEVICE"),
    Number("new device, saturated", "signals.new_device.SETTLED_LOGINS", 20,
           points_of("NEW_DEVICE", plays.new_device_after), ((19, 38.0), (20, 39.0), (21, 39.0))),
    Number("a browser update is no new device", "state.absorption.UPDATE_VERSIONS", 12, plays.updated, over(12),
           "NEW_DEVICE"),
)  # fmt: skip

BEHAVIORAL = (
    Number("a sensitive change within 5 minutes of a log-in", "signals.sensitive_change.WITHIN_MS", 300_000,
           plays.changes_after, below(300_000, 1000), "SENSITIVE_CHANGE"),
    Number("another rhythm: four to one against the owner", "signals.typing_rhythm.UNLIKE", log(4), rhythm(),
           reaching(log(4), 0.01), "DIFFERENT_RHYTHM"),
    Number("... saturated at e^5", "signals.typing_rhythm.SURE", 5.0, points_of("DIFFERENT_RHYTHM", rhythm()),
           ((4, 40.8), (5, 45.0), (6, 45.0))),
    Number("... from a template that is mature enough", "scoring.evidence.LEAST_CONFIDENCE", 0.3, matured,
           reaching(0.3, 0.01), "DIFFERENT_RHYTHM"),
    Number("usual hours need so many log-ins", "signals.unusual_hour.LEAST_TIMES", 10, at_hour(logins=None),
           reaching(10),
           "UNUSUAL_HOUR"),
    Number("an hour with a tenth of the even density", "signals.unusual_hour.RARE", 0.1, at_hour(minutes=None),
           ((RARE_FROM_MINUTES - 1, NO), (RARE_FROM_MINUTES, YES), (RARE_FROM_MINUTES + 1, YES)), "UNUSUAL_HOUR"),
    Number("usual sessions need so many", "signals.session_length.LEAST_SESSIONS", 5, lasting(sessions=None),
           reaching(5),
           "UNUSUAL_SESSION"),
    Number("three deviations of the logarithm", "signals.session_length.DEVIATIONS", 3, lasting(seconds=None),
           ((600 * exp(1.5) - 1, NO), (600 * exp(1.5), NO), (600 * exp(1.5) + 1, YES)), "UNUSUAL_SESSION"),
    Number("... saturated at six", "signals.session_length.SATURATED", 6,
           points_of("UNUSUAL_SESSION", lasting(seconds=None)),
           ((600 * exp(2.9), 19.3), (600 * exp(3.0), 20.0), (600 * exp(3.1), 20.0))),
)  # fmt: skip

NETWORK = (
    Number("Tor alone 79.9 whatever else the exit carries; 80 with a known bot", "signals.tor.ALONE", 0.99,
           strongest_of("NETWORK", on_network(
               {"hosting": True}, {"tor": True, **EVERY_FLAG}, {"tor": True, "known_bot": "net", **EVERY_FLAG})),
           ((0, ("HOSTING", 35.0)), (1, ("TOR", 79.9)), (2, ("TOR", 80.0)))),
    Number("Tor", "", 1, on_network({}, {"tor": True}, {"tor": True, "known_bot": "n"}), FLAGGED, "TOR"),
    Number("VPN", "", 1, on_network({}, {"vpn": True}, {"vpn": True, "hosting": True}), FLAGGED, "VPN"),
    Number("proxy", "", 1, on_network({}, {"proxy": True}, {"proxy": True, "hosting": True}), FLAGGED, "PROXY"),
    Number("hosting", "", 1, on_network({}, {"hosting": True}, {"hosting": True}), FLAGGED, "HOSTING"),
    Number("residential proxy", "", 1, on_network({}, {"residential_proxy": True}, {"residential_proxy": True}),
           FLAGGED,
           "RESIDENTIAL_PROXY"),
    Number("a known bot network", "", 1, on_network({}, {"known_bot": "n"}, {"known_bot": "m"}), FLAGGED, "KNOWN_BOT"),
    Number("abuse lists", "", 1, plays.listed, FLAGGED, "ABUSE_LISTED"),
    Number("... saturated", "signals.abuse_lists.SATURATED_SOURCES", 4,
           points_of("ABUSE_LISTED", plays.listed), ((3, 59.3), (4, 69.0), (5, 69.0))),
    Number("a lasting kind of network is no deviation", "state.probation.LASTING_LOGINS", 3, plays.vpn_for_days,
           below(3),
           "VPN"),
)  # fmt: skip

ACCOUNT = (
    Number("recent: an event that was fraud, days ago", "signals.compromise.RECENT_DAYS", 7, plays.fraud_days_ago,
           up_to(7, 0.01), "COMPROMISED"),
    Number("... one asks for verification, two block", "signals.compromise.ONE_LABEL", 0.6,
           action_of(plays.labelled), ((0, "allow"), (1, "verify"), (2, "block"))),
    Number("a history: more incidents than", "signals.compromise.HISTORY", 2, plays.incidents, over(2),
           "INCIDENT_HISTORY"),
    Number("... saturated", "signals.compromise.SATURATED_HISTORY", 8,
           points_of("INCIDENT_HISTORY", plays.incidents), ((7, 64.2), (8, 69.0), (9, 69.0))),
    Number("... within so many days", "signals.compromise.HISTORY_DAYS", 30, plays.incidents_days_ago, below(30, 0.01),
           "INCIDENT_HISTORY"),
    Number("a failed recovery within a day", "state.plan.DAY_MS", DAY_MS, plays.recovery_failed_ago, up_to(DAY_MS,
           1000),
           "RECOVERY_FAILED"),
    Number("refused changes of rights", "", 1, plays.refused_rights, FLAGGED, "PRIVILEGE_ESCALATION"),
    Number("... saturated", "signals.privilege_escalation.SATURATED_ATTEMPTS", 3,
           points_of("PRIVILEGE_ESCALATION", plays.refused_rights), ((2, 59.3), (3, 69.0), (4, 69.0))),
    Number("sensitive changes an hour", "signals.privilege_escalation.CHANGES", 3, plays.many_changes, over(3),
           "ACCOUNT_CHANGES"),
    Number("... saturated", "signals.privilege_escalation.SATURATED_CHANGES", 6,
           points_of("ACCOUNT_CHANGES", plays.many_changes), ((5, 59.3), (6, 69.0), (7, 69.0))),
    Number("registered in another country", "", 1, plays.registered, FLAGGED, "ACCOUNT_COUNTRY"),
    Number("made after its own event, days", "state.plan.DAY_MS", DAY_MS, plays.made_later, over(1, 0.01),
           "ACCOUNT_AGE"),
    Number("a throw-away address", "", 1,
           with_facts({}, {"disposable_email": True}, {"disposable_email": True, "email_domain": "x.example"}), FLAGGED,
           "DISPOSABLE_EMAIL"),
)  # fmt: skip

SCORE = (
    Number("monitorThreshold", "settings.monitor_threshold", 30, action_of(plays.probed("DEVICE")),
           ((29.9999, "allow"), (30, "monitor"), (30.0001, "monitor"))),
    Number("verificationThreshold", "settings.verification_threshold", 60, action_of(plays.probed("DEVICE")),
           ((59.9999, "monitor"), (60, "verify"), (60.0001, "verify"))),
    Number("autoBlockThreshold", "settings.auto_block_threshold", 80, action_of(plays.probed("DEVICE")),
           ((79.9999, "verify"), (80, "block"), (80.0001, "block"))),
    Number("level MEDIUM", "", 30, level_of(plays.probed("DEVICE")),
           ((29.9999, "LOW"), (30, "MEDIUM"), (30.0001, "MEDIUM"))),
    Number("level HIGH, evidence of every type all exactly 60", "", 60, level_of(plays.probed(*CAPS)),
           ((59.9999, "MEDIUM"), (60, "HIGH"), (60.0001, "HIGH"))),
    Number("level CRITICAL", "", 80, level_of(plays.probed("VELOCITY", "NETWORK", "ACCOUNT")),
           ((79.9999, "HIGH"), (80, "CRITICAL"), (80.0001, "CRITICAL"))),
    Number("evidence of confidence below is not evaluable", "scoring.evidence.LEAST_CONFIDENCE", 0.3,
           plays.flagged_so_freshly, reaching(0.3, 0.01), "VPN"),
    Number("deviations weigh n/(n+1) until 5 agreeing log-ins", "state.learning.BOOTSTRAP_AGREEING", 5,
           confidence_of("NEW_DEVICE", plays.new_device_after), ((4, 0.8), (5, 1.0), (6, 1.0))),
    Number("... else 10", "state.learning.BOOTSTRAP_LOGINS", 10,
           confidence_of("NEW_DEVICE", plays.new_device_after_many), ((9, 0.9), (10, 1.0), (11, 1.0))),
)  # fmt: skip

PROFILES = (
    Number("last 5 distinct locations", "state.profile.MAX_PLACES", 5, plays.holding("places"), ((4, 4), (5, 5), (6,
           5))),
    Number("last 10 devices", "state.profile.MAX_DEVICES", 10, plays.holding("devices"), ((9, 9), (10, 10), (11, 10))),
    Number("last 20 log-in times", "state.profile.MAX_TIMES", 20, plays.holding("times"), ((19, 19), (20, 20), (21,
           20))),
    Number("one place: within 50 km", "state.places.SAME_PLACE_KM", 50, plays.moves_house, ((49, 1), (50, 1), (51, 2))),
    Number("mature from 30 log-ins", "state.learning.MATURE_LOGINS", 30, plays.matures(None, 20),
           ((29, "learning"), (30, "mature"), (31, "mature"))),
    Number("... and 14 days", "state.learning.MATURE_MS", 14 * DAY_MS, plays.matures(31, None),
           ((13.99, "learning"), (14, "mature"), (14.01, "mature"))),
    Number("learnt after agreeing successes on 3 days", "state.probation.AGREEING_DAYS", 3, plays.novel_for_days,
           below(3),
           "NEW_DEVICE"),
    Number("... or 7 days without incident", "state.probation.QUIET_MS", 7 * DAY_MS, plays.novel_again(),
           below(7 * DAY_MS), "NEW_DEVICE"),
    Number("nor alarming twice a day", "state.plan.DAY_MS", DAY_MS, plays.novel_again(), reaching(DAY_MS),
           "NEW_DEVICE"),
    Number("logs keep the window and 24 h: later is TOO_LATE", "state.log.GRACE_MS", DAY_MS, plays.late_by,
           ((90_000_000 - 1, None), (90_000_000, None), (90_000_001, "TOO_LATE"))),
    Number("the newest 1,024 entries, then atLeast", "state.log.CAPACITY", 1024, at_least("API_FLOOD", calls()),
           ((1023, NO), (1024, NO), (1025, YES))),
    Number("two channels within 60 s are one observation", "stores.transition.LINK_MS", 60_000, plays.by_two_channels,
           ((59_999, YES), (60_000, YES), (60_001, NO))),
)  # fmt: skip

DEVICES = (
    Number("unknown becomes medium after so many low-risk log-ins", "state.device_trust.MEDIUM_LOGINS", 3,
           trust_after(days=9), ((2, "unknown"), (3, "medium"), (4, "medium"))),
    Number("... on so many days", "state.device_trust.MEDIUM_DAYS", 3,
           trust_after(logins=9), ((1, "unknown"), (2, "medium"), (3, "medium"))),
    Number("high after so many", "state.device_trust.HIGH_LOGINS", 10,
           trust_after(days=30), ((9, "medium"), (10, "high"), (11, "high"))),
    Number("... over so many days", "state.device_trust.HIGH_SPAN_DAYS", 30,
           trust_after(logins=10), ((29, "medium"), (30, "high"), (31, "high"))),
)  # fmt: skip

NUMBERS = (*VELOCITY, *GEOLOCATION, *DEVICE, *BEHAVIORAL, *NETWORK, *ACCOUNT, *SCORE, *PROFILES, *DEVICES)

OTHERS: dict[str, float] = {
    "state.person.MAX_BENEFICIARIES": 256,
    "state.person.MAX_WAITING": 8,
    "state.session.MAX_STREAMS": 16,
    "state.session_risk.FULL": 10_000,
    "state.session_risk.MINUTE_MS": 60_000,
    "state.session_risk.DECAY": 100,
    "state.session_risk.RAPID_CLICKS": 1_000,
    "state.session_risk.RAPID_CLICKS_CAP": 3_000,
    "state.session_risk.LARGE_TRANSACTION": 2_000,
    "state.session_risk.NEW_BENEFICIARY": 1_500,
    "state.session_risk.OFF_HOURS": 1_000,
    "state.session_risk.MPIN_FAILED": 2_500,
    "state.session_risk.MPIN_VERIFIED": 1_000,
    "state.session_risk.NORMAL_TYPING": 200,
    "state.session_risk.NORMAL_TYPING_CAP": 1_000,
    "state.session_risk.NORMAL_TYPING_MS": 30_000,
    "state.session_risk.MAX_SUBJECTS": 64,
    "state.session_risk.CLICKS": 8,
    "state.session_risk.CLICKS_MS": 2_000,
    "state.session_risk.TYPED_LEAST": 20,
    "state.session_risk.TYPED_WITHIN_MS": 30_000.0,
    "state.session_risk.PAUSE_MS": 2_000.0,
    "state.session_risk.FASTEST_MS": 50.0,
    "state.session_risk.SLOWEST_MS": 1_000.0,
    "state.session_risk.EVENNESS": 0.15,
    "signals.session_length.LEAST_SPREAD": 0.5,
    "signals.unusual_hour.CONCENTRATION": 7.0,
    "state.absorption.TRAIL_MS": 2 * DAY_MS,
    "state.device.MOST_DEVICES": 16,
    "state.device.MOST_MARKS": 32,
    "state.device.REMEMBERED_DAYS": 90,
    "state.devices.DIGEST_BYTES": 8,
    "state.devices.MINHASH_SLOTS": 64,
    "state.devices.MOST_MEMBERS": 512,
    "state.devices.SAME_SET": 0.9,
    "state.devices.OTHER_SET": 0.6,
    "state.devices.RECOGNISED": 3.0,
    "state.devices.RESEMBLING": -3.0,
    "state.devices.NEWEST_STEP": 12,
    "state.profile.MAX_TRAIL": 8,
    "state.profile.MAX_VALUES": 12,
    "state.profile.MAX_PENDING": 4,
    "state.profile.MAX_HELD": 3,
    "state.profile.MAX_OPEN": 4,
    "state.sessions.FORGET": 50,
    "state.sessions.LONGEST_MS": 7 * DAY_MS,
    "state.stepup.MAX_LOCKOUTS": 6,
    "state.stepup.MAX_RUNNING": 20,
    "state.tallies.HALF_LIFE_DAYS": 180,
    "stores.transition.CROWD_KEEP_DAYS": 30,
}
"""Constants that no case can stand on either side of, with their values: bounds of memory, kernels, derived figures."""
