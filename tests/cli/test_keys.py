"""`watchword keys`, `privacy` and `audit`, as a person or a script runs them."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.privacy.canary import files, search

from watchword.bootstrap import open_engine
from watchword.privacy.api_keys import ApiKeys
from watchword.privacy.keyring import KeyRing

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path):
    def run(*words, code=0, **environment):
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("WATCHWORD_", "FRAUD_"))}
        done = subprocess.run(
            [sys.executable, "-c", "from watchword.cli import main; main()", *words],
            capture_output=True, text=True, cwd=ROOT, check=False,
            env=variables | {"WATCHWORD_DATA_DIR": str(tmp_path / "data")} | environment,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return done

    return run


def find(tmp_path, secret):
    keys = ApiKeys(tmp_path / "data" / "keys.db", KeyRing.open(tmp_path / "data"))
    found = keys.find(secret)
    keys.close()
    return found


def test_the_key_stands_alone_on_the_last_line(run, tmp_path):
    secret = run("keys", "create", "shop", "--role", "service", "--machine").stdout.splitlines()[-1]
    found = find(tmp_path, secret)
    assert (found.name, found.role, found.machine) == ("shop", "service", True)
    assert search(files(tmp_path / "data"), [secret, secret.split("_", 2)[2]]) == []


def test_keys_are_listed_without_secrets_rotated_and_revoked(run, tmp_path):
    old = json.loads(run("keys", "create", "ann", "--role", "admin", "--json").stdout)["key"]
    new = run("keys", "rotate", "ann").stdout.splitlines()[-1]
    assert find(tmp_path, old) and find(tmp_path, new)
    run("keys", "revoke", "ann")
    listed = json.loads(run("keys", "list", "--json").stdout)["keys"]
    assert [(key["name"], key["role"], key["machine"]) for key in listed] == [("ann", "admin", False)] * 2
    assert all(key["revoked"] for key in listed)
    shown = run("keys", "list").stdout
    assert old.split("_", 2)[2] not in shown and new.split("_", 2)[2] not in shown
    assert find(tmp_path, new) is None


def test_a_wrong_role_name_or_key_is_refused_by_name(run):
    assert "viewer" in run("keys", "create", "x", "--role", "king", code=2).stderr
    run("keys", "create", "x", "--role", "viewer")
    assert "'x'" in run("keys", "create", "x", "--role", "viewer", code=2).stderr
    assert "'y'" in run("keys", "revoke", "y", code=2).stderr


async def _login(directory):
    event = {"id": "1", "type": "login", "userId": "ann", "ip": "203.0.113.7", "result": "success"}
    async with open_engine(directory) as engine:
        await engine.assess(event | {"occurredAt": datetime.now(UTC).isoformat()})


async def test_a_person_is_exported_and_erased_and_the_chain_says_so(run, tmp_path):
    await _login(tmp_path / "data")
    exported = json.loads(run("privacy", "export", "ann").stdout)
    assert exported["decisions"][0]["event"]["user_id"] == "ann"
    whole = json.loads(run("audit", "verify", "--json").stdout)
    assert whole["whole"] and whole["unlinkable"] == 0
    erased = json.loads(run("privacy", "erase", "ann", "--yes", "--json").stdout)
    assert erased["erasedBefore"] > 0
    assert json.loads(run("privacy", "export", "ann").stdout)["decisions"] == []
    after = json.loads(run("audit", "verify", "--json").stdout)
    assert after["whole"] and after["unlinkable"] >= 2
    assert "The chain is whole" in run("audit", "verify").stdout


async def test_a_broken_chain_is_named_and_the_exit_code_says_no(run, tmp_path):
    from tests.stores import raw

    await _login(tmp_path / "data")
    raw.change(tmp_path / "data", "update decision set score=1")
    assert "Broken at entry 1" in run("audit", "verify", code=1).stdout
    assert json.loads(run("audit", "verify", "--json", code=1).stdout)["broken"] == 1


async def test_a_renewed_ring_opens_what_was_and_seals_what_comes(run, tmp_path):
    await _login(tmp_path / "data")
    secret = run("keys", "create", "x", "--role", "viewer").stdout.splitlines()[-1]
    before = (tmp_path / "data" / "deployment.keys").read_text().splitlines()
    assert "2 is in use" in run("keys", "renew-ring").stdout
    after = (tmp_path / "data" / "deployment.keys").read_text().splitlines()
    assert after[: len(before)] == before and len(after) == len(before) + 1
    assert find(tmp_path, secret).name == "x"
    assert len(json.loads(run("privacy", "export", "ann").stdout)["decisions"]) == 1
    assert json.loads(run("audit", "verify", "--json").stdout)["unlinkable"] == 0


def test_the_ring_may_come_from_the_environment(run, tmp_path):
    ring = "hash:" + "A" * 43 + "=,1:" + "B" * 43 + "="
    run("keys", "create", "x", "--role", "viewer", WATCHWORD_DEPLOYMENT_KEY=ring)
    assert not (tmp_path / "data" / "deployment.keys").exists()
    refused = run("keys", "list", code=2, WATCHWORD_DEPLOYMENT_KEY="nonsense!")
    assert "deployment key" in refused.stderr and "nonsense" not in refused.stderr + refused.stdout
    assert "not those" in run("audit", "verify", code=2).stderr
