"""The header sets are those of the drivers measured in the research notes (section 1.3, 16-17)."""

import pytest

from watchword.enrichment.agent import read_agent
from watchword.enrichment.facts import Network, Place
from watchword.enrichment.hints import Headers, read_hints, timezone_hint
from watchword.events.event import DeviceFingerprint

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
SAFARI = ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
          "Version/17.5 Mobile/15E148 Safari/604.1")  # fmt: skip
PERSON: Headers = (
    ("Host", "login.example"), ("Connection", "keep-alive"), ("Content-Length", "40"),
    ("sec-ch-ua-platform", '"Linux"'), ("User-Agent", CHROME),
    ("sec-ch-ua", '"Chromium";v="156", "Not/A)Brand";v="24", "Google Chrome";v="156"'),
    ("sec-ch-ua-mobile", "?0"), ("Accept", "*/*"), ("Origin", "https://login.example"),
    ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Dest", "empty"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"), ("Accept-Language", "de-DE,de;q=0.9,en;q=0.8"),
)  # fmt: skip
FIREFOX_PERSON: Headers = (
    ("Host", "login.example"), ("User-Agent", FIREFOX), ("Accept", "text/html"), ("Accept-Language", "de,en;q=0.5"),
    ("Accept-Encoding", "gzip, deflate, br"), ("Origin", "https://login.example"), ("Sec-Fetch-Site", "same-origin"),
)  # fmt: skip
SAFARI_PERSON: Headers = (
    ("Host", "login.example"), ("Accept", "*/*"), ("Accept-Language", "de-DE"), ("User-Agent", SAFARI),
    ("Origin", "https://login.example"),
)  # fmt: skip
REQUESTS: Headers = (
    ("Host", "login.example"), ("User-Agent", CHROME), ("Accept-Encoding", "gzip, deflate"), ("Accept", "*/*"),
    ("Connection", "keep-alive"),
)  # fmt: skip


def without(headers: Headers, *names: str) -> Headers:
    return tuple(pair for pair in headers if pair[0].lower() not in names)


def changed(headers: Headers, **values: str) -> Headers:
    wanted = {name.replace("_", "-"): value for name, value in values.items()}
    return tuple((name, wanted.get(name.lower(), value)) for name, value in headers)


def codes(headers: Headers = (), user_agent: str | None = None, **device: object) -> set[str]:
    sent = next((value for name, value in headers if name.lower() == "user-agent"), None)
    agent = read_agent(user_agent or sent)
    fingerprint = DeviceFingerprint(hash="h", **device) if device else None
    return {hint.code for hint in read_hints(user_agent or sent, agent, headers, fingerprint)}


@pytest.mark.parametrize("headers", [PERSON, FIREFOX_PERSON, SAFARI_PERSON], ids=["chrome", "firefox", "safari"])
def test_a_person_s_browser_leaves_no_hint(headers: Headers) -> None:
    assert codes(headers) == set()


def test_absent_headers_say_nothing() -> None:
    assert codes((), CHROME) == set()


def test_headers_without_host_or_user_agent_are_not_judged() -> None:
    assert codes(without(REQUESTS, "host"), CHROME) == set()
    assert codes((("X-Request-Id", "1"),), CHROME) == set()


def test_a_script_under_a_browser_s_name() -> None:
    assert codes(REQUESTS) == {"NO_ACCEPT_LANGUAGE"}
    secure = (*REQUESTS, ("X-Forwarded-Proto", "https"))
    assert codes(secure) == {"NO_ACCEPT_LANGUAGE", "NO_CLIENT_HINTS", "NO_FETCH_METADATA"}


def test_over_plain_http_a_browser_may_leave_client_hints_out() -> None:
    plain = without(PERSON, "sec-ch-ua", "sec-ch-ua-platform", "sec-ch-ua-mobile", "sec-fetch-site", "sec-fetch-mode",
                    "sec-fetch-dest", "origin")  # fmt: skip
    assert codes(plain) == set()


def test_an_android_web_view_sends_no_client_hints() -> None:
    view = CHROME.replace("X11; Linux x86_64", "Linux; Android 13; Pixel 7; wv")
    headers = without(PERSON, "sec-ch-ua", "sec-ch-ua-platform", "sec-ch-ua-mobile")
    assert codes(changed(headers, user_agent=view)) == set()


def test_a_replaced_user_agent_moves_accept_language_before_accept() -> None:
    language = ("Accept-Language", "en-US")
    moved = without(PERSON, "accept-language")
    assert codes((*moved[:7], language, *moved[7:])) == {"HEADER_ORDER"}


def test_brands_that_contradict_the_user_agent() -> None:
    assert codes(changed(PERSON, sec_ch_ua='"Chromium";v="140"')) == {"BRANDS_MISMATCH"}
    assert codes(changed(PERSON, sec_ch_ua='"Brave";v="156"')) == {"BRANDS_MISMATCH"}
    assert codes(changed(PERSON, sec_ch_ua='"Chromium";v="156", " Not A;Brand";v="99"')) == {"BRANDS_MISMATCH"}
    assert codes(changed(PERSON, sec_ch_ua='"HeadlessChrome";v="156", "Chromium";v="156"')) == {"HEADLESS_BRAND"}
    assert codes((*FIREFOX_PERSON, ("sec-ch-ua", '"Chromium";v="156"'))) == {"BRANDS_MISMATCH"}


