"""Typefaces are cut once, hold the letters of our languages, and stay small."""

from pathlib import Path

from django.conf import settings
from fontTools.ttLib import TTFont

from cshub.web import assets

CYRILLIC = next(face for face in assets.TYPEFACES if face.name == "inter-cyrillic")


def test_a_typeface_is_cut_once(tmp_path: Path, monkeypatch: object) -> None:
    said: list[str] = []
    monkeypatch.setattr(assets, "TYPEFACES", (CYRILLIC,))  # type: ignore[attr-defined]
    assert assets.build(tmp_path, say=said.append) == 1
    assert said == ["Typefaces 1 of 1: inter-cyrillic"]
    assert assets.build(tmp_path, say=said.append) == 0

    file = tmp_path / "fonts" / "inter-cyrillic.woff2"
    with TTFont(file) as font:
        assert {ord(letter) for letter in "ЖжЁёЩщ"} <= set(font.getBestCmap())
        assert ord("a") not in font.getBestCmap()
        assert [axis.axisTag for axis in font["fvar"].axes] == ["wght"]
    assert file.stat().st_size < 20_000

    (tmp_path / "fonts" / "manifest.json").write_text("{broken")
    assert assets.build(tmp_path, say=said.append) == 1


def test_the_style_sheet_names_every_typeface_and_its_letters() -> None:
    css = (Path(settings.BASE_DIR) / "static/css/base.css").read_text()
    for face in assets.TYPEFACES:
        assert f"fonts/{face.name}.woff2" in css
        assert face.characters.replace(",", ", ") in css
