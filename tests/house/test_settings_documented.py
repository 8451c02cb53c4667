"""Every setting is documented once, with its default, and an unknown one is refused."""

import re

import pytest
from django.core.exceptions import ImproperlyConfigured

from cshub.environment import BASE_DIR, VARIABLES, environment

BESIDES = {"DATABASE_URL": "", "SECRET_KEY": ""}


def documented() -> list[tuple[str, str, str]]:
    """(name, value, comment before it) of each line of the example."""
    lines = (BASE_DIR / ".env.example").read_text().splitlines()
    return [
        (*line.partition("=")[::2], lines[number - 1])
        for number, line in enumerate(lines)
        if re.match(r"[A-Z_]+=", line)
    ]


def test_the_example_lists_each_setting_once_with_its_default():
    listed = [(name, value) for name, value, _ in documented()]
    assert sorted(listed) == sorted((VARIABLES | BESIDES).items())


def test_each_setting_is_explained():
    assert not [name for name, _, before in documented() if not before.startswith("# ")]


def test_code_reads_no_setting_that_is_not_listed():
    sources = [
        path
        for package in ("cshub", "accounts", "health", "playbooks", "reports")
        for path in (BASE_DIR / package).rglob("*.py")
    ]
    named = {name for path in sources for name in re.findall(r"\bCSHUB_[A-Z_]+\b", path.read_text())}
    assert named - set(VARIABLES) == set()


def test_an_unknown_setting_names_its_nearest_relative(monkeypatch):
    monkeypatch.setenv("CSHUB_PROT", "8001")
    with pytest.raises(ImproperlyConfigured, match=r"Unknown setting CSHUB_PROT\. Did you mean CSHUB_PORT\?"):
        environment()


def test_an_empty_setting_means_its_default(monkeypatch):
    monkeypatch.setenv("CSHUB_PORT", "")
    assert environment()["CSHUB_PORT"] == "8000"
