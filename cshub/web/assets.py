"""Builds what the pages need and the repository does not hold: typefaces cut to the languages we speak."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

FORMAT = 1  # raise it when the way of cutting changes
LATIN = "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,U+2122,U+2190-2193,U+2212,U+2215,U+2248,U+2260,U+2264-2265,U+FEFF,U+FFFD"
LATIN_EXTENDED = "U+0100-0130,U+0132-0151,U+0154-02AF,U+1E00-1E9F,U+1EF2-1EFF,U+20A0-20AB,U+20AD-20C0,U+2113"
CYRILLIC = "U+0301,U+0400-045F,U+0490-0491,U+04B0-04B1,U+2116"
ARABIC = "U+0600-06FF,U+0750-077F,U+200C-200E,U+2010-2011,U+204F,U+2E41,U+FB50-FDFF,U+FE70-FEFC"


@dataclass(frozen=True)
class Typeface:
    """One woff2 file: `package` holds `source`; `axes` narrows what a variable font can do."""

    name: str
    package: str
    source: str
    characters: str
    axes: tuple[tuple[str, float, float], ...]


_INTER = ("fontpkg_inter", "Inter[opsz,wght].ttf")
_SERIF = ("fontpkg_source_serif_4", "SourceSerif4[opsz,wght].ttf")
_TEXT_WEIGHTS = (("opsz", 14, 14), ("wght", 400, 700))
_REPORT_WEIGHTS = (("opsz", 32, 32), ("wght", 400, 700))
TYPEFACES = (
    Typeface("inter-latin", *_INTER, LATIN, _TEXT_WEIGHTS),
    Typeface("inter-latin-ext", *_INTER, LATIN_EXTENDED, _TEXT_WEIGHTS),
    Typeface("inter-cyrillic", *_INTER, CYRILLIC, _TEXT_WEIGHTS),
    Typeface("source-serif-latin", *_SERIF, LATIN, _REPORT_WEIGHTS),
    Typeface("source-serif-latin-ext", *_SERIF, LATIN_EXTENDED, _REPORT_WEIGHTS),
    Typeface("source-serif-cyrillic", *_SERIF, CYRILLIC, _REPORT_WEIGHTS),
    Typeface(
        "noto-sans-arabic",
        "fontpkg_noto_sans_arabic",
        "NotoSansArabic[wdth,wght].ttf",
        ARABIC,
        (("wdth", 100, 100), ("wght", 400, 700)),
    ),
)


def build(folder: Path, *, say: Callable[[str], None]) -> int:
    """Write the missing or outdated typefaces below `folder`/fonts; returns how many were written.

    What is there already and came from the same packages is left alone. Safe to stop and repeat.
    """
    fonts = folder / "fonts"
    fonts.mkdir(parents=True, exist_ok=True)
    kept = _read_manifest(fonts)
    due = [face for face in TYPEFACES if kept.get(face.name) != fingerprint(face) or not _file(fonts, face).exists()]
    for position, face in enumerate(due, start=1):
        say(f"Typefaces {position} of {len(due)}: {face.name}")
        _write(face, _file(fonts, face))
        kept[face.name] = fingerprint(face)
        (fonts / "manifest.json").write_text(json.dumps(kept, indent=1, sort_keys=True))
    return len(due)


def fingerprint(face: Typeface) -> str:
    """Changes with the font package, the cutter and the request."""
    parts = (
        FORMAT,
        version(face.package.replace("_", "-")),
        version("fonttools"),
        face.source,
        face.characters,
        face.axes,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _read_manifest(fonts: Path) -> dict[str, str]:
    try:
        return dict(json.loads((fonts / "manifest.json").read_text()))
    except (FileNotFoundError, ValueError):
        return {}


def _file(fonts: Path, face: Typeface) -> Path:
    return fonts / f"{face.name}.woff2"


def _write(face: Typeface, target: Path) -> None:
    options = subset.Options(layout_features=["*"], flavor="woff2", notdef_outline=True, name_IDs=[0, 1, 2, 13, 14])
    options.drop_tables += ["DSIG", "STAT"]
    with TTFont(str(files(face.package) / "files" / face.source), lazy=True) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=subset.parse_unicodes(face.characters))
        cutter.subset(font)
        limits = {tag: low if low == high else (low, high) for tag, low, high in face.axes}
        narrowed = instancer.instantiateVariableFont(font, limits, inplace=True)
        narrowed.flavor = "woff2"
        unfinished = target.with_suffix(".part")
        narrowed.save(unfinished)
    unfinished.replace(target)
