"""Plays for a stage: what happens with so many, so far, so long. Each gets an amount and answers the last decision."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from math import degrees
from typing import Any

from msgspec.structs import replace
from tests.stage import HOME, LONDON, Stage, untold

from watchword.enrichment.facts import Hint, Network, Place
from watchword.events.event import DeviceFingerprint, Geolocation, UserFacts
from watchword.events.login import Login
from watchword.policy.decision import Decision
from watchword.signals.signal import Band, Finding, Signal
from watchword.state.geometry import EARTH_KM
from watchword.state.learning import phase_of

Play = Callable[[Stage, float], Awaitable[Any]]
HAIR = 1e-6


def gap_of(number: int, mean_s: float) -> timedelta:
    """Uneven gaps, half to one and a half of the mean: people, not clocks."""
    return timedelta(seconds=mean_s * (0.5 + (number * 7 % 5) / 4))


async def burst(
    stage: Stage,
    total: float,
    *,
    failed: float = 0,
    users: float = 1,
    ips: float = 1,
    devices: float = 1,
    within_s: float = 50,
) -> Decision:
    """Attempts spread over a time, the last one now; the first `failed` fail, users, IPs and devices take turns."""
    number = round(total)
    for turn in range(number):
        decision = await stage.login(
            user=f"user-{turn % round(users)}",
            ip=f"81.1.{turn % round(ips)}.7",
            device_fingerprint=f"device-{turn % round(devices)}" if devices > 1 else None,
            user_agent=None,
            result="failure" if turn < failed else "success",
        )
        if turn < number - 1:
            stage.now += gap_of(turn, within_s / max(1.0, total) / 1.5)
    return decision


def bursts(**fixed: Any) -> Play:
    """A burst of so many attempts; a value that is `None` is the amount, too."""

    def play(stage: Stage, amount: float) -> Awaitable[Decision]:
        return burst(
            stage, **{"total": amount, **{name: amount if value is None else value for name, value in fixed.items()}}
        )

    return play


def stretched(times: int, **fields: Any) -> Play:
    """So many log-ins, the first that many milliseconds before the last."""

    async def play(stage: Stage, amount: float) -> Decision:
        await stage.login(**fields)
        last = stage.now + timedelta(milliseconds=amount)
        for number in range(times - 2):
            stage.now = last - timedelta(seconds=(times - number) * 0.9)
            await stage.login(**fields)
        stage.now = last
        return await stage.login(**fields)

    return play


async def crowd(stage: Stage, users: float, days: float) -> None:
    """People who succeed from one address on so many days, at a pace that bothers nobody."""
    for _ in range(round(days)):
        for person in range(round(users)):
            await stage.login(user=f"worker-{person}", ip="81.1.0.7")
            stage.now += gap_of(person, 150)
        stage.now = stage.now.replace(hour=9, minute=0) + timedelta(days=1)


def after_crowd(users: float | None, days: float | None, total: int, failed: float | None = 0) -> Play:
    """A busy hour at an address where people succeeded before; what is `None` is the amount."""

    async def play(stage: Stage, amount: float) -> Decision:
        pick = lambda value: amount if value is None else value  # noqa: E731
        await crowd(stage, pick(users), pick(days))
        return await burst(stage, total, users=total, failed=pick(failed), within_s=3000)

    return play


def calls(**fields: Any) -> Play:
    """So many API calls within a minute."""

    async def play(stage: Stage, amount: float) -> Decision:
        for number in range(round(amount)):
            if number:
                stage.wait(seconds=50 / amount)
            decision = await stage.call(**fields)
        return decision

    return play


def by_the_clock(
    gaps: int | None = 8, spread: float | None = 0.0, gap_ms: float | None = 20_000, failed: int | None = 0
) -> Play:
    """Log-ins at even gaps, each longer or shorter in turn by a share; what is `None` is the amount."""

    async def play(stage: Stage, amount: float) -> Decision:
        pick = lambda value: amount if value is None else value  # noqa: E731
        for number in range(round(pick(gaps)) + 1):
            if number:
                stage.wait(milliseconds=pick(gap_ms) * (1 + pick(spread) * (-1) ** number))
            decision = await stage.login(result="failure" if number < pick(failed) else "success")
        return decision

    return play


async def besieged(stage: Stage, own: float) -> Decision:
    """The owner succeeds after eleven attempts within a minute, so many of them from his own device and network."""
    await stage.settle_in(5)
    home = stage.facts
    for turn in range(11):
        mine = turn < own
        stage.facts = home if mine else replace(home, network=Network(asn=9009, vpn=True))
        await stage.login(result="failure", device_fingerprint="ada-laptop" if mine else "thief", ip=f"81.1.{turn}.7")
        stage.now += gap_of(turn, 2)
    stage.facts = home
    return await stage.login()


def spot(km: float, country: str = "NO", radius_km: float = 0.0, source: Any = "city") -> Place:
    """A place on the equator, so many kilometres east of 0, 0."""
    return Place(0.0, degrees(km / EARTH_KM), radius_km, country, f"at {km:.0f}", source=source)


async def at_origin(stage: Stage, logins: int = 8, radius_km: float = 0.0) -> None:
    """A user who always logs in at 0, 0, now too."""
    stage.facts = replace(HOME, place=spot(0, radius_km=radius_km), utc_offset_min=0)
    await stage.settle_in(logins)
    await stage.login()


def travels(
    km: float | None = None,
    hours: float | None = None,
    radius_km: float = 0.0,
    slack: bool = True,
    span_ms: bool = False,
) -> Play:
    """A log-in so far away after so many hours. The amount is the distance, with `km` the speed or time."""

    async def play(stage: Stage, amount: float) -> Decision:
        await at_origin(stage, radius_km=radius_km)
        far = amount if km is None else km
        after = hours if hours is not None else amount / 3_600_000 if span_ms else far / amount
        stage.now += timedelta(hours=after)
        stage.facts = replace(HOME, place=spot(far - HAIR if slack else far, radius_km=radius_km))
        return await stage.login()

    return play


async def away(stage: Stage, km: float, country: str = "NO") -> Decision:
    """A log-in so far from the only normal place, long after."""
    await at_origin(stage)
    stage.wait(days=2)
    stage.facts = replace(HOME, place=spot(km - HAIR, country))
    return await stage.login()


async def abroad(stage: Stage, kind: float) -> Decision:
    """A log-in 100 km away: 0 in the same country, else in another."""
    return await away(stage, 100, "SE" if kind else "NO")


async def named_region(stage: Stage, listed: float) -> Decision:
    """A log-in from a country that so many lists name."""
    risky = frozenset({"NO"} if listed else {"XX"})
    stage.engine.world = replace(
        stage.engine.world, limits=replace(stage.engine.world.limits, high_risk_countries=risky)
    )
    return await stage.login()


async def claims(stage: Stage, km: float) -> Decision:
    """The client claims a place so far beyond the 20 km around its address."""
    stage.facts = replace(HOME, place=spot(0, radius_km=20))
    return await stage.login(geolocation=Geolocation(lat=0.0, lng=degrees((km + 20 - HAIR) / EARTH_KM)))


async def claims_by_clock(stage: Stage, minutes: float) -> Decision:
    """The client claims a place whose sun is so many minutes from its own clock (UTC+0)."""
    stage.facts = replace(HOME, place=None)
    device = DeviceFingerprint(hash="d", timezone="Africa/Abidjan")
    return await stage.login(geolocation=Geolocation(lat=0.0, lng=minutes / 4), device_fingerprint=device)


def with_facts(*each: dict[str, Any]) -> Play:
    """A log-in under the first, second or third of these changes of the facts."""

    async def play(stage: Stage, amount: float) -> Decision:
        stage.facts = replace(HOME, **each[round(amount)])
        return await stage.login()

    return play


def on_network(*each: dict[str, Any]) -> Play:
    """A log-in over the first, second or third of these networks."""
    return with_facts(*({"network": Network(asn=1, **flags)} for flags in each))


def hinted(sign: Any) -> Play:
    """A log-in with one hint of that weight."""

    async def play(stage: Stage, weight: float) -> Decision:
        stage.facts = replace(HOME, hints=(Hint("ODD", weight, "Something is odd", sign),))
        return await stage.login()

    return play


async def listed(stage: Stage, sources: float) -> Decision:
    """A log-in from an address on so many abuse lists."""
    names = tuple(f"list-{number}" for number in range(round(sources)))
    stage.facts = replace(HOME, network=Network(asn=1, abuse_sources=names, abuse_count=len(names)))
    return await stage.login()


async def flagged_so_freshly(stage: Stage, weight: float) -> Decision:
    """A log-in by a VPN known from a list of that freshness."""
    stage.facts = replace(HOME, network=Network(asn=1, vpn=True, flag_weight=weight))
    return await stage.login()


async def new_device_after(stage: Stage, logins: float) -> Decision:
    """A new device after so many log-ins, a day apart."""
    await stage.settle_in(round(logins))
    return await stage.login(device_fingerprint="another")


async def new_device_after_many(stage: Stage, logins: float) -> Decision:
    """A new device after so many log-ins, each from a device of its own."""
    for number in range(round(logins)):
        await stage.login(device_fingerprint=f"device-{number}")
        stage.wait(days=1)
    return await stage.login(device_fingerprint="another")


async def updated(stage: Stage, versions: float) -> Decision:
    """A new fingerprint of the known browser, so many versions later."""
    await stage.settle_in(15)
    stage.facts = replace(HOME, agent=replace(HOME.agent, browser_version=HOME.agent.browser_version + round(versions)))
    return await stage.login(device_fingerprint="updated")


def novel_again(first: str = "phone") -> Play:
    """A new device, monitored, comes again so many milliseconds later."""

    async def play(stage: Stage, amount: float) -> Decision:
        await stage.settle_in(25)
        await stage.login(device_fingerprint=first)
        stage.wait(milliseconds=amount)
        return await stage.login(device_fingerprint=first)

    return play


async def novel_for_days(stage: Stage, days: float) -> Decision:
    """The same new device on so many days, and on the next."""
    await stage.settle_in(25)
    for _ in range(round(days)):
        await stage.login(device_fingerprint="phone")
        stage.wait(days=1)
    return await stage.login(device_fingerprint="phone")


async def vpn_for_days(stage: Stage, days: float) -> Decision:
    """A VPN on so many days, and on the next."""
    await stage.settle_in(25)
    stage.at(LONDON, vpn=True)
    for _ in range(round(days)):
        await stage.login()
        stage.wait(days=1)
    return await stage.login()


async def changes_after(stage: Stage, milliseconds: float) -> Decision:
    """A sensitive change so long after a log-in."""
    await stage.login()
    stage.wait(milliseconds=milliseconds)
    return await stage.activity("update_password")


def at_hour(logins: int | None = 15, minutes: float | None = 720) -> Play:
    """A log-in so many minutes off the hour of so many earlier ones."""

    async def play(stage: Stage, amount: float) -> Decision:
        await stage.settle_in(round(amount if logins is None else logins))
        stage.wait(minutes=amount if minutes is None else minutes)
        return await stage.login()

    return play


def lasting(sessions: int | None = 8, seconds: float | None = 36_000) -> Play:
    """A session of so many seconds after so many of ten minutes."""

    async def play(stage: Stage, amount: float) -> Decision:
        for number in range(round(amount if sessions is None else sessions)):
            await stage.login(session_id=f"s{number}")
            stage.wait(minutes=10)
            await stage.logout(f"s{number}")
            stage.wait(days=1)
        await stage.login(session_id="last")
        stage.wait(seconds=amount if seconds is None else seconds)
        return await stage.logout("last")

    return play


async def fraud_days_ago(stage: Stage, days: float) -> Decision:
    """A log-in so many days after one that was labelled fraud."""
    await stage.label(await stage.login(), "fraud")
    stage.wait(days=days)
    return await stage.login()


async def labelled(stage: Stage, times: float) -> Decision:
    """A log-in right after so many were labelled fraud."""
    for _ in range(round(times)):
        await stage.label(await stage.login(), "fraud")
    return await stage.login()


async def incidents(stage: Stage, count: float) -> Decision:
    """A log-in after so many failed recoveries."""
    for _ in range(round(count)):
        await stage.activity("reset_password", result="failure")
        stage.wait(hours=2)
    return await stage.login()


async def incidents_days_ago(stage: Stage, days: float) -> Decision:
    """A log-in so many days after three failed recoveries."""
    for _ in range(3):
        await stage.activity("reset_password", result="failure")
    stage.wait(days=days)
    return await stage.login()


async def recovery_failed_ago(stage: Stage, milliseconds: float) -> Decision:
    """A log-in so long after a failed recovery."""
    await stage.activity("reset_password", result="failure")
    stage.wait(milliseconds=milliseconds)
    return await stage.login()


async def refused_rights(stage: Stage, times: float) -> Decision:
    """So many refused changes of rights; with none, one that is granted."""
    for _ in range(round(times)):
        decision = await stage.activity("privilege_change", result="failure")
        stage.wait(minutes=3)
    return decision if times else await stage.activity("privilege_change")


async def many_changes(stage: Stage, times: float) -> Decision:
    """So many sensitive changes within an hour."""
    for _ in range(round(times)):
        stage.wait(minutes=6)
        decision = await stage.activity("update_email")
    return decision


async def registered(stage: Stage, where: float) -> Decision:
    """A log-in of an account registered in the same country, or in one of two others."""
    return await as_account(stage, UserFacts(country=("NO", "SE", "US")[round(where)]))


async def made_later(stage: Stage, days: float) -> Decision:
    """A log-in of an account that was made so many days later."""
    return await as_account(stage, UserFacts(created_at=stage.now + timedelta(days=days)))


async def as_account(stage: Stage, record: UserFacts) -> Decision:
    """A log-in with this record of the account."""
    return await stage.play(Login, user_id="ada", ip="81.166.1.1", result="success", user=record)


def one_device(failed: float) -> Play:
    """So many users from one device, each at an address of their own."""

    async def play(stage: Stage, amount: float) -> Decision:
        for turn in range(round(amount)):
            result = "failure" if turn < failed else "success"
            decision = await stage.login(
                user=f"user-{turn}", ip=f"81.1.{turn}.7", device_fingerprint="shared", result=result
            )
            stage.now += gap_of(turn, 120)
        return decision

    return play


def probed(*codes_: str) -> Play:
    """A log-in on which a signal of the test's own finds evidence of exactly that score, for each type given."""

    async def play(stage: Stage, amount: float) -> Decision:
        stage.engine.world = replace(stage.engine.world, signals=tuple(_probe(code, amount) for code in codes_))
        return await stage.login()

    return play


