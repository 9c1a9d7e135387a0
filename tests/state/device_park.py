"""A seeded park of devices: families, models, owners' own fonts and screens, and what happens to them over time.

The frequencies are those of the literature, not of `PARTS`: how often browser updates change the canvas, how many fonts
programs install, how machines of one model differ (Laperdrix 2020, Vastel 2018: FP-Stalker).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from watchword.events.pseudonym import Pseudonyms
from watchword.state.devices import Look, look_at

KEYED = Pseudonyms(b"a key of this test's own, 32 by.")
ZONES = ["Europe/Oslo"] * 70 + ["Europe/London"] * 15 + ["America/New_York"] * 10 + ["Asia/Tokyo"] * 5
LANGUAGES = [("nb-NO", "en-US")] * 60 + [("en-US", "en")] * 25 + [("en-GB", "en")] * 10 + [("de-DE", "en")] * 5
SYSTEM_FONTS = {"Windows": 140, "Mac OS X": 180, "Android": 12, "iOS": 60, "Linux": 50}
DESKTOP_GPUS = [f"ANGLE (GPU {number})" for number in range(40)]
PHONES = [f"model {number}" for number in range(25)]


@dataclass(frozen=True)
class Device:
    """One device as its browser describes it."""

    browser: str
    system: str
    mobile: bool
    version: int
    gpu: str
    driver: int
    canvas: int
    audio: int
    cores: int
    memory: float
    screen: tuple[int, int]
    ratio: float
    fonts: frozenset[str]
    zone: str
    languages: tuple[str, ...]
    extensions: frozenset[str]
    private: int = 0

    def look(self) -> Look:
        """As the server keeps it."""
        drawn = f"{self.gpu}|{self.driver}|{self.canvas}|{self.ratio}|{self.private}"
        return look_at(
            f"{self.browser}|{self.system}|{'mobile' if self.mobile else 'desktop'}",
            self.version,
            {
                "webgl": self.gpu, "canvas": drawn, "audio": f"{self.audio}|{self.private}",
                "hardwareConcurrency": self.cores, "deviceMemory": self.memory, "platform": self.system,
                "screenResolution": f"{self.screen[0]}x{self.screen[1]}", "pixelRatio": self.ratio, "colorDepth": 24,
                "touchPoints": 5 if self.mobile else 0, "timezone": self.zone,
            },
            {
                "fonts": sorted(self.fonts), "languages": self.languages, "webglExtensions": sorted(self.extensions),
                "plugins": [] if self.mobile else ["PDF Viewer", "Chrome PDF Viewer"],
            },
            KEYED,
        )  # fmt: skip


def made(rng: Random, like: Device | None = None) -> Device:
    """A new device; of the same family (browser, system, kind) as another where one is given."""
    system = like.system if like else rng.choices(list(SYSTEM_FONTS), [45, 20, 18, 12, 5])[0]
    mobile = system in ("Android", "iOS")
    browser = (
        like.browser if like else ("Safari" if system == "iOS" else rng.choices(["Chrome", "Firefox"], [80, 20])[0])
    )
    model = rng.choice(PHONES) if mobile else ""
    of_model = Random(f"{system}{model}")
    gpu = f"{system} {model}" if mobile else rng.choice(DESKTOP_GPUS)
    own = set() if mobile else {f"font {rng.randrange(900)}" for _ in range(rng.choice((0, 4, 15, 40, 90)))}
    return Device(
        browser=browser, system=system, mobile=mobile, version=rng.choice((128, 129, 130, 130, 130, 131)), gpu=gpu,
        driver=rng.randrange(4) if not mobile else 0, canvas=130, audio=of_model.randrange(6) if mobile else rng.randrange(5),
        cores=of_model.choice((6, 8)) if mobile else rng.choice((4, 8, 8, 12, 16)),
        memory=8.0 if browser == "Firefox" else of_model.choice((4.0, 8.0)) if mobile else rng.choice((8.0, 8.0, 8.0, 4.0)),
        screen=(of_model.choice((360, 390, 412)), of_model.choice((780, 844, 915))) if mobile
        else rng.choice(((1920, 1080), (1920, 1080), (1536, 864), (2560, 1440), (1366, 768), (1440, 900))),
        ratio=of_model.choice((2.0, 2.625, 3.0)) if mobile else rng.choice((1.0, 1.0, 1.25, 1.5, 2.0)),
        fonts=frozenset({f"{system} {number}" for number in range(SYSTEM_FONTS[system])} | own),
        zone=rng.choice(ZONES), languages=rng.choice(LANGUAGES),
        extensions=frozenset(f"EXT_{number}" for number in range(30 + hash_of(gpu) % 6)),
    )  # fmt: skip


def hash_of(text: str) -> int:
    """A small stable number of a text."""
    return sum(map(ord, text))


def updated(device: Device, rng: Random) -> Device:
    """After one to three browser updates: a third of them draw differently, some bring an extension."""
    steps = rng.randint(1, 3)
    new = {f"EXT_NEW_{device.version + steps}"} if rng.random() < 0.3 else set()
    return replace(
        device, version=device.version + steps, canvas=device.canvas + (steps if rng.random() < 0.33 else 0),
        audio=device.audio + (10 if rng.random() < 0.05 else 0), extensions=device.extensions | new,
    )  # fmt: skip


def zoomed(device: Device, rng: Random) -> Device:
    """Another zoom: another pixel ratio, another drawing, and (Firefox) another screen in its own pixels."""
    factor = rng.choice((0.8, 0.9, 1.1, 1.25, 1.5))
    screen = (round(device.screen[0] / factor), round(device.screen[1] / factor))
    return replace(device, ratio=device.ratio * factor, screen=screen if device.browser == "Firefox" else device.screen)


def travelled(device: Device, rng: Random) -> Device:
    """In another time zone."""
    return replace(device, zone=rng.choice(("Asia/Tokyo", "America/Los_Angeles", "Australia/Sydney")))


def docked(device: Device, rng: Random) -> Device:
    """At an external monitor."""
    return device if device.mobile else replace(device, screen=(3840, 2160), ratio=1.0)


def installed(device: Device, rng: Random) -> Device:
    """A program brought fonts."""
    return replace(device, fonts=device.fonts | {f"program font {number}" for number in range(rng.randint(1, 12))})


def without_gpu(device: Device, rng: Random) -> Device:
    """Hardware acceleration switched off."""
    return replace(device, gpu="SwiftShader", extensions=frozenset(sorted(device.extensions)[:25]))


def another_language(device: Device, rng: Random) -> Device:
    """A language more."""
    return replace(device, languages=(*device.languages, "fr"))


CHANGES = {
    "update": updated, "zoom": zoomed, "travel": travelled, "dock": docked, "fonts": installed, "gpu off": without_gpu,
    "language": another_language,
}  # fmt: skip
OFTEN = {"update": 10, "zoom": 2, "travel": 2, "dock": 2, "fonts": 1.5, "gpu off": 0.1, "language": 0.5}


def lived(device: Device, rng: Random) -> Device:
    """Some weeks later: up to three things happened, updates most often."""
    for name in rng.choices(list(OFTEN), list(OFTEN.values()), k=rng.choice((0, 1, 1, 2, 3))):
        device = CHANGES[name](device, rng)
    return device
