"""The report's page in a browser: it asks nothing of the network, fits, and reads in both themes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from watchword.streams.page import write
from watchword.streams.report import Account, Country, Counts, File, Judged, NameKind, Origin, Reason, Report, Span

AT = datetime(2025, 12, 10, 6, 55, tzinfo=UTC)
CHROMIUM = Path("/usr/bin/chromium")


def report() -> Report:
    long = "a-name-as-long-as-somebody-who-means-to-break-a-page-may-make-it-" * 3
    counts = Counts(
        lines=9, events=9, attempts=9, failed=8, accepted=1, api_calls=0, log_in_posts=0, already_known=0, refused=0,
        accounts=1, accounts_attacked=1, sources=1, sources_attacking=1, countries=1, countries_attacking=1,
        actions={"allow": 1, "monitor": 0, "verify": 0, "block": 8}, names_that_do_not_exist=1,
        names_attacked_that_do_not_exist=1, tries_at_names_that_do_not_exist=1,
    )  # fmt: skip
    names: tuple[tuple[str, NameKind], ...] = ((long, "person"), ("root" + long, "service"), (long + "2", "unknown"))
    accounts = [
        Account(name, kind, kind == "person", True, 4, 4, 0, 1, ("BR",), AT, AT, "block") for name, kind in names
    ]
    source = Origin(
        "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", True, "BR", "Brazil", "São Paulo", 64500, long, "hosting", 2, 9, 8, 1,
        0, 1, (long,), AT, AT, "block",
    )  # fmt: skip
    reason = Reason("RAPID_LOGINS", "VELOCITY", "CRITICAL", 95, 95, "15 log-in attempts for this user within a minute")
    judged = Judged(
        "dec_1", AT, long, source.ip, "BR", "São Paulo, Brazil", "login", "success", "block", "CRITICAL", 95.0,
        "RAPID_LOGINS 95", (reason,), ("NEW_DEVICE: NO_DEVICE",), 3, 8, 8,
    )  # fmt: skip
    return Report(
        sentence="One account was attacked.", counts=counts, files=(File(f"/var/log/{long}", "sshd", "log", 9, 9, 0),),
        first=AT, last=AT, accounts=tuple(accounts), sources=(source,),
        countries=(Country("BR", "Brazil", 9, 8, 1, 1, "block"),), accepted=(judged,), worst=(judged,), signals=(),
        not_evaluable=(), degraded=(), refused=(), timeline=(Span(AT, 1, 0, 0, 8),), data={"attribution": "DB-IP"},
        seconds=0.1,
    )  # fmt: skip


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_fits_and_asks_for_nothing(tmp_path: Path, width: int, theme: Literal["light", "dark"]) -> None:
    from playwright.sync_api import sync_playwright

    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    write(report(), tmp_path / "report.html")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
        asked: list[str] = []
        wrong: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto((tmp_path / "report.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        before = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
        browser.close()
    assert [url for url in asked if not url.startswith("file:")] == wrong == []
