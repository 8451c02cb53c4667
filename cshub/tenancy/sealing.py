"""Secrets of a tenant that have to be read again, encrypted where they lie. Ciphers are imported where one is used: they take 7 MB of each process."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from django.conf import settings

from cshub.tenancy.signing import pepper

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class Unreadable(ValueError):
    """What was sealed cannot be opened: another tenant's, another purpose's, or SECRET_KEY was changed without a fallback."""


def seal(plain: str, *, purpose: str) -> str:
    """Encrypt for the active tenant and one purpose, with keys derived from SECRET_KEY. Nothing stays nothing."""
    return _keys(purpose).encrypt(plain.encode()).decode() if plain else ""


def unseal(sealed: str, *, purpose: str) -> str:
    """What was sealed. Keys of SECRET_KEY_FALLBACKS still open. Raises Unreadable."""
    if not sealed:
        return ""
    from cryptography.fernet import InvalidToken

    try:
        return _keys(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable(f"A secret for {purpose} cannot be opened with this SECRET_KEY.") from error


def _keys(purpose: str) -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    info = f"cshub.{purpose}.{pepper()}".encode()
    return MultiFernet(
        [
            Fernet(
                base64.urlsafe_b64encode(
                    HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(str(secret).encode())
                )
            )
            for secret in secrets
        ]
    )
