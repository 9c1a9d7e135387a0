"""Devices of simulated people, and the User-Agent they send on a given day as browsers and systems are released."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from watchword.learning.carriers import Weighted, draw

CHROMIUM_CYCLE_DAYS = 35.0
SAFARI_CYCLE_DAYS = 60.0
UPDATES_ITSELF = 0.85
UPDATE_LAG_DAYS = 9.0
SYSTEM_LAG_DAYS = 15.0
PLAIN_AGENT = 0.15
BUILDS = 3000
"""85 % of strings carry a build of their own, as in the strings of the sign-on service that the rates come from."""

KINDS: Weighted[str] = (("mobile", 0.62), ("desktop", 0.345), ("tablet", 0.035))
DESKTOP_SYSTEMS: Weighted[str] = (("Windows", 0.72), ("Mac", 0.22), ("ChromeOS", 0.04), ("Linux", 0.02))
DESKTOP_BROWSERS: Weighted[str] = (
    ("Chrome", 0.62), ("Edge", 0.18), ("Firefox", 0.08), ("Safari", 0.09), ("Opera", 0.03),
)  # fmt: skip
SYSTEM_CYCLE_DAYS = {"iOS": 75.0, "Mac": 75.0, "Android": 180.0, "Windows": 200.0, "ChromeOS": 35.0, "Linux": 200.0}
MODELS = (
    "SM-S911B", "SM-A546B", "SM-G991B", "Pixel 7", "SM-A528B", "CPH2449", "SM-S921B", "Pixel 8a", "2201116SG",
    "SM-A336B", "XQ-CC54", "SM-G781B", "Nokia G42", "moto g54", "ONEPLUS A6013", "SM-A155F",
)  # fmt: skip
SCREENS = {
    "mobile": ("390x844", "412x915", "360x800", "393x852", "430x932"),
    "tablet": ("820x1180", "810x1080", "1024x1366"),
    "desktop": ("1920x1080", "2560x1440", "1536x864", "1440x900", "1366x768"),
}


@dataclass(slots=True)
class Device:
    """A phone, tablet or computer with one browser. Lags say how many days after a release its owner has it."""

    kind: str
    system: str
    browser: str
    model: str
    screen: str
    build: int
    updates: bool
    lag_days: float
    system_lag_days: float
    behind: int
    hash: str

    def agent(self, day: float) -> str:
        """The User-Agent that this device sends on that day of the simulated world."""
        return self._system_agent(self._version(day), self._system_version(day))

    def _version(self, day: float) -> int:
        cycle = SAFARI_CYCLE_DAYS if self.browser == "Safari" else CHROMIUM_CYCLE_DAYS
        return int(max(0.0, day - self.lag_days) // cycle) if self.updates else -self.behind

    def _system_version(self, day: float) -> int:
        if not self.updates:
            return 0
        return int(max(0.0, day - self.system_lag_days) // SYSTEM_CYCLE_DAYS[self.system])

    def _system_agent(self, release: int, system: int) -> str:
        if self.system == "iOS":
            return self._apple_mobile(release, system)
        if self.system == "Android":
            return self._android(release, system)
        return self._desktop(release)

    def _tail(self) -> str:
        return f".{self.build % 60}.{self.build // 60}" if self.build else ".0.0"

    def _apple_mobile(self, release: int, system: int) -> str:
        name, inner = ("iPad", "OS") if self.kind == "tablet" else ("iPhone", "iPhone OS")
        major, minor = divmod(system + 18 * 7, 7)
        build = f"{21 + system % 3}{chr(65 + self.build % 12)}{self.build}" if self.build else "15E148"
        safari = 18 * 7 + release
        app = f"Version/{safari // 7}.{safari % 7}" if self.browser == "Safari" else f"CriOS/{120 + release}.0.6099.119"
        return (
            f"Mozilla/5.0 ({name}; CPU {inner} {major}_{minor} like Mac OS X) AppleWebKit/605.1.15 "
            f"(KHTML, like Gecko) {app} Mobile/{build} Safari/604.1"
        )

    def _android(self, release: int, system: int) -> str:
        mobile = "" if self.kind == "tablet" else " Mobile"
        version = 12 + self.behind % 3 + system
        samsung = f" SamsungBrowser/{23 + release}.0" if self.browser == "Samsung" else ""
        return (
            f"Mozilla/5.0 (Linux; Android {version}; {self.model}) AppleWebKit/537.36 (KHTML, like Gecko)"
            f"{samsung} Chrome/{120 + release}.0{self._tail()}{mobile} Safari/537.36"
        )

    def _desktop(self, release: int) -> str:
        platform = {
            "Windows": "Windows NT 10.0; Win64; x64",
            "Mac": "Macintosh; Intel Mac OS X 10_15_7",
            "ChromeOS": "X11; CrOS x86_64 14541.0.0",
            "Linux": "X11; Linux x86_64",
        }[self.system]
        if self.browser == "Firefox":
            number = 121 + release
            return f"Mozilla/5.0 ({platform}; rv:{number}.0) Gecko/20100101 Firefox/{number}.0{self._patch()}"
        if self.browser == "Safari":
            number = 18 * 7 + release
            return (
                f"Mozilla/5.0 ({platform}) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                f"Version/{number // 7}.{number % 7}{self._patch()} Safari/605.1.15"
            )
        added = {"Edge": f" Edg/{120 + release}.0{self._tail()}", "Opera": f" OPR/{106 + release}.0{self._tail()}"}
        return (
            f"Mozilla/5.0 ({platform}) AppleWebKit/537.36 (KHTML, like Gecko) "
            f"Chrome/{120 + release}.0{self._tail()} Safari/537.36{added.get(self.browser, '')}"
        )

    def _patch(self) -> str:
        return f".{self.build}" if self.build else ""


def new_device(rng: Random, kind: str | None = None) -> Device:
    """A device as people own them; `kind` (mobile, desktop, tablet) is drawn where it is not given."""
    kind = kind or draw(rng, KINDS)
    system, browser = _software(rng, kind)
    plain = rng.random() < PLAIN_AGENT
    return Device(
        kind=kind,
        system=system,
        browser=browser,
        model=_model(rng),
        screen=rng.choice(SCREENS[kind]),
        build=0 if plain else rng.randrange(1, BUILDS),
        updates=rng.random() < UPDATES_ITSELF,
        lag_days=rng.expovariate(1 / UPDATE_LAG_DAYS),
        system_lag_days=rng.expovariate(1 / SYSTEM_LAG_DAYS),
        behind=rng.randrange(4),
        hash=f"{rng.getrandbits(64):016x}",
    )


def _software(rng: Random, kind: str) -> tuple[str, str]:
    if kind == "tablet":
        return ("iOS", "Safari") if rng.random() < 0.8 else ("Android", "Chrome")
    if kind == "desktop":
        system = draw(rng, DESKTOP_SYSTEMS)
        browser = draw(rng, DESKTOP_BROWSERS)
        return system, "Chrome" if browser == "Safari" and system != "Mac" else browser
    if rng.random() < 0.56:
        return "iOS", "Safari" if rng.random() < 0.86 else "Chrome"
    return "Android", "Samsung" if rng.random() < 0.2 else "Chrome"


def _model(rng: Random) -> str:
    """Few models are everywhere, many are rare."""
    rank = min(int(rng.paretovariate(0.5)), 400)
    return MODELS[rank - 1] if rank <= len(MODELS) else f"SM-{chr(65 + rank % 26)}{100 + rank}F"
