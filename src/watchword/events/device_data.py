"""What a page's collector says of its device: the wire shape of the fingerprint endpoint, bounded field by field.

The names are the contract's; everything may be left out but `deviceInfo`, whose User-Agent says what the rest belongs
to. Numbers are what browsers give: pixels, bits, gigabytes; pictures may come as hashes.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from watchword.events.event import LongText, Record

Name = Annotated[str, Meta(max_length=256)]
Short = Annotated[str, Meta(max_length=128)]
Drawing = Annotated[str, Meta(max_length=32_768)]
Measure = Annotated[float, Meta(ge=0, le=1e9)]
Measures = Annotated[tuple[Measure, ...], Meta(max_length=512)]


class DeviceInfo(Record, kw_only=True):
    """What the machine and the browser are. `screenResolution` as `1920x1080`, `deviceMemory` in gigabytes."""

    user_agent: LongText
    platform: Name | None = None
    language: Name | None = None
    languages: Annotated[tuple[Name, ...], Meta(max_length=32)] | None = None
    timezone: Name | None = None
    screen_resolution: Name | None = None
    color_depth: Annotated[int, Meta(ge=0, le=256)] | None = None
    hardware_concurrency: Annotated[int, Meta(ge=0, le=4096)] | None = None
    device_memory: Annotated[float, Meta(ge=0, le=65_536)] | None = None
    touch_points: Annotated[int, Meta(ge=0, le=256)] | None = None
    pixel_ratio: Annotated[float, Meta(ge=0, le=64)] | None = None
    cookies: bool | None = None
    do_not_track: bool | None = None
    global_privacy_control: bool | None = None


class BrowserInfo(Record, kw_only=True):
    """What the browser can do and draws. `canvas` and `audio` may be hashes, `webgl` is the renderer's name.

    `visitorId`, a hash of the collector's own, is not used: it moves with every zoom and trip.
    """

    visitor_id: Name | None = None
    plugins: Annotated[tuple[Name, ...], Meta(max_length=128)] | None = None
    fonts: Annotated[tuple[Short, ...], Meta(max_length=1024)] | None = None
    canvas: Drawing | None = None
    webgl: Drawing | None = None
    webgl_extensions: Annotated[tuple[Short, ...], Meta(max_length=256)] | None = None
    audio: Drawing | float | None = None
    local_storage: bool | None = None
    session_storage: bool | None = None


class KeystrokeDynamics(Record, kw_only=True):
    """How somebody types, in sums: milliseconds."""

    avg_dwell_time: Measure | None = None
    avg_flight_time: Measure | None = None
    typing_rhythm: Measures = ()


class MouseMovement(Record, kw_only=True):
    """How somebody points, in sums: pixels a second, pixels a second squared, milliseconds between clicks."""

    avg_speed: Measure | None = None
    avg_acceleration: Measure | None = None
    click_pattern: Measures = ()


class BiometricData(Record, kw_only=True):
    """Sums over what a person does. Kept only where they consent to the purpose `behavior`."""

    keystroke_dynamics: KeystrokeDynamics | None = None
    mouse_movement: MouseMovement | None = None


class DeviceData(Record, kw_only=True):
    """One device."""

    device_info: DeviceInfo
    browser_info: BrowserInfo = BrowserInfo()
    biometric_data: BiometricData | None = None
