"""Simulated attackers, each kind a function from a scene to the events it sends.

Single log-ins with the right password come in three strengths (Wiefling et al. 2022): `naive` from another country,
`vpn` from the victim's country by a hidden address, `targeted` now and then with the victim's provider and kind of
device. The rest are what services see beside them: guessing, stuffing, spraying, bots, Tor, journeys nobody can make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from watchword.events.login import Login
from watchword.learning.carriers import (
    ATTACKS,
    HOME_COUNTRY,
    Carrier,
    Weighted,
    draw,
    hosting_in,
    line_in,
    vpn_in,
)
from watchword.learning.crowd import Labelled, Stage, change, login
from watchword.learning.devices import Device, new_device
from watchword.learning.people import DAY_S, Person, Town, Visit

SAME_PROVIDER = 0.10
SAME_FAMILY = 0.10
SAME_AGENT = 0.01
POPULAR_AGENT = 0.15
TAKES_ACCOUNT = 0.7
"""Share of break-ins after which the account is made the attacker's own within minutes."""

SCRIPTS = ("python-requests/2.32.3", "Go-http-client/2.0", "curl/8.9.1", "okhttp/4.12.0", "python-httpx/0.27.2")
HEADLESS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/122.0.6261.94 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.6099.28 Safari/537.36",
)
TOR_EXITS = 300
TOR_CARRIERS = (Carrier("DE", 24940, "hosting"), Carrier("NL", 49981, "hosting"), Carrier("US", 53667, "hosting"))


@dataclass(frozen=True, slots=True)
class Scene:
    """An attack about to happen: when, on whom (the first is the main victim), and with which chance events."""

    stage: Stage
    rng: Random
    at_s: float
    victims: Sequence[Person]
    name: str

    @property
    def victim(self) -> Person:
        """The person whose account it is about."""
        return self.victims[0]

    @property
    def day(self) -> float:
        """Days since the world began."""
        return self.at_s / DAY_S


@dataclass(frozen=True, slots=True)
class Means:
    """What an attack is told by: its kind, its network and address, and the User-Agent it sends."""

    truth: str
    address: tuple[Carrier, str]
    agent: str


Attack = Callable[[Scene], Iterator[Labelled]]


def naive(scene: Scene) -> Iterator[Labelled]:
    """The right password from another country, with a popular browser."""
    yield from _break_in(scene, Means("naive", _abroad(scene), _popular(scene)))


def vpn(scene: Scene) -> Iterator[Labelled]:
    """The right password from the victim's country, by a VPN or hosting address."""
    agent = _popular(scene) if scene.rng.random() < POPULAR_AGENT else _outdated(scene.rng)
    yield from _break_in(scene, Means("vpn", _hidden(scene), agent))


def targeted(scene: Scene) -> Iterator[Labelled]:
    """The right password by somebody who knows the victim's country and, at times, provider or kind of device."""
    rng, book = scene.rng, scene.stage.town.book
    address = _hidden(scene)
    if rng.random() < SAME_PROVIDER:
        address = scene.victim.home, book.anywhere(scene.victim.home, rng)
    own = scene.victim.device_at(scene.at_s)
    if rng.random() < SAME_AGENT:
        agent = own.agent(scene.day)
    elif rng.random() < SAME_FAMILY:
        agent = like(rng, own).agent(scene.day)
    else:
        agent = _outdated(rng)
    yield from _break_in(scene, Means("targeted", address, agent))


def tor(scene: Scene) -> Iterator[Labelled]:
    """The right password by a Tor exit."""
    address = tor_exit(scene.stage.town, scene.rng.randrange(TOR_EXITS))
    yield from _break_in(scene, Means("tor", address, _popular(scene)))


def bot(scene: Scene) -> Iterator[Labelled]:
    """The right password, tried by a script or headless browser on a hosting network."""
    agent = scene.rng.choice(SCRIPTS + HEADLESS)
    yield from _break_in(scene, Means("bot", _rented(scene), agent))


def travel(scene: Scene) -> Iterator[Labelled]:
    """The right password from across an ocean, within the hour after the victim's own log-in."""
    country = scene.rng.choice(("US", "BR", "AU", "ID"))
    carrier = line_in(country, scene.rng)
    address = carrier, scene.stage.town.book.anywhere(carrier, scene.rng)
    yield from _break_in(scene, Means("travel", address, _popular(scene)))


def guessing(scene: Scene) -> Iterator[Labelled]:
    """Many passwords for one account from one address, seconds apart; one in ten campaigns finds it."""
    rng = scene.rng
    means = Means("guessing", _rented(scene), _either(scene))
    at_s, tries = scene.at_s, rng.randrange(30, 120)
    finds = rng.random() < 0.1
    for number in range(tries):
        at_s += rng.uniform(1.5, 9.0)
        found = finds and number == tries - 1
        yield _attempt(scene, means, scene.victim, at_s, number, found)


