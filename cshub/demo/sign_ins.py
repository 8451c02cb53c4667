"""Who can sign in to the demo; nothing else, so that a start of the product need not load the simulation."""

PASSWORD = "proactive-demo"  # noqa: S105  # printed for everybody who tries the demo
MAIL = "demo.example"
STAFF = (("ada", "Ada Nowak"), ("ben", "Ben Haddad"), ("cleo", "Cleo Lindgren"), ("dario", "Dario Conti"))
MANAGERS = (("grace", "Grace Okafor"), ("nora", "Nora Lindgren"))


def sign_ins() -> list[tuple[str, str, str]]:
    """E-mail, password and part of the people of the simulated company."""
    rows = [(f"{first}@{MAIL}", PASSWORD, "CSM") for first, _name in STAFF]
    rows += [(f"{first}@{MAIL}", PASSWORD, "manager") for first, _name in MANAGERS]
    return [*rows, (f"finn@{MAIL}", PASSWORD, "finance")]
