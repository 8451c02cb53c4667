"""Secrets of a tenant that have to be read again, encrypted where they lie."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from cshub.tenancy.signing import pepper


class Unreadable(ValueError):
    """What was sealed cannot be opened: another tenant's, another purpose's, or SECRET_KEY was changed without a fallback."""


def seal(plain: str, *, purpose: str) -> str:
    """Encrypt for the active tenant and one purpose, with keys derived from SECRET_KEY. Nothing stays nothing."""
    return _keys(purpose).encrypt(plain.encode()).decode() if plain else ""


def unseal(sealed: str, *, purpose: str) -> str:
    """What was sealed. Keys of SECRET_KEY_FALLBACKS still open. Raises Unreadable."""
    if not sealed:
        return ""
    try:
        return _keys(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable(f"A secret for {purpose} cannot be opened with this SECRET_KEY.") from error


def _keys(purpose: str) -> MultiFernet:
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
