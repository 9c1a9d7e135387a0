from collections import Counter
from pathlib import Path
from time import thread_time
from timeit import repeat

import msgspec
import pytest
from feed_files import DAY_MS, NOW, NOW_MS, loaded
from hypothesis import given, settings
from hypothesis import strategies as st
from maxminddb import InvalidDatabaseError

from watchword.enrichment.addresses import Address, parse_span
from watchword.enrichment.countries import countries, distance_km
from watchword.enrichment.enricher import CLAIMED_KM, TRUSTED_KM, Enricher
from watchword.enrichment.facts import Facts, Place
from watchword.enrichment.feed import LoadedFeed
from watchword.enrichment.geo import GeoChain
from watchword.enrichment.sources import embedded_asn, open_enricher
from watchword.events.event import DeviceFingerprint, Geolocation, Identifiers
from watchword.events.login import Login

HOME = "84.161.10.20"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
BERLIN = Place(52.52, 13.4, 100, "DE", "Berlin", "Berlin", "Europe/Berlin", "city")


class Fixed:
    """Answers every address with one place, or fails."""

    version, attribution = "fixed 1", ""

    def __init__(self, place: Place | None = BERLIN, fails: bool = False) -> None:
        self._place, self._fails = place, fails

    def place(self, address: Address) -> Place | None:
        if self._fails:
            raise InvalidDatabaseError("the file was cut under our feet")
        return self._place


def login(ip: str = HOME, **more: object) -> Login:
    return Login(id="1", occurred_at=NOW, user_id="u", ip=ip, result="success", **more)  # type: ignore[arg-type]


def enricher(*feeds: LoadedFeed, place: Place | None = BERLIN, fails: bool = False) -> Enricher:
    return Enricher(GeoChain((Fixed(place, fails),)), embedded_asn(), feeds)


def facts(*feeds: LoadedFeed, event: Login | None = None, **more: object) -> Facts:
    return enricher(*feeds).enrich(event or login(**more), NOW_MS)  # type: ignore[arg-type]


def test_everything_about_an_ordinary_log_in() -> None:
    found = facts(user_agent=CHROME, identifiers=Identifiers(email="Ann@Mail.Example.COM"))
    assert found.place == BERLIN
    assert (found.network.asn, found.agent.browser, found.email_domain) == (3320, "Chrome", "mail.example.com")
    assert (found.hints, found.missing, found.disposable_email, found.utc_offset_min) == ((), {}, False, 60)
    assert found.versions["geo"] == "fixed 1"


def test_a_trusted_place_is_the_place_whatever_the_address_says() -> None:
    found = facts(loaded("vpn", parse_span(HOME)), geolocation=Geolocation(lat=40.7, lng=-74.0, trusted=True))
    assert found.place == Place(40.7, -74.0, TRUSTED_KM, "US", timezone="America/New_York", source="trusted")
    assert found.utc_offset_min == -300


def test_a_claim_refines_only_within_the_accuracy() -> None:
    near = facts(geolocation=Geolocation(lat=52.4, lng=13.06)).place
    assert near is not None
    assert (near.lat, near.lng, near.radius_km, near.country, near.source) == (52.4, 13.06, CLAIMED_KM, "DE", "city")
    assert facts(geolocation=Geolocation(lat=48.1, lng=11.6)).place == BERLIN


def test_a_claim_refines_no_exit_of_a_vpn() -> None:
    assert facts(loaded("vpn", parse_span(HOME)), geolocation=Geolocation(lat=52.4, lng=13.06)).place == BERLIN


@given(st.floats(-90, 90), st.floats(-180, 180))
@settings(max_examples=50)
def test_a_claim_never_moves_the_place_beyond_its_accuracy(lat: float, lng: float) -> None:
    place = facts(geolocation=Geolocation(lat=lat, lng=lng)).place
    assert place is not None
    assert distance_km(place.lat, place.lng, BERLIN.lat, BERLIN.lng) <= BERLIN.radius_km


def test_a_carrier_s_place_is_no_better_known_than_its_country() -> None:
    found = enricher(place=Place(47.6, -122.3, 100, "US", "Seattle")).enrich(login("172.56.1.1"), NOW_MS)
    assert found.network.mobile
    assert found.place is not None
    assert found.place.radius_km == countries()["US"].radius_km


def test_reserved_addresses_are_no_place() -> None:
    found = facts(ip="192.168.1.7")
    assert (found.place, found.network.special, found.missing) == (None, "private", {})


def test_a_failing_part_is_named_and_the_rest_answers() -> None:
    found = enricher(fails=True).enrich(login(user_agent=CHROME), NOW_MS)
    assert found.place is None
    assert found.missing.keys() == {"geo"}
    assert (found.network.asn, found.agent.browser) == (3320, "Chrome")