def stuffing(scene: Scene) -> Iterator[Labelled]:
    """Leaked pairs of name and password, one try an account, from a few addresses; about two in a hundred fit."""
    rng = scene.rng
    sources = [_rented(scene) for _ in range(rng.randrange(1, 4))]
    agent, at_s = _either(scene), scene.at_s
    for number, victim in enumerate(scene.victims):
        at_s += rng.expovariate(1 / 4.0)
        fits = rng.random() < 0.02
        yield _attempt(scene, Means("stuffing", rng.choice(sources), agent), victim, at_s, number, fits)


def spraying(scene: Scene) -> Iterator[Labelled]:
    """A few common passwords for many accounts, slowly, from one address."""
    rng, at_s = scene.rng, scene.at_s
    means = Means("spraying", _rented(scene), _either(scene))
    for number, victim in enumerate(scene.victims):
        at_s += rng.expovariate(1 / 40.0)
        fits = rng.random() < 0.005
        yield _attempt(scene, means, victim, at_s, number, fits)


def like(rng: Random, device: Device) -> Device:
    """A new device of the same kind and system as that one."""
    found = new_device(rng, device.kind)
    while found.system != device.system:
        found = new_device(rng, device.kind)
    return found


def tor_exit(town: Town, number: int) -> tuple[Carrier, str]:
    """The world's Tor exit of that number, below `TOR_EXITS`, and its network."""
    carrier = TOR_CARRIERS[number % len(TOR_CARRIERS)]
    return carrier, town.book.anywhere(carrier, town.randomness("tor", number))


def _break_in(scene: Scene, means: Means) -> Iterator[Labelled]:
    entry = _attempt(scene, means, scene.victim, scene.at_s, 0, True)
    yield entry
    if scene.rng.random() < TAKES_ACCOUNT and isinstance(entry.event, Login):
        activity = scene.rng.choice(("update_email", "update_password", "add_payment_method"))
        later = change(scene.stage, entry.event, scene.at_s + scene.rng.uniform(20, 200), activity)
        yield Labelled(later, means.truth, scene.name)


def _attempt(scene: Scene, means: Means, victim: Person, at_s: float, number: int, right: bool) -> Labelled:
    carrier, ip = means.address
    visit = Visit(at_s, ip, carrier, victim.devices[0], means.agent)
    result = "success" if right else "failure"
    name = f"{scene.name}-{number}"
    session = f"session-{name}" if right else None
    told = login(scene.stage, victim, visit, name, result=result, session_id=session)
    return Labelled(told, means.truth, scene.name)


def _popular(scene: Scene) -> str:
    """What a browser of today sends."""
    return new_device(scene.rng).agent(scene.day)


def _outdated(rng: Random) -> str:
    """An old phone's browser, as attack tools like to claim."""
    minor = rng.randrange(400)
    if rng.random() < 0.5:
        return (
            f"Mozilla/5.0 (Linux; U; Android 4.1.{minor % 3}; en-us; GT-N{7000 + minor}) AppleWebKit/534.30 "
            "(KHTML, like Gecko) Version/4.0 Mobile Safari/534.30"
        )
    return (
        f"Mozilla/5.0 (iPhone; CPU iPhone OS {10 + minor % 4}_{minor % 5} like Mac OS X) AppleWebKit/603.1.30 "
        f"(KHTML, like Gecko) Version/{10 + minor % 4}.0 Mobile/14E{minor} Safari/602.1"
    )


def _either(scene: Scene) -> str:
    """A script's own name or, more often, a browser's."""
    return scene.rng.choice(SCRIPTS) if scene.rng.random() < 0.4 else _popular(scene)


def _abroad(scene: Scene) -> tuple[Carrier, str]:
    rng = scene.rng
    country = draw(rng, _elsewhere(scene.victim.country))
    carrier = hosting_in(country, rng) if rng.random() < 0.5 else line_in(country, rng)
    return carrier, scene.stage.town.book.anywhere(carrier, rng)


def _hidden(scene: Scene) -> tuple[Carrier, str]:
    rng, country = scene.rng, scene.victim.country
    carrier = vpn_in(country, rng) if rng.random() < 0.6 else hosting_in(country, rng)
    return carrier, scene.stage.town.book.anywhere(carrier, rng)


def _rented(scene: Scene) -> tuple[Carrier, str]:
    carrier = hosting_in(draw(scene.rng, ATTACKS), scene.rng)
    return carrier, scene.stage.town.book.anywhere(carrier, scene.rng)


def _elsewhere(country: str) -> Weighted[str]:
    return ATTACKS if country == HOME_COUNTRY else tuple(item for item in ATTACKS if item[0] != country)


SINGLE: dict[str, Attack] = {attack.__name__: attack for attack in (naive, vpn, targeted, tor, bot, travel)}
"""Attacks that come with the right password and need one victim."""
CAMPAIGNS: dict[str, tuple[Attack, int]] = {
    "guessing": (guessing, 1),
    "stuffing": (stuffing, 80),
    "spraying": (spraying, 60),
}
"""Attacks that try passwords, and how many victims they need."""
