"""Fingerprint, face or security key: WebAuthn (W3C Web Authentication Level 3), by the person's own device.

User verification is demanded, so that holding the device is not enough.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec
import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from watchword.actions.challenges import WRONG, Asked, Challenge, Draw, Enrolling, Flow, Held, Result, Told
from watchword.errors import InvalidInput

HEX = "0123456789abcdef"
NONCE_CHARACTERS = 64
REQUIRED = UserVerificationRequirement.REQUIRED


def ask(asked: Asked) -> Flow:
    """Shows the options for `navigator.credentials.get`."""
    nonce = yield Draw(NONCE_CHARACTERS, HEX)
    options = webauthn.generate_authentication_options(
        rp_id=_rp_id(asked),
        challenge=bytes.fromhex(nonce),
        allow_credentials=_descriptors(asked.held),
        user_verification=REQUIRED,
    )
    return Result(shown={"options": _plain(options)}, kept={"nonce": nonce})


def check(asked: Asked, kept: dict[str, Any], told: Told) -> Flow:
    """Verifies an assertion, or, while enrolling, the attestation of a new credential."""
    yield from ()
    if told.credential is None:
        raise InvalidInput("This challenge is answered by a `credential`.", "credential")
    try:
        return _registered(asked, kept, told.credential) if kept.get("new") else _asserted(asked, kept, told.credential)
    except Exception:  # the edge: a library reads whatever a client sent
        return WRONG


def enrol(asked: Asked, enrolling: Enrolling) -> Flow:
    """Shows the options for `navigator.credentials.create`."""
    nonce = yield Draw(NONCE_CHARACTERS, HEX)
    options = webauthn.generate_registration_options(
        rp_id=_rp_id(asked),
        rp_name=asked.site.name,
        user_name=asked.user_id,
        user_id=sha256(asked.user_id.encode()).digest(),
        challenge=bytes.fromhex(nonce),
        exclude_credentials=_descriptors(asked.held),
        authenticator_selection=AuthenticatorSelectionCriteria(
            user_verification=REQUIRED, resident_key=ResidentKeyRequirement.PREFERRED
        ),
    )
    return Result(shown={"options": _plain(options)}, kept={"nonce": nonce, "new": True}, secret={})


def _registered(asked: Asked, kept: dict[str, Any], credential: dict[str, Any]) -> Result:
    verified = webauthn.verify_registration_response(
        credential=credential,
        expected_challenge=bytes.fromhex(kept["nonce"]),
        expected_rp_id=_rp_id(asked),
        expected_origin=list(asked.site.origins),
        require_user_verification=True,
    )
    known = {one.secret.get("credential") for one in asked.held}
    name = bytes_to_base64url(verified.credential_id)
    if name in known:
        return WRONG
    key = bytes_to_base64url(verified.credential_public_key)
    return Result(right=True, secret={"credential": name, "key": key, "count": verified.sign_count})


def _asserted(asked: Asked, kept: dict[str, Any], credential: dict[str, Any]) -> Result:
    held = {one.secret["credential"]: one for one in asked.held}[credential["id"]]
    verified = webauthn.verify_authentication_response(
        credential=credential,
        expected_challenge=bytes.fromhex(kept["nonce"]),
        expected_rp_id=_rp_id(asked),
        expected_origin=list(asked.site.origins),
        credential_public_key=base64url_to_bytes(held.secret["key"]),
        credential_current_sign_count=held.secret["count"],
        require_user_verification=True,
    )
    return Result(right=True, factor=held.id, secret=held.secret | {"count": verified.new_sign_count})


def _rp_id(asked: Asked) -> str:
    if asked.site.rp_id is None:
        raise InvalidInput("Set WATCHWORD_WEBAUTHN_ORIGINS to the origins of your pages before asking for WebAuthn.")
    return asked.site.rp_id


def _descriptors(held: tuple[Held, ...]) -> list[PublicKeyCredentialDescriptor]:
    named = [one.secret["credential"] for one in held if "credential" in one.secret]
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(name)) for name in named]


def _plain(options: Any) -> dict[str, Any]:
    return dict(msgspec.json.decode(webauthn.options_to_json(options)))


challenge = Challenge(name="biometric", label="Fingerprint, face or security key", ask=ask, check=check, enrol=enrol)
