"""One session, followed: what changes is seen, what has the focus stays, and what is done by hand takes effect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.browser.conftest import Served, Tab, tab

from watchword.sessions.records import Opening, Transaction

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def desk(chromium: Any, still: Served) -> Iterator[Tab]:
    shown = tab(chromium, still)
    yield shown
    assert shown.wrong == []
    shown.page.context.close()


def opened(served: Served, user: str, session_id: str) -> Any:
    """The claim of a new session."""
    sessions = served.town.deployment.sessions
    served.run(sessions.open(Opening(user_id=user, session_id=session_id, method="pin")))
    return served.run(sessions.claim(session_id, user))


def raised(served: Served, claim: Any, number: int) -> None:
    """A large transaction."""
    served.run(served.town.deployment.sessions.context(claim, Transaction(id=f"t{number}", amount=6_000)))


def noted(served: Served, act: str) -> list[Any]:
    entries = served.run(served.town.deployment.ledger.entries(None, 200))
    return [one.act for one in entries if one.act.act == act]


def test_what_happens_is_seen_while_focus_and_scroll_stay(desk: Tab):
    claim = opened(desk.served, "f.amsel", "s-live")
    desk.page.set_viewport_size({"width": 1280, "height": 500})
    desk.open("sessions/s-live")
    word, page = desk.page.locator(".verdict .word"), desk.page
    assert word.inner_text() == "Normal"
    page.get_by_role("button", name="End session").click()
    page.keyboard.type("half a reason")
    page.evaluate("scrollTo(0, 120)")
    for number, (risk, said) in enumerate(
        (("0.20", "Normal"), ("0.40", "Normal"), ("0.60", "Watched"), ("0.80", "MPIN asked"))
    ):
        raised(desk.served, claim, number)
        page.locator(".scale .at", has_text=risk).wait_for()
        assert word.inner_text() == said
        assert page.evaluate("document.activeElement.id") == "e-why"
    assert page.input_value("#e-why") == "half a reason"
    assert page.evaluate("scrollY") == 120
    assert page.locator("#told").inner_text() == "MPIN asked"
    assert page.locator(".session-steps .wf-row:not(.total):not(.wf-head)").count() == 4
    assert "up to 0.80" in (page.locator("#risk").get_attribute("aria-label") or "")
    raised(desk.served, claim, 9)
    page.locator(".verdict.block .word", has_text="Blocked").wait_for()
    page.wait_for_function("!document.querySelector('dialog[open], [data-act]')")


def test_a_session_is_ended_by_hand_with_a_reason(desk: Tab):
    claim = opened(desk.served, "y.marchand", "s-end")
    desk.open("sessions/s-end")
    desk.page.get_by_role("button", name="End session").press("Enter")
    desk.page.keyboard.type("the customer called")
    desk.page.keyboard.press("Enter")
    desk.page.locator(".verdict .word", has_text="Ended by hand").wait_for()
    state = desk.served.run(desk.served.town.deployment.sessions.state("s-end", claim.user_id))
    assert state.end == "by_hand"
    (act,) = noted(desk.served, "session.end")
    assert (act.subject, act.particulars) == ("user:y.marchand", {"session": "s-end", "reason": "the customer called"})


def test_a_person_is_asked_for_another_factor(desk: Tab):
    opened(desk.served, "marek.n", "s-ask")
    desk.open("sessions/s-ask")
    desk.page.get_by_role("button", name="Ask for another factor").click()
    desk.page.fill("#a-why", "an odd call")
    desk.page.locator("#ask .primary").click()
    desk.page.locator(".verdict .word", has_text="MPIN asked").wait_for()
    assert desk.page.locator(".session-steps h3", has_text="Asked for by hand").count() == 1
    assert noted(desk.served, "session.ask")[0].particulars["reason"] == "an odd call"


def test_a_session_id_of_several_users_leads_to_a_choice(desk: Tab):
    desk.open("sessions/exam-42")
    assert desk.page.locator("tbody .u").all_inner_texts() == ["marek.n", "lena.vogt"]
    desk.page.locator("tbody tr", has_text="lena.vogt").click()
    assert desk.at("sessions/exam-42?user=lena.vogt")


def test_the_list_follows_what_happens(desk: Tab):
    desk.open("sessions?view=asked")
    before = desk.page.locator("tbody tr").count()
    desk.page.mouse.move(0, 0)
    claim = opened(desk.served, "d.moreau", "s-list")
    for number in range(4):
        raised(desk.served, claim, number)
    desk.page.locator("tbody tr", has_text="d.moreau").wait_for()
    assert desk.page.locator("tbody tr").count() == before + 1
    desk.page.keyboard.press("j")
    desk.page.keyboard.press("Enter")
    assert desk.at("sessions/s-list?user=d.moreau")


def test_pages_lead_to_one_another(desk: Tab):
    desk.open("users/ines.duarte")
    desk.page.locator(".sessions-of a", has_text="23:50").click()
    assert desk.at("sessions/s-20389?user=ines.duarte")
    assert desk.page.locator(".feat li").count() >= 6
    decision = desk.served.decision("DIFFERENT_RHYTHM")
    desk.open(f"decisions/{decision}")
    assert "The owner typed it" in desk.page.locator(".panel", has_text="How the form was filled in").inner_text()


def test_somebody_who_takes_over_is_noticed_while_one_looks(chromium: Any, running: Served):
    shown = tab(chromium, running)
    shown.open("sessions/s-20500")
    shown.page.locator(".verdict .word", has_text="Normal").wait_for()
    shown.page.locator("#part-acting", has_text="Owner acting").wait_for(timeout=150_000)
    shown.page.locator(".verdict.verify, .verdict.block").first.wait_for(timeout=150_000)
    assert "unlike ines.duarte" in shown.page.locator(".verdict .why").inner_text()
    assert shown.wrong == []
    shown.page.context.close()