def _probe(family: str, score: float) -> Signal:
    band = Band("MEDIUM", 0, 100)
    finding = Finding(f"PROBE_{family}", score / 100, 1.0, "As told")
    return Signal(f"probe_{family.lower()}", family, ("login",), {f"PROBE_{family}": band}, lambda _: (finding,))  # type: ignore[arg-type]


async def first_ones(stage: Stage, logins: float, what: str) -> Any:
    """What a profile holds after so many log-ins, each at a place and from a device of its own, all legitimate."""
    for number in range(round(logins)):
        stage.facts = replace(HOME, place=spot(60 * number))
        decision = await stage.login(device_fingerprint=f"device-{number}")
        if not decision.learnt:
            await stage.label(decision, "legitimate")
        stage.wait(hours=5)
    return len(getattr(await stage.profile(), what))


def holding(what: str) -> Play:
    """How many of something a profile holds after so many different log-ins."""
    return lambda stage, amount: first_ones(stage, amount, what)


def matures(logins: int | None, days: float | None) -> Play:
    """The phase after so many log-ins within so many days."""

    async def play(stage: Stage, amount: float) -> str:
        count = round(amount if logins is None else logins)
        for _ in range(count):
            await stage.login()
            stage.wait(days=(amount if days is None else days) / (count - 1))
        return phase_of(await stage.profile())

    return play


async def late_by(stage: Stage, milliseconds: float) -> str | None:
    """What is said of an event so much older than the user's newest."""
    await stage.login()
    stage.now -= timedelta(milliseconds=milliseconds)
    return untold(await stage.login(device_fingerprint=None, ip="81.1.9.9")).get("RAPID_LOGINS")


async def by_two_channels(stage: Stage, milliseconds: float) -> bool:
    """Whether the same log-in by another channel, so much later, is one observation."""
    await stage.login(session_id="s", source="api")
    stage.wait(milliseconds=milliseconds)
    return (await stage.login(session_id="s", source="log")).linked is not None


async def moves_house(stage: Stage, km: float) -> int:
    """How many places a profile has after a log-in so far from the first."""
    stage.facts = replace(HOME, place=spot(0))
    await stage.login()
    stage.wait(days=1)
    stage.facts = replace(HOME, place=spot(km - HAIR))
    await stage.login()
    return len((await stage.profile()).places)
