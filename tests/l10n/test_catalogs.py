"""The catalogs compile without gettext, say every text in every language, and keep its placeholders."""

import gettext
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from shutil import copytree

import pytest
from babel.messages.catalog import Catalog, Message
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

from cshub.l10n import catalogs
from cshub.l10n.management.commands.collect_messages import FOLDERS

LANGUAGES = ("pl", "ru", "fa")
LOCALE = Path(settings.BASE_DIR) / "locale"
ENTRY = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Inbox"\nmsgstr "صندوق کار"\n'
REMEDY = "Run manage.py collect_messages and translate what is open; see docs/translating.md."
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|</?[a-z][^>]*>")


@cache
def catalog_of(language: str) -> Catalog:
    return catalogs.read(LOCALE / language / "LC_MESSAGES" / "django.po")


@cache
def collected() -> Catalog:
    return catalogs.collect(Path(settings.BASE_DIR), FOLDERS)


def forms(message: Message) -> Iterator[tuple[str, list[str]]]:
    """(translated form, texts it may stand for): the form of one may leave the count out where English does."""
    if isinstance(message.id, str):
        yield str(message.string), [message.id]
    else:
        for text in message.string or ():
            yield text, [str(text) for text in message.id]


def placeholders(text: str) -> Counter[str]:
    return Counter(PLACEHOLDER.findall(text))


def bare_percents(text: str) -> list[str]:
    """Per cent signs that would break the formatting of a text with placeholders."""
    return re.findall(r"%", re.sub(r"%%|%\(\w+\)[sd]", "", text))


def ends(text: str) -> tuple[bool, bool]:
    """Whether it begins and ends with a space, because it stands between other words."""
    return text[:1].isspace(), text[-1:].isspace()


def is_sentence(text: str) -> bool:
    return text.endswith(".") and " " in text


def test_a_catalog_is_compiled_once_and_again_when_it_changes(tmp_path: Path) -> None:
    source = tmp_path / "fa" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(ENTRY)
    assert catalogs.compile_all([tmp_path]) == 1
    assert catalogs.compile_all([tmp_path]) == 0
    with source.with_suffix(".mo").open("rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("Inbox") == "صندوق کار"
    source.with_suffix(".mo").unlink()
    assert catalogs.compile_all([tmp_path]) == 1


def test_every_language_compiles_and_counts_by_its_own_rules(tmp_path: Path) -> None:
    for language in LANGUAGES:
        copytree(LOCALE / language, tmp_path / language, ignore=lambda _folder, names: [n for n in names if ".mo" in n])
    assert catalogs.compile_all([tmp_path]) == len(LANGUAGES)
    spoken = {}
    for language in LANGUAGES:
        with (tmp_path / language / "LC_MESSAGES" / "django.mo").open("rb") as compiled:
            words = gettext.GNUTranslations(compiled)
        spoken[language] = [
            words.ngettext("%(count)s month", "%(count)s months", n) % {"count": n} for n in (1, 2, 5, 22)
        ]
    assert spoken == {
        "pl": ["1 miesiąc", "2 miesiące", "5 miesięcy", "22 miesiące"],
        "ru": ["1 месяц", "2 месяца", "5 месяцев", "22 месяца"],
        "fa": ["1 ماه", "2 ماه", "5 ماه", "22 ماه"],
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_code_and_templates_is_translated(language: str) -> None:
    source = LOCALE / language / "LC_MESSAGES" / "django.po"
    assert catalogs.unfinished(source, collected()) == [], REMEDY


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_and_tags_survive_translation(language: str) -> None:
    broken = [
        text
        for message in catalog_of(language)
        if message.id
        for text, originals in forms(message)
        if text and placeholders(text) not in [placeholders(original) for original in originals]
    ]
    assert broken == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_formatted_text_doubles_its_per_cent_signs(language: str) -> None:
    formatted = [
        text
        for message in catalog_of(language)
        if message.id
        for text, originals in forms(message)
        if re.search(r"%%|%\(", originals[-1]) and bare_percents(text)
    ]
    assert formatted == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_stays_a_sentence(language: str) -> None:
    changed = [
        text
        for message in catalog_of(language)
        if message.id
        for text, originals in forms(message)
        if text
        and (ends(text) != ends(originals[0]) or (is_sentence(originals[0]) and not text.endswith(".")) or "!" in text)
    ]
    assert changed == []


def test_the_check_names_what_is_open(tmp_path: Path) -> None:
    copytree(LOCALE, tmp_path / "locale")
    source = tmp_path / "locale" / "pl" / "LC_MESSAGES" / "django.po"
    source.write_text(source.read_text().replace('msgid "Inbox"\nmsgstr "Skrzynka"', 'msgid "Inbox"\nmsgstr ""'))
    before = source.read_bytes()
    with (
        override_settings(LOCALE_PATHS=[tmp_path / "locale"]),
        pytest.raises(CommandError, match="pl: untranslated: Inbox"),
    ):
        call_command("collect_messages", check=True)
    assert source.read_bytes() == before
    source.write_text(re.sub(r'\nmsgid "Inbox"\nmsgstr ".*"\n', "\n", source.read_text()))
    assert "not collected: Inbox" in catalogs.unfinished(source, collected())
