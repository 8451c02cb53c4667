"""The tenant's own secret, under everything that is signed for a person."""


def pepper() -> str:
    """The pepper of the active tenant."""
    try:
        from cshub.tenancy.signing import pepper as of_tenant
    except ImportError:
        return ""
    return str(of_tenant())