def test_a_platform_that_contradicts_the_user_agent() -> None:
    assert codes(changed(PERSON, sec_ch_ua_platform='"Windows"')) == {"PLATFORM_MISMATCH"}
    assert codes(changed(PERSON, sec_ch_ua_mobile="?1")) == {"MOBILE_MISMATCH"}
    assert codes((), CHROME, platform="Win32") == {"PLATFORM_MISMATCH"}


@pytest.mark.parametrize(
    ("user_agent", "platform"),
    [
        (CHROME, "Linux x86_64"), (CHROME, "Linux armv81"), (SAFARI, "iPhone"), (SAFARI, "iOS"),
        (CHROME.replace("X11; Linux x86_64", "Windows NT 10.0; Win64; x64"), "Win32"),
        (CHROME.replace("X11; Linux x86_64", "Windows NT 10.0; Win64; x64"), "Windows"),
        (CHROME.replace("X11; Linux x86_64", "Macintosh; Intel Mac OS X 10_15_7"), "MacIntel"),
        (CHROME.replace("X11; Linux x86_64", "Macintosh; Intel Mac OS X 10_15_7"), "macOS"),
        (CHROME.replace("X11; Linux x86_64", "Linux; Android 14; Pixel 8"), "Linux armv8l"),
        (CHROME.replace("X11; Linux x86_64", "X11; CrOS x86_64 14541.0.0"), "Linux x86_64"),
        ("MyApp/1.0", "Win32"), (CHROME, "PlayStation 5"),
    ],
)  # fmt: skip
def test_platforms_that_fit(user_agent: str, platform: str) -> None:
    assert codes((), user_agent, platform=platform) == set()


def test_two_user_agents_for_one_client() -> None:
    assert "AGENT_MISMATCH" in codes(PERSON, FIREFOX)
    assert codes(PERSON, CHROME) == set()


def test_a_fingerprint_one_update_older_is_no_mismatch() -> None:
    assert fingerprint_codes(CHROME, CHROME.replace("156", "155")) == set()
    assert fingerprint_codes(CHROME, CHROME.replace("156", "120")) == {"AGENT_MISMATCH"}
    assert fingerprint_codes(CHROME, FIREFOX) == {"AGENT_MISMATCH"}


def fingerprint_codes(user_agent: str, seen: str) -> set[str]:
    device = DeviceFingerprint(hash="h", user_agent=seen)
    return {hint.code for hint in read_hints(user_agent, read_agent(user_agent), (), device)}


def test_webdriver_touch_language_and_screen() -> None:
    assert codes((), CHROME, webdriver=True) == {"WEBDRIVER"}
    assert codes((), CHROME, webdriver=False, touch_points=0) == set()
    assert codes((), SAFARI, touch_points=0) == {"TOUCH_MISMATCH"}
    assert codes(PERSON, None, language="fr-FR") == {"LANGUAGE_MISMATCH"}
    assert codes(PERSON, None, language="en-GB") == set()


@pytest.mark.parametrize(
    ("screen", "code"),
    [
        ("1920x1080", None), ("390x844", None), ("1920 × 1080", None), ("0x0", "SCREEN_IMPOSSIBLE"),
        ("99999x99999", "SCREEN_IMPOSSIBLE"), ("-1x500", "SCREEN_IMPOSSIBLE"), ("800x600", "SCREEN_HEADLESS"),
        ("what?", None), ("1920x1080x24", None), ("7680x4320", None),
    ],
)  # fmt: skip
def test_screens_that_do_not_exist(screen: str, code: str | None) -> None:
    assert codes((), CHROME, screen_resolution=screen) == ({code} if code else set())


def test_the_most_telling_comes_first() -> None:
    device = DeviceFingerprint(hash="h", webdriver=True, screen_resolution="800x600")
    hints = read_hints(CHROME, read_agent(CHROME), REQUESTS, device)
    assert [hint.weight for hint in hints] == sorted((hint.weight for hint in hints), reverse=True)
    assert hints[0].code == "WEBDRIVER"


GERMANY = Place(51, 10, 470, "DE", source="country")


@pytest.mark.parametrize(
    ("zone", "offset", "network", "place", "found"),
    [
        ("America/New_York", -300, Network(), GERMANY, True),
        ("Europe/Paris", 60, Network(), GERMANY, False),
        ("UTC", 0, Network(), GERMANY, False),
        ("Mars/Olympus", None, Network(), GERMANY, False),
        ("America/New_York", -300, Network(vpn=True), GERMANY, False),
        ("America/New_York", -300, Network(hosting=True), GERMANY, False),
        ("America/New_York", -300, Network(mobile=True), GERMANY, False),
        ("America/New_York", -300, Network(satellite=True), GERMANY, False),
        ("America/New_York", -300, Network(), None, False),
        ("America/New_York", -300, Network(), Place(51, 10, 10, "DE", source="trusted"), False),
    ],
)
def test_a_time_zone_is_compared_by_its_offset_where_the_place_is_the_user_s(
    zone: str, offset: int | None, network: Network, place: Place | None, found: bool
) -> None:
    hint = timezone_hint(zone, place, network, frozenset({60}), offset)
    assert (hint is not None) is found
    if hint is not None:
        assert hint.sign == "inconsistency"
