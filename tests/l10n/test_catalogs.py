"""Message catalogs compile on a machine without gettext."""

import gettext
from pathlib import Path

from cshub.l10n import catalogs

ENTRY = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Inbox"\nmsgstr "صندوق کار"\n'


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
