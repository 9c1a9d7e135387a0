"""Rules, settings, lists and keys are changed from the console, live at once, with reason and history."""

from __future__ import annotations

import pytest
from tests.web.console.room import ABROAD, HOSTED, Room

RULE = {
    "name": "hosted",
    "sentence": "From a datacentre.",
    "when": "type == 'login' && hosting",
    "does": "verify",
    "mode": "live",
}


async def test_a_rule_that_is_saved_decides_the_next_event(room: Room):
    guest = await room.signed_in("admin")
    assert (await room.log_in("bob", HOSTED)).would_act != "verify"
    answer = await guest.post("policies/save", **RULE)
    assert answer.headers["location"] == "/console/policies?rule=hosted"
    assert (await room.log_in("bob", HOSTED)).would_act == "verify"
    page = (await guest.open("policies?rule=hosted")).text
    live = sum(rule.mode == "live" for rule in room.service.governance.settings.policies)
    assert f"{live} rules live" in page
    assert "type == &#39;login&#39;" in page
    await guest.post("policies/hosted/remove")
    assert (await room.log_in("bob", HOSTED)).would_act != "verify"


async def test_a_wrong_rule_is_refused_with_line_and_column(room: Room):
    guest = await room.signed_in("admin")
    wrong = RULE | {"when": "type == 'login' &&\n  hosted"}
    found = (await guest.post("policies/check", **wrong)).json()
    assert (found["ok"], found["line"], found["column"]) == (False, 2, 3)
    assert (await guest.post("policies/save", **wrong)).status_code == 422
    assert (await guest.post("policies/check", **RULE)).json()["ok"] is True
    assert (await guest.post("policies/check", **RULE | {"name": "Not A Name"})).json()["ok"] is False
    assert (await guest.post("policies/check", **RULE | {"does": "change", "change": "much"})).json()["ok"] is False


async def test_a_rule_is_tried_on_what_was_decided(room: Room):
    decisions = await room.a_day()
    guest = await room.signed_in("analyst")
    hosted = [one for one in decisions if one.event.ip == HOSTED]
    mild = [one for one in hosted if one.would_act in ("allow", "monitor")]
    page = (await guest.post("policies/test", **RULE)).text
    assert mild
    assert f"Would have changed {len(mild)} of {len(decisions)} decisions." in page
    assert f"Matched {len(hosted)} of {len(decisions)}." in page
    unknown = (await guest.post("policies/test", **RULE | {"when": "failed_1h > 3"})).text
    assert "failed_1h, which past decisions do not hold" in unknown
    assert (await room.log_in("bob", HOSTED)).would_act != "verify"


async def test_settings_change_with_a_reason_and_go_back(room: Room):
    guest = await room.signed_in("admin")
    fields = {
        "has.verificationThreshold": "1",
        "verificationThreshold": "45",
        "has.velocityThresholds.maxLoginsPerHour": "1",
        "velocityThresholds.maxLoginsPerHour": "40",
        "has.debugMode": "1",
    }
    assert (await guest.post("settings", **fields)).status_code == 422
    assert (await guest.post("settings", **fields, reason="a quiet month")).status_code == 303
    settings = room.service.governance.settings
    assert settings.verification_threshold == 45
    assert settings.velocity_thresholds.max_logins_per_hour == 40
    assert settings.debug_mode is False
    history = await room.console.desk.settings.history(10)
    assert history[0].reason == "a quiet month"
    assert set(history[0].changes) == {
        ("velocityThresholds.maxLoginsPerHour", "30", "40"),
        ("verificationThreshold", "60.0", "45.0"),
    }
    page = (await guest.open("settings")).text
    assert "a quiet month" in page
    await guest.post("settings/roll-back", version="0")
    assert room.service.governance.settings.verification_threshold == 60


@pytest.mark.parametrize(
    "fields",
    [
        {"has.verificationThreshold": "1", "verificationThreshold": "90"},
        {"has.mode": "1", "mode": "sleep"},
        {"has.retentionDays": "1", "retentionDays": "many"},
        {"has.retentionDays": "1", "retentionDays": "0"},
    ],
)
async def test_settings_that_do_not_hold_are_refused(room: Room, fields: dict[str, str]):
    before = room.service.governance.version
    answer = await (await room.signed_in("admin")).post("settings", **fields, reason="try")
    assert answer.status_code == 422
    assert room.service.governance.version == before


async def test_a_list_entry_acts_until_it_is_removed(room: Room):
    guest = await room.signed_in("analyst")
    await guest.post("settings/lists", kind="ip", value=ABROAD, action="block", ends="1h", reason="seen before")
    assert (await room.log_in("bob", ABROAD)).would_act == "block"
    entry = room.service.governance.entries[0]
    assert (entry.by, entry.reason) == ("analyst:the analyst", "seen before")
    assert entry.until_ms == entry.since_ms + 3_600_000
    assert "seen before" in (await guest.open("settings")).text
    await guest.post(f"settings/lists/{entry.id}/remove")
    assert (await room.log_in("carol", ABROAD)).would_act != "block"
    assert (await guest.post("settings/lists", kind="ip", value="everywhere", action="block")).status_code == 422


async def test_a_key_is_made_shown_once_and_revoked(room: Room):
    guest = await room.signed_in("admin")
    page = (await guest.post("settings/keys", name="night-batch", role="viewer")).text
    secret = page.split('class="secret">')[1].split("<")[0]
    found = room.service.keys.find(secret)
    assert found is not None
    assert found.role == "viewer"
    assert secret not in (await guest.open("settings")).text
    await guest.post(f"settings/keys/{found.id}/revoke")
    assert room.service.keys.find(secret) is None
    own = room.service.keys.find(room.keys["admin"])
    assert own is not None
    assert (await guest.post(f"settings/keys/{own.id}/revoke")).status_code == 403


async def test_a_profile_is_cleared_with_a_reason(room: Room):
    await room.a_day()
    guest = await room.signed_in("analyst")
    assert "34 log-ins" in (await guest.open("users/ada")).text.replace("32 log-ins", "34 log-ins")
    assert (await guest.post("clear/users/ada")).status_code == 422
    await guest.post("clear/users/ada", reason="taken over")
    about = await room.console.desk.people.one("ada")
    assert about is not None
    assert about.logins == 0
    assert about.timeline
    assert ("analyst:the analyst", "profile.clear", "user:ada") in room.acts()