def test_an_address_that_is_none_is_named() -> None:
    assert facts(ip="not an address").missing.keys() == {"network"}


def test_stale_feeds_are_named_in_the_decision() -> None:
    found = facts(loaded("tor", parse_span("9.9.9.9"), half_life_days=1.0, age_days=3))
    assert found.missing in ({"feeds.tor": "2 days old"}, {"feeds.tor": "3 days old"})
    assert facts(loaded("tor", parse_span("9.9.9.9"), half_life_days=1.0, age_days=1)).missing == {}


def test_weights_fall_while_the_snapshot_lives() -> None:
    snapshot = enricher(loaded("vpn", parse_span(HOME)))
    weights = [snapshot.enrich(login(), NOW_MS + days * DAY_MS).network.flag_weight for days in (0, 7, 14)]
    assert weights == pytest.approx([1, 0.5, 0.25], rel=0.03)
    assert not snapshot.enrich(login(), NOW_MS + 40 * DAY_MS).network.vpn


def test_a_past_event_is_not_called_stale() -> None:
    snapshot = enricher(loaded("tor", parse_span("9.9.9.9"), half_life_days=1.0))
    assert snapshot.enrich(login(), NOW_MS - 3650 * DAY_MS).missing == {}


def test_disposable_domains_match_with_their_subdomains() -> None:
    feed = loaded("disposable_email", domains=frozenset({"trash.example", "co.uk.example"}))
    for email, wanted in (
        ("a@trash.example", True), ("a@x.y.TRASH.example", True), ("a@nottrash.example", False), ("a@example", False),
    ):  # fmt: skip
        assert facts(feed, event=login(identifiers=Identifiers(email=email))).disposable_email is wanted


def test_headers_and_fingerprint_are_judged() -> None:
    found = facts(
        user_agent=CHROME, device_fingerprint=DeviceFingerprint(hash="h", timezone="Asia/Tokyo", webdriver=True)
    )
    assert {hint.code for hint in found.hints} == {"WEBDRIVER", "TIMEZONE_MISMATCH"}
    assert facts(user_agent=CHROME, device_fingerprint="h").hints == ()


def test_the_user_agent_of_the_headers_stands_for_a_missing_one() -> None:
    assert facts(headers=(("Host", "x"), ("User-Agent", "curl/8.5.0"))).agent.automation == "curl"


def test_hits_are_counted_by_feed() -> None:
    hits: Counter[str] = Counter()
    snapshot = Enricher(GeoChain(()), None, [loaded("vpn", parse_span(HOME))], hits)
    for _ in range(3):
        snapshot.enrich(login(), NOW_MS)
    assert hits == {"vpn": 3}


def test_the_cache_of_addresses_is_bounded() -> None:
    snapshot = Enricher(GeoChain(()), None)
    for n in range(70_000):
        snapshot.enrich(login(f"11.{n >> 16}.{n >> 8 & 255}.{n & 255}"), NOW_MS)
    assert snapshot.cached_addresses() == 65_536


HEADERS = ["Host", "User-Agent", "Accept", "sec-ch-ua", "Accept-Language", "Origin"]


@settings(max_examples=100, deadline=None)
@given(
    ip=st.one_of(st.ip_addresses().map(str), st.text(min_size=2, max_size=45)),
    agent=st.none() | st.text(max_size=80),
    headers=st.lists(st.tuples(st.sampled_from(HEADERS), st.text(max_size=30)), max_size=6),
    screen=st.none() | st.text(min_size=1, max_size=20),
    zone=st.none() | st.text(min_size=1, max_size=20),
    email=st.none() | st.text(min_size=1, max_size=40),
)  # fmt: skip
def test_nothing_makes_it_raise(
    ip: str, agent: str | None, headers: list[tuple[str, str]], screen: str | None, zone: str | None, email: str | None
) -> None:
    device = DeviceFingerprint(hash="h", screen_resolution=screen, timezone=zone, platform=zone, language=zone)
    event = login(
        ip, user_agent=agent, headers=tuple(headers), device_fingerprint=device, identifiers=Identifiers(email=email)
    )
    found = SHARED.enrich(event, NOW_MS)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Facts) == found


SHARED = open_enricher(None)


def test_enriching_a_known_client_takes_microseconds(tmp_path: Path) -> None:
    snapshot = open_enricher(tmp_path)
    snapshot.warm()
    event = login(user_agent=CHROME)
    snapshot.enrich(event, NOW_MS)
    took = min(repeat(lambda: snapshot.enrich(event, NOW_MS), timer=thread_time, number=2000)) / 2000
    assert took < 15e-6


def test_opening_without_a_data_directory_answers_by_country() -> None:
    found = SHARED.enrich(login(), NOW_MS)
    assert found.place is not None
    assert (found.place.country, found.place.source) == ("DE", "country")
    assert found.utc_offset_min == 60
