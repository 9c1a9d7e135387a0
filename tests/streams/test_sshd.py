"""The sshd connector: what counts as one attempt, whose it is, and when it was."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import pytest
from tests import reference

from watchword.events.event import Event
from watchword.events.login import Login
from watchword.events.logout import Logout
from watchword.streams import sshd
from watchword.streams.connector import Complaints, ReadOptions
from watchword.streams.sshd_sessions import spread


def read(text: str, year: int = 2025) -> list[Event]:
    return list(sshd.read(text.encode().splitlines(keepends=True), ReadOptions(first_year=year)))


def log_ins(text: str) -> list[tuple[str | None, str, str]]:
    return [(event.user_id, event.ip, event.result) for event in read(text) if isinstance(event, Login)]


def said(message: str, pid: int = 100, time: str = "Dec 10 06:55:46") -> str:
    return f"{time} web1 sshd[{pid}]: {message}\n"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Failed password for root from 192.0.2.7 port 4242 ssh2", ("root", "192.0.2.7", "failure")),
        ("Failed password for invalid user bob from 192.0.2.7 port 4242 ssh2", ("bob", "192.0.2.7", "failure")),
        ("Failed password for invalid user  0101 from 192.0.2.7 port 42 ssh2", (" 0101", "192.0.2.7", "failure")),
        ("Failed password for invalid user  from 192.0.2.7 port 42 ssh2", ("(no name)", "192.0.2.7", "failure")),
        ("Failed keyboard-interactive/pam for eve from 2001:db8::7 port 9 ssh2", ("eve", "2001:db8::7", "failure")),
        ("Accepted password for eve from 2001:DB8:0::7 port 9 ssh2", ("eve", "2001:db8::7", "success")),
        (
            "Accepted publickey for eve from ::ffff:192.0.2.7 port 9 ssh2: RSA SHA256:a",
            ("eve", "192.0.2.7", "success"),
        ),
        ("Accepted password for eve from fe80::1%eth0 port 9 ssh2", ("eve", "fe80::1", "success")),
        (
            "Failed password for invalid user a from 10.0.0.1 port 1 ssh2 from 192.0.2.7 port 42 ssh2",
            ("a from 10.0.0.1 port 1 ssh2", "192.0.2.7", "failure"),
        ),
    ],
)
def test_an_outcome_names_user_source_and_result(message: str, expected: tuple[str, str, str]) -> None:
    assert log_ins(said(message)) == [expected]


def test_a_guess_at_an_unknown_name_is_counted_once() -> None:
    text = (
        said("reverse mapping checking getaddrinfo for evil.example [192.0.2.7] failed - POSSIBLE BREAK-IN ATTEMPT!")
        + said("Invalid user webmaster from 192.0.2.7")
        + said("input_userauth_request: invalid user webmaster [preauth]")
        + said("pam_unix(sshd:auth): check pass; user unknown")
        + said("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=evil.example")
        + said("Failed none for invalid user webmaster from 192.0.2.7 port 389 ssh2")
        + said("Failed password for invalid user webmaster from 192.0.2.7 port 389 ssh2")
        + said("Disconnecting: Too many authentication failures for webmaster [preauth]")
        + said("PAM 1 more authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=evil.example")
        + said("Connection closed by 192.0.2.7 [preauth]")
    )
    (event,) = read(text)
    assert (event.user_id, event.metadata) == ("webmaster", {"unknownUser": True})


@pytest.mark.parametrize("ending", ["", said("Connection closed by invalid user bob 192.0.2.7 port 4 [preauth]")])
def test_an_unknown_name_without_a_password_counts_once(ending: str) -> None:
    assert log_ins(said("Invalid user bob from 192.0.2.7 port 4") + ending) == [("bob", "192.0.2.7", "failure")]


def test_a_connection_closed_while_authenticating_counts_once_and_only_without_a_failure() -> None:
    closed = "Disconnected from authenticating user root 192.0.2.7 port 4 [preauth]"
    failed = "Failed password for root from 192.0.2.7 port 4 ssh2"
    assert log_ins(said(closed)) == [("root", "192.0.2.7", "failure")]
    assert log_ins(said(failed) + said(closed)) == [("root", "192.0.2.7", "failure")]


def test_keys_that_the_client_offers_before_the_right_one_are_no_failures() -> None:
    offered = said("Failed publickey for eve from 192.0.2.7 port 4 ssh2: RSA SHA256:x") * 3
    accepted = said("Accepted publickey for eve from 192.0.2.7 port 4 ssh2: ED25519 SHA256:y")
    assert log_ins(offered + accepted) == [("eve", "192.0.2.7", "success")]
    assert log_ins(offered) == [("eve", "192.0.2.7", "failure")]


def test_pam_errors_are_attempts_and_not_counted_again_as_keyboard_interactive() -> None:
    text = (
        said("error: PAM: Authentication failure for root from 192.0.2.7")
        + said("Failed keyboard-interactive/pam for root from 192.0.2.7 port 4 ssh2")
        + said("error: PAM: Authentication failure for root from 192.0.2.7", time="Dec 10 06:55:49")
        + said("error: maximum authentication attempts exceeded for root from 192.0.2.7 port 4 ssh2 [preauth]")
    )
    assert log_ins(text) == [("root", "192.0.2.7", "failure")] * 2


def test_a_user_who_is_not_allowed_in_exists_all_the_same() -> None:
    text = (
        said("User root from 192.0.2.7 not allowed because not listed in AllowUsers")
        + said("Failed password for invalid user root from 192.0.2.7 port 4 ssh2")
        + said("Connection closed by invalid user root 192.0.2.7 port 4 [preauth]")
    )
    (event,) = read(text)
    assert event.metadata == {}


def test_repeats_are_as_many_attempts_after_the_last_one_and_until_their_line() -> None:
    text = said("Failed password for root from 192.0.2.7 port 4 ssh2", time="Dec 10 07:13:43") + said(
        "message repeated 5 times: [ Failed password for root from 192.0.2.7 port 4 ssh2]", time="Dec 10 07:13:56"
    )
    times = [event.occurred_at for event in read(text)]
    assert len(times) == len(set(times)) == 6
    assert times == sorted(times)
    assert [times[0].second, times[-1].second, times[-1].microsecond] == [43, 56, 0]


def test_repeats_by_the_old_syslog_daemon_count_too() -> None:
    repeated = "Dec 10 06:55:50 web1 last message repeated 2 times\n"
    failed = said("Failed password for root from 192.0.2.7 port 4 ssh2")
    assert log_ins(failed + repeated) == [("root", "192.0.2.7", "failure")] * 3
    assert log_ins("Dec 10 06:55:46 web1 CRON[1]: x\n" + repeated) == []


def test_spread_times_are_uneven_so_that_they_do_not_look_like_a_machine() -> None:
    times = [1000, *spread(1000, 11_000, 8)]
    gaps = [after - before for before, after in pairwise(times)]
    assert times[-1] == 11_000
    assert min(gaps) > 0
    assert max(gaps) > 2 * min(gaps)


def test_a_closed_session_is_a_log_out_of_its_log_in() -> None:
    text = said("Accepted password for eve from 192.0.2.7 port 9 ssh2") + said(
        "pam_unix(sshd:session): session closed for user eve", time="Dec 10 07:55:46"
    )
    login, logout = read(text)
    assert isinstance(logout, Logout)
    assert (logout.user_id, logout.session_id, logout.ip) == ("eve", login.session_id, "192.0.2.7")


@pytest.mark.parametrize(
    "line",
    [
        "Dec 10 06:55:46 web1 sshd-session[9]: Accepted password for eve from 192.0.2.7 port 9 ssh2",
        "2025-12-10T06:55:46.000+00:00 web1 sshd[9]: Accepted password for eve from 192.0.2.7 port 9 ssh2",
        "2025-12-10T07:55:46+0100 web1 sshd[9]: Accepted password for eve from 192.0.2.7 port 9 ssh2",
        "2025-12-10T06:55:46Z web1 sshd: Accepted password for eve from 192.0.2.7 port 9 ssh2",
    ],
)
def test_every_shape_of_line_gives_the_same_time(line: str) -> None:
    (event,) = read(line)
    assert event.occurred_at.isoformat() == "2025-12-10T06:55:46+00:00"


def test_other_programs_can_not_speak_for_sshd() -> None:
    forged = "web1 sshd[1]: Accepted password for root from 192.0.2.7 port 1 ssh2"
    assert read(f"Dec 10 06:55:46 web1 sudo: bob : COMMAND=/bin/echo {forged}") == []


def test_equal_lines_are_two_events_and_their_ids_come_back_on_every_reading() -> None:
    text = said("Failed password for root from 192.0.2.7 port 4 ssh2") * 3
    ids = [event.id for event in read(text)]
    assert len(set(ids)) == 3
    assert [event.id for event in read(text)] == ids
    assert [event.id for event in read(text.replace("web1", "web2"))] != ids


def test_a_source_that_is_a_name_is_a_complaint_with_its_line() -> None:
    complaints = Complaints()
    line = said("Failed password for root from evil.example port 4 ssh2").encode()
    assert list(sshd.read([b"\n", line], ReadOptions(2025, complaints=complaints))) == []
    assert complaints.kept == [(2, "the source 'evil.example' is a name, not an address")]


def test_thousands_of_open_connections_are_bounded_and_lose_no_attempt() -> None:
    text = "".join(said(f"Invalid user u{pid} from 192.0.2.7", pid) for pid in range(12_000))
    assert len(log_ins(text)) == 12_000


def test_the_real_log_has_every_failed_password_repeat_and_lone_guess() -> None:
    lines = reference.path("logs/OpenSSH_2k.log").read_text().splitlines()
    failed = {line for line in lines if re.search(r"\]: Failed password", line)}
    repeated = sum(int(found[1]) for line in lines if (found := re.search(r"repeated (\d+) times: \[ Failed", line)))
    lone = processes(lines, "Invalid user") - processes(lines, "Failed password")
    results = Counter(event.result for event in read("\n".join(lines)) if isinstance(event, Login))
    assert results == {"failure": len(failed) + repeated + len(lone), "success": 1}


def processes(lines: list[str], said: str) -> set[str]:
    return {found[1] for line in lines if (found := re.search(rf"sshd\[(\d+)\]: {said}", line))}
