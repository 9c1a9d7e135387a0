"""Lists hold what their filter says, page by page; one decision tells why; judgements become labels."""

from __future__ import annotations

import csv
import html
import io
import re

import pytest
from tests.web.console.room import ABROAD, HOSTED, Room

from watchword.policy.decision import Decision
from watchword.web.console.records import Filters

Day = tuple[Room, list[Decision]]


def ids(page: str) -> list[str]:
    return re.findall(r'<tr data-id="(dec_[0-9a-f]+)"', page)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(actions=("block",)),
        Filters(actions=("monitor", "verify", "block")),
        Filters(actions=("allow", "block")),
        Filters(user="ada"),
        Filters(ip=HOSTED),
        Filters(country="CA"),
        Filters(asn=64511),
        Filters(score_from=30),
        Filters(score_from=10, score_to=60),
        Filters(code="IMPOSSIBLE_TRAVEL"),
        Filters(levels=("LOW", "CRITICAL")),
        Filters(levels=("LOW",)),
        Filters(types=("login", "logout")),
        Filters(user="nobody"),
        Filters(degraded=True),
    ],
)
async def test_a_filter_holds_what_it_says_over_any_number_of_pages(day: Day, filters: Filters):
    room, every = day
    wanted = {one.id for one in every if _holds(one, filters)}
    found: list[str] = []
    cursor = None
    for _ in range(100):
        page = await room.console.desk.decisions.search(filters, cursor, 7)
        assert len(page.lines) <= 7
        found += [line.id for line in page.lines]
        cursor = page.older
        if cursor is None:
            break
    assert len(found) == len(set(found))
    assert set(found) == wanted
    tallied = await room.console.desk.decisions.tally(filters, 48)
    assert tallied.total == len(wanted) == sum(bar.allow + bar.monitor + bar.verify + bar.block for bar in tallied.bars)


def _holds(one: Decision, filters: Filters) -> bool:
    place, score = one.facts.place, one.score / 10_000
    return (
        (not filters.actions or one.would_act in filters.actions)
        and (filters.user is None or one.event.user_id == filters.user)
        and (filters.ip is None or one.event.ip == filters.ip)
        and (filters.country is None or (place is not None and place.country == filters.country))
        and (filters.asn is None or one.facts.network.asn == filters.asn)
        and (filters.score_from is None or score >= filters.score_from)
        and (filters.score_to is None or score <= filters.score_to)
        and (filters.code is None or filters.code in {found.code for found in one.evidence})
        and (not filters.levels or one.level in filters.levels)
        and (not filters.degraded or bool(one.degraded))
    )


async def test_in_monitor_mode_lists_show_what_enforcement_would_do(room: Room):
    await room.service.governance.change({"mode": "monitor"}, "test")
    every = await room.a_day()
    blocked = {one.id for one in every if one.would_act == "block"}
    assert blocked
    assert all(one.action == "allow" for one in every)
    page = await room.console.desk.decisions.search(Filters(actions=("block",)), None, 100)
    assert {line.id for line in page.lines} == blocked
    assert (await room.console.desk.decisions.tally(Filters(actions=("block",)), 10)).total == len(blocked)
    shown = (await (await room.signed_in("admin")).open(f"decisions/{blocked.pop()}")).text
    assert "The caller was told" in shown


async def test_the_address_is_the_filter(day: Day):
    room, _ = day
    guest = await room.signed_in("admin")
    page = (await guest.open("decisions?action=block&time=all&asn=AS64511")).text
    assert ids(page)
    chips = re.findall(r'<span class="chip"><span>(\w+)</span><b>([^<]+)</b>', page)
    assert chips == [("time", "everything kept"), ("action", "block"), ("network", "AS64511")]
    taken_off = html.unescape(re.findall(r'<a href="([^"]+)" data-chip', page)[1])
    assert "asn" not in taken_off
    assert "action=block" in taken_off


