"""The deployment's own keys: one for keyed hashes, numbered ones for sealing. They never enter a data backup."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from watchword.errors import ConfigurationError, SealBroken
from watchword.privacy.cipher import KEY_BYTES, Cipher

FILE_NAME = "deployment.keys"
HASH = "hash"
_HEAD = "# Watchword's deployment keys. Keep them secret, and apart from backups of the data. The last one seals.\n"
_FAN_OUT_BITS = 12


class KeyRing:
    """The deployment's keys. Purposes get keys of their own by HKDF-SHA256 (RFC 5869), so none serves two.

    `hash` is the root of keyed hashes and of the audit chain, and lives as long as the data. Sealing keys are numbered
    from 1: the highest seals, all of them open. `cipher` spreads a purpose over 4,096 derived keys by the row's first
    bits (rows are keyed hashes), so that random nonces stay safe for 2^44 sealings.
    """

    def __init__(self, root: bytes, sealing: dict[int, bytes], path: Path | None = None) -> None:
        if not sealing or any(len(key) != KEY_BYTES for key in (root, *sealing.values())):
            raise ConfigurationError("The deployment keys are one hash key and at least one sealing key of 32 bytes.")
        self._root = root
        self._sealing = dict(sorted(sealing.items()))
        self._path = path
        self._ciphers: dict[tuple[str, int, int], Cipher] = {}
        self.active = max(sealing)

    @classmethod
    def fresh(cls) -> KeyRing:
        """A new ring with random keys."""
        return cls(os.urandom(KEY_BYTES), {1: os.urandom(KEY_BYTES)})

    @classmethod
    def of(cls, master: bytes) -> KeyRing:
        """The ring that follows from one secret of 32 bytes, for deployments that keep only one."""
        if len(master) != KEY_BYTES:
            raise ConfigurationError("The deployment key is 32 bytes, in Base64.")
        return cls(_hkdf(master, HASH), {1: _hkdf(master, "sealing")})

    @classmethod
    def parse(cls, text: str) -> KeyRing:
        """The ring written in `text`: `hash:BASE64` and `NUMBER:BASE64`, one a line or separated by commas.

        One BASE64 alone is a master secret (see `of`). Raises ConfigurationError, which never repeats a key.
        """
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
        pairs = [entry.partition(":")[::2] for line in lines for entry in line.split(",") if entry.strip()]
        try:
            if len(pairs) == 1 and not pairs[0][1]:
                return cls.of(b64decode(pairs[0][0].strip(), validate=True))
            keys = {name.strip(): b64decode(key.strip(), validate=True) for name, key in pairs}
            root = keys.pop(HASH)
            return cls(root, {int(number): key for number, key in keys.items()})
        except (KeyError, ValueError, Base64Error):
            raise ConfigurationError("The deployment keys do not read as `hash:BASE64` and `NUMBER:BASE64`.") from None

    @classmethod
    def open(cls, directory: Path) -> KeyRing:
        """The ring in `directory`/deployment.keys, made there (readable by its owner only) where there is none."""
        path = directory / FILE_NAME
        try:
            ring = cls.parse(path.read_text())
        except FileNotFoundError:
            ring = cls.fresh()._create(path)
        return cls(ring._root, ring._sealing, path)

    @classmethod
    def given(cls, directory: Path, secret: str | None) -> KeyRing:
        """The ring in `secret`, as `parse` reads it, where there is one; else the one in `directory`."""
        return cls.parse(secret) if secret else cls.open(directory)

    def derive(self, purpose: str) -> bytes:
        """32 bytes for keyed hashing of one `purpose`; the same for as long as the ring lives."""
        return _hkdf(self._root, purpose)

    def cipher(self, purpose: str, row: bytes = b"", number: int | None = None) -> Cipher:
        """The cipher that seals `row` for `purpose` under sealing key `number` (default: the active one).

        A ring that was opened from its file looks there for keys that another process added. Raises SealBroken where
        it has no such key.
        """
        number = self.active if number is None else number
        slot = int.from_bytes(row[:2], "big") >> (16 - _FAN_OUT_BITS)
        cipher = self._ciphers.get((purpose, slot, number))
        return cipher or self._derive_cipher(purpose, slot, number)

    def rotated(self) -> KeyRing:
        """This ring with a new active sealing key; the older ones still open what they sealed."""
        return KeyRing(self._root, self._sealing | {self.active + 1: os.urandom(KEY_BYTES)}, self._path)

    def save(self, directory: Path) -> None:
        """Replaces `directory`/deployment.keys by this ring, whole or not at all."""
        beside = directory / f"{FILE_NAME}.new"
        beside.unlink(missing_ok=True)
        self._write(beside)
        beside.replace(directory / FILE_NAME)
        _sync(directory)

    def _derive_cipher(self, purpose: str, slot: int, number: int) -> Cipher:
        if number not in self._sealing and self._path:
            self._sealing = KeyRing.parse(self._path.read_text())._sealing
        if number not in self._sealing:
            raise SealBroken(f"The key ring has no sealing key {number}.")
        cipher = Cipher(_hkdf(self._sealing[number], f"{purpose}/{slot}"))
        self._ciphers[purpose, slot, number] = cipher
        return cipher

    def _create(self, path: Path) -> KeyRing:
        beside = path.with_name(f"{path.name}.{os.urandom(8).hex()}")
        self._write(beside)
        try:
            os.link(beside, path)
        except FileExistsError:
            return KeyRing.parse(path.read_text())
        finally:
            beside.unlink()
        _sync(path.parent)
        return self

    def _write(self, path: Path) -> None:
        keys = {HASH: self._root} | {str(number): key for number, key in self._sealing.items()}
        lines = "".join(f"{name}:{b64encode(key).decode()}\n" for name, key in keys.items())
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(_HEAD + lines)
            file.flush()
            os.fsync(file.fileno())


def _hkdf(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"watchword/{purpose}".encode()).derive(key)


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
