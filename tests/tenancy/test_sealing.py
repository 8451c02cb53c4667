"""Sealed secrets open for their tenant and purpose alone."""

import pytest

from cshub.tenancy.sealing import Unreadable, seal, unseal


def test_a_secret_opens_again_and_lies_encrypted(acme):
    sealed = seal("pässword", purpose="connectors")
    assert "pässword" not in sealed
    assert unseal(sealed, purpose="connectors") == "pässword"
    assert (seal("", purpose="connectors"), unseal("", purpose="connectors")) == ("", "")


def test_another_purpose_and_another_tenant_cannot_open_it(acme, inside):
    sealed = seal("secret", purpose="connectors")
    with pytest.raises(Unreadable):
        unseal(sealed, purpose="webhooks")
    with inside("globex"), pytest.raises(Unreadable):
        unseal(sealed, purpose="connectors")


def test_a_former_key_still_opens(acme, settings):
    sealed = seal("secret", purpose="connectors")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a new key for the same house"
    assert unseal(sealed, purpose="connectors") == "secret"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(Unreadable):
        unseal(sealed, purpose="connectors")