async def test_pages_older_and_newer_lead_to_and_fro(day: Day):
    room, _ = day
    guest = await room.signed_in("admin")
    first = (await guest.open("decisions?time=all&view=all")).text
    older = html.unescape(re.search(r'<a class="btn" href="/console/([^"]+)">Older', first)[1])  # type: ignore[index]
    second = (await guest.open(older)).text
    assert len(ids(first)) == 20
    assert ids(second)
    assert not set(ids(first)) & set(ids(second))
    newer = html.unescape(re.search(r'<a class="btn" href="/console/([^"]+)">Newer', second)[1])  # type: ignore[index]
    assert ids((await guest.open(newer)).text) == ids(first)


async def test_the_export_is_a_table_that_no_spreadsheet_runs(room: Room):
    await room.log_in('=HYPERLINK("http://elsewhere.example")')
    text = (await (await room.signed_in("admin")).open("decisions/export.csv?time=all")).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["user"][0] for row in rows] == ["'"]


async def test_a_blocked_journey_names_both_ends_and_what_would_change_it(day: Day):
    room, every = day
    journey = next(one for one in every if one.event.ip == ABROAD)
    assert journey.would_act == "block"
    text = html.unescape((await (await room.signed_in("analyst")).open(f"decisions/{journey.id}")).text)
    page = re.sub(r"\s+", " ", text)
    found = re.search(r"A log-in for ada from Toronto, 38 min and ([\d,]+) km after one from Porto\.", page)
    assert found is not None
    assert 5_600 < int(found[1].replace(",", "")) < 5_670
    assert "block: IMPOSSIBLE_TRAVEL 9" in page
    assert "What would change it" in page
    assert "Without" in page
    before = next(one for one in reversed(every[:-13]) if one.event.user_id == "ada" and one.event.ip != ABROAD)
    assert f"/console/decisions/{before.id}" in page


async def test_contributions_on_the_page_sum_to_the_score(day: Day):
    room, every = day
    for decision in every[-14:]:
        page = (await (await room.signed_in("analyst")).open(f"decisions/{decision.id}")).text
        parts = [float(part.replace("−", "-")) for part in re.findall(r'<span class="by">([+−][\d.]+)</span>', page)]
        assert sum(parts) == pytest.approx(decision.score / 10_000, abs=0.05 * max(1, len(parts)))


@pytest.mark.parametrize(("verdict", "kept"), [("fraud", "fraud"), ("legitimate", "legitimate"), ("unsure", "unsure")])
async def test_was_this_right_becomes_a_label(room: Room, verdict: str, kept: str):
    decision = (await room.a_day())[-1]
    guest = await room.signed_in("analyst")
    answer = await guest.post(f"decisions/{decision.id}/label", verdict=verdict)
    assert answer.status_code == 303
    dossier = await room.console.desk.decisions.one(decision.id)
    assert dossier is not None
    assert [label.verdict for label in dossier.labels] == [kept]
    assert ("analyst:the analyst", "label.add", decision.id) in room.acts()
    unjudged = await room.console.desk.decisions.search(Filters(unjudged=True), None, 500)
    assert decision.id not in {line.id for line in unjudged.lines}
    labels = await room.service.records.all("label")
    assert len(labels) == (0 if verdict == "unsure" else 1)


async def test_many_are_judged_at_once(room: Room):
    every = await room.a_day()
    guest = await room.signed_in("analyst")
    chosen = " ".join(one.id for one in every[-3:])
    answer = await guest.post("decisions/labels", verdict="fraud", ids=chosen, back="/console/decisions?action=block")
    assert answer.headers["location"] == "/console/decisions?action=block"
    page = await room.console.desk.decisions.search(Filters(types=("login",)), None, 3)
    assert [line.label for line in page.lines] == ["fraud"] * 3
    assert (await guest.post("decisions/labels", verdict="guilty", ids=chosen)).status_code == 422
