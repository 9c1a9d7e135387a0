"""Fingerprint, face or security key: WebAuthn (W3C Web Authentication Level 3), by the person's own device.

User verification is demanded, so that holding the device is not enough. The library takes 0.2 s to load, which only
those pay who use it.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from watchword.actions.challenges import WRONG, Asked, Challenge, Draw, Enrolling, Flow, Held, Result, Told
from watchword.errors import InvalidInput

HEX = "0123456789abcdef"
NONCE_CHARACTERS = 64


def ask(asked: Asked) -> Flow:
    """Shows the options for `navigator.credentials.get`."""
    from webauthn import generate_authentication_options
    from webauthn.helpers.structs import UserVerificationRequirement

    nonce = yield Draw(NONCE_CHARACTERS, HEX)
    options = generate_authentication_options(
        rp_id=_rp_id(asked),
        challenge=bytes.fromhex(nonce),
        allow_credentials=_descriptors(asked.held),
        user_verification=UserVerificationRequirement.REQUIRED,
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
    from webauthn import generate_registration_options
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    nonce = yield Draw(NONCE_CHARACTERS, HEX)
    options = generate_registration_options(
        rp_id=_rp_id(asked),
        rp_name=asked.site.name,
        user_name=asked.user_id,
        user_id=sha256(asked.user_id.encode()).digest(),
        challenge=bytes.fromhex(nonce),
        exclude_credentials=_descriptors(asked.held),
        authenticator_selection=AuthenticatorSelectionCriteria(
            user_verification=UserVerificationRequirement.REQUIRED, resident_key=ResidentKeyRequirement.PREFERRED
        ),
    )
    return Result(shown={"options": _plain(options)}, kept={"nonce": nonce, "new": True}, secret={})


def _registered(asked: Asked, kept: dict[str, Any], credential: dict[str, Any]) -> Result:
    from webauthn import verify_registration_response
    from webauthn.helpers import bytes_to_base64url

    verified = verify_registration_response(
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
    from webauthn import verify_authentication_response
    from webauthn.helpers import base64url_to_bytes

    held = {one.secret["credential"]: one for one in asked.held}[credential["id"]]
    verified = verify_authentication_response(
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


def _descriptors(held: tuple[Held, ...]) -> list[Any]:
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    named = [one.secret["credential"] for one in held if "credential" in one.secret]
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(name)) for name in named]


def _plain(options: Any) -> dict[str, Any]:
    from webauthn import options_to_json

    return dict(msgspec.json.decode(options_to_json(options)))


challenge = Challenge(name="biometric", label="Fingerprint, face or security key", ask=ask, check=check, enrol=enrol)
