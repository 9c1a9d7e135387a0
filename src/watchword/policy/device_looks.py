"""From what a collector says to what is kept: the look of a device, its label, what it sums up of a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from watchword.enrichment.agent import read_agent
from watchword.events.device_data import BiometricData, DeviceData, KeystrokeDynamics, MouseMovement
from watchword.events.event import DeviceFingerprint, Probe
from watchword.events.pseudonym import Pseudonyms
from watchword.events.samples import Feature, Pattern, PatternName
from watchword.state.devices import Look, look_at

LISTED = 256
"""Of a list so many are taken at most, the newest."""


def read_look(data: DeviceData, pseudonyms: Pseudonyms) -> Look:
    """The parts of a device as keyed hashes. A screen is the same upright and on its side."""
    info, browser, agent = data.device_info, data.browser_info, read_agent(data.device_info.user_agent)
    exact = {
        "webgl": browser.webgl or None, "canvas": browser.canvas or None, "audio": browser.audio,
        "screenResolution": _upright(info.screen_resolution), "pixelRatio": info.pixel_ratio,
        "hardwareConcurrency": info.hardware_concurrency, "deviceMemory": info.device_memory,
        "platform": info.platform or None, "colorDepth": info.color_depth, "touchPoints": info.touch_points,
        "timezone": info.timezone,
        "storage": _told(info.cookies, browser.local_storage, browser.session_storage),
        "privacy": _told(info.do_not_track, info.global_privacy_control),
    }  # fmt: skip
    sets: dict[str, Sequence[str] | None] = {
        "fonts": browser.fonts, "plugins": browser.plugins, "webglExtensions": browser.webgl_extensions,
        "languages": info.languages or ((info.language,) if info.language is not None else None),
    }  # fmt: skip
    members = {name: told for name, told in sets.items() if told is not None}
    family = f"{agent.browser}|{agent.os}|{agent.device}"
    return look_at(family, agent.browser_version or 0, exact, members, pseudonyms)


def label_of(data: DeviceData) -> str:
    """How a person calls the device: "Chrome on Windows"; "unknown" where the User-Agent tells nothing."""
    agent = read_agent(data.device_info.user_agent)
    both = agent.browser and agent.os
    return f"{agent.browser} on {agent.os}" if both else agent.browser or agent.os or "unknown"


def claimed_fingerprint(data: DeviceData, probes: tuple[Probe, ...] = ()) -> DeviceFingerprint:
    """The same as an event carries it: what enrichment reads hints from. Its hash stands for nothing."""
    info = data.device_info
    return DeviceFingerprint(
        hash="-", user_agent=info.user_agent, screen_resolution=info.screen_resolution or None,
        timezone=info.timezone or None, language=info.language or None, platform=info.platform or None,
        touch_points=info.touch_points, hints=probes,
    )  # fmt: skip


def patterns_of(data: BiometricData | None) -> tuple[Pattern, ...]:
    """What is summed up of typing and pointing, as a session takes it; none where nothing is."""
    if data is None:
        return ()
    keys, mouse = data.keystroke_dynamics or KeystrokeDynamics(), data.mouse_movement or MouseMovement()
    typing: dict[str, Feature] = {"dwell": keys.avg_dwell_time, "flight": keys.avg_flight_time}
    typing["keystroke_intervals"] = keys.typing_rhythm[-LISTED:]
    pointing: dict[str, Feature] = {"speed": mouse.avg_speed, "acceleration": mouse.avg_acceleration}
    pointing["clicks"] = mouse.click_pattern[-LISTED:]
    both = _pattern("typing_pattern", typing), _pattern("mouse_pattern", pointing)
    return tuple(one for one in both if one.features)


def _pattern(event_type: PatternName, features: dict[str, Feature]) -> Pattern:
    told: dict[str, Feature] = {name: value for name, value in features.items() if value is not None and value != ()}
    return Pattern(event_type=event_type, features=told)


def _upright(screen: str | None) -> str | None:
    return None if screen is None else "x".join(sorted(screen.lower().replace(",", "x").split("x")))


def _told(*values: Any) -> str | None:
    return None if all(one is None for one in values) else str(values)
