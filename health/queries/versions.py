"""Pages of scorecards: what a version says and changes, what its preview showed, and which versions there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from cshub.l10n import formats
from health.engine.contrast import LIMITS, SCOPE
from health.engine.definition import Definition, Measure
from health.engine.exceptions import ScoreException
from health.engine.scoring import NO_DATA
from health.engine.sources import SOURCES, split
from health.models import Band, Scorecard, ScorecardDecision, ScorecardPreview, ScorecardVersion
from health.reasons import LABELS, label, transform_text
from health.scorecards.assignment import in_force, scope_in_words
from health.scorecards.previews import WAITING, out_of_date
from health.segments.words import OPERATORS
from health.sql.run import definition_of

State = ScorecardVersion.State
ORDER = (Band.GOOD, Band.WATCH, Band.RISK, Band.UNKNOWN, "none")
OF_EACH = 30  # outcomes without which the back-test gives no verdict
COMPARED = {"lt": "less_than", "lte": "at_most", "gt": "more_than", "gte": "at_least", "eq": "is"}
Money = tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True)
class Line:
    """A line of a formula in words: added, removed or same. `is_detail`: a measure inside its group."""

    mark: str
    text: str
    is_detail: bool


@dataclass(frozen=True)
class Changes:
    """What a version says, beside what scored before it; `against` is None for a first version of all."""

    against: ScorecardVersion | None
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Share:
    """One band before and after: accounts, and ARR in (currency, sum) pairs."""

    band: str
    label: str
    old_count: int
    new_count: int
    old_arr: Money
    new_arr: Money


@dataclass(frozen=True)
class Move:
    """An account that changes band, and the measure responsible in words."""

    account_id: UUID
    name: str
    was_band: str
    band: str
    was_score: Decimal | None
    score: Decimal | None
    arr: Decimal | None
    currency: str
    because: str


@dataclass(frozen=True)
class Backtest:
    """One way to score against decided renewals. `refusal` says why there is no verdict; the rates are then None."""

    label: str
    refusal: str
    left: int
    stayed: int
    auc: str
    recall: str
    precision: str
    bands: tuple[tuple[str, str, int, int], ...]


@dataclass(frozen=True)
class Seen:
    """A preview as pages show it. `backtests` is empty where no renewal was decided."""

    account_count: int
    changed_count: int
    shares: tuple[Share, ...]
    moves: tuple[Move, ...]
    backtests: tuple[Backtest, ...] = ()
    days_before: int = 0
    decided_count: int = 0

    @property
    def more_count(self) -> int:
        """Accounts that change band beyond those listed."""
        return self.changed_count - len(self.moves)


@dataclass(frozen=True)
class VersionPage:
    """One version with everything an approver has to see. `late` says why the preview says nothing any more."""

    version: ScorecardVersion
    changes: Changes
    preview: ScorecardPreview | None
    seen: Seen | None
    late: str
    versions: tuple[ScorecardVersion, ...]
    decisions: tuple[ScorecardDecision, ...]


@dataclass(frozen=True)
class ScorecardRow:
    """One scorecard of the list: the version that scores, the one that waits, and whom it scores."""

    scorecard: Scorecard
    active: ScorecardVersion | None
    waiting: ScorecardVersion | None
    newest: ScorecardVersion
    scope: str


def scorecard_list() -> list[ScorecardRow]:
    """Every scorecard that has a version: those that score in the order in which they take accounts, then the others by name."""
    places = {version.scorecard_id: place for place, version in enumerate(in_force())}
    found = Scorecard.objects.prefetch_related("versions__author").order_by("name")
    rows = [_row(scorecard) for scorecard in found if scorecard.versions.all()]
    return sorted(rows, key=lambda row: (places.get(row.scorecard.pk, len(places)), row.scorecard.name))


def version_page(version: ScorecardVersion, *, as_of: datetime) -> VersionPage:
    """What its page in the product and in the admin site shows."""
    preview = version.preview if version.preview and version.state in WAITING else None
    is_of_this = preview is not None and preview.definition_hash == version.definition_hash
    late = out_of_date(preview, as_of=as_of) if preview and is_of_this else ""
    if preview and not is_of_this:
        late = _("The formula was changed after this preview. Compute it again.")
    shown = preview or version.preview
    return VersionPage(
        version=version,
        changes=changes(version),
        preview=shown,
        seen=seen(shown.content) if shown else None,
        late=late,
        versions=tuple(version.scorecard.versions.select_related("author").order_by("-number")),
        decisions=tuple(
            ScorecardDecision.objects.filter(version__scorecard=version.scorecard_id)
            .select_related("decided_by", "version")
            .order_by("-decided_at")
        ),
    )


def changes(version: ScorecardVersion) -> Changes:
    """The version line by line against the newest one before it that was in force, or against the one that scores all others."""
    before = version.scorecard.versions.filter(number__lt=version.number, activated_at__isnull=False)
    against = before.select_related("scorecard").order_by("-number").first()
    if against is None:
        others = [each for each in in_force() if each.pk != version.pk and definition_of(each).scope is None]
        against = others[-1] if others else None
    now = _lines(version)
    earlier = _lines(against) if against else now
    lines: list[Line] = []
    for _tag, start, end, new_start, new_end in SequenceMatcher(None, earlier, now, autojunk=False).get_opcodes():
        if earlier[start:end] == now[new_start:new_end]:
            lines += [Line("same", *each) for each in now[new_start:new_end]]
        else:
            lines += [Line("removed", *each) for each in earlier[start:end]]
            lines += [Line("added", *each) for each in now[new_start:new_end]]
    return Changes(against, tuple(lines))


def seen(content: dict[str, Any]) -> Seen:
    """A preview's content in the reader's language."""
    backtest = content.get("backtest") or {}
    sides = ((_("In force now"), backtest.get("old")), (_("This version"), backtest.get("new")))
    return Seen(
        account_count=content["account_count"],
        changed_count=content["changed_count"],
        shares=tuple(_share(str(band), content["flows"]) for band in ORDER if _is_there(str(band), content["flows"])),
        moves=tuple(_move(move) for move in content["moves"]),
        backtests=tuple(_backtest(words, side) for words, side in sides if side),
        days_before=backtest.get("days_before", 0),
        decided_count=backtest.get("decided_count", 0),
    )


def band_word(band: str) -> str:
    """The band in a word; `none` is no verdict at all."""
    return _("Not scored") if band == "none" else str(Band(band).label)


def _row(scorecard: Scorecard) -> ScorecardRow:
    versions = sorted(scorecard.versions.all(), key=lambda version: -version.number)
    active = next((version for version in versions if version.state == State.ACTIVE), None)
    return ScorecardRow(
        scorecard=scorecard,
        active=active,
        waiting=next((version for version in versions if version.state in WAITING), None),
        newest=versions[0],
        scope=scope_in_words(definition_of(active or versions[0])),
    )


def _lines(version: ScorecardVersion) -> list[tuple[str, bool]]:
    definition = definition_of(version)
    scope = scope_in_words(definition_of(version))
    whom = _("Scores %(rule)s") % {"rule": scope} if scope else _("Scores every account that no other scorecard takes")
    words = {"good": _plain(definition.bands.good), "watch": _plain(definition.bands.watch)}
    lines = [
        (whom, False),
        (_("Healthy from %(good)s, watch from %(watch)s") % words, False),
        (_("A score from a coverage of %(rate)s on") % {"rate": formats.percent(definition.coverage_floor)}, False),
    ]
    if definition.stretch != 1:
        words = {"times": _plain(definition.stretch)}
        lines.append((_("Differences from the middle of the scale count %(times)s times") % words, False))
    for group in definition.groups:
        named = {"name": _(group.name), "weight": _plain(group.weight)}
        lines.append((_("Group “%(name)s”, weight %(weight)s") % named + _combined(group.combine), False))
        lines += [(_measure_line(measure), True) for measure in group.measures]
    return [*lines, *((_exception_line(definition, each), False) for each in definition.exceptions)]


def _combined(combine: str) -> str:
    return "" if combine == "mean" else f": {combined_in_words(combine)}"


def combined_in_words(combine: str) -> str:
    """What a group earns from its measures."""
    return {
        "mean": _("the weighted mean of its measures"),
        "best": _("its best measure alone"),
        "worst": _("its worst measure alone"),
    }[combine]


def _measure_line(measure: Measure) -> str:
    words = {
        "measure": label(measure),
        "weight": _plain(measure.weight),
        "how": transform_text(measure),
        "missing": missing_in_words(measure.missing),
    }
    text = _("%(measure)s, weight %(weight)s: %(how)s; without data: %(missing)s") % words
    if not SOURCES[measure.kind].window:
        return text
    return _("%(text)s; window: %(days)s days") % {"text": text, "days": formats.number(measure.window)}


def missing_in_words(policy: str) -> str:
    """What becomes of a measure without data."""
    return {
        "ignore": _("its weight goes to the others"),
        "neutral": _("it counts 50 points"),
        "worst": _("it counts 0 points"),
    }[policy]


def _exception_line(definition: Definition, exception: ScoreException) -> str:
    limit = exception.cap if exception.cap is not None else exception.floor or 0
    words = {
        "measure": label(definition.measure(exception.measure)),
        "compared": str(OPERATORS[COMPARED[exception.op]]),
        "value": _plain(exception.value),
        "limit": _plain(limit),
    }
    if exception.cap is not None:
        return _("If %(measure)s %(compared)s %(value)s, the score is at most %(limit)s") % words
    return _("If %(measure)s %(compared)s %(value)s, the score is at least %(limit)s") % words


def _is_there(band: str, flows: list[dict[str, Any]]) -> bool:
    return band != "none" or any("none" in (flow["was_band"], flow["band"]) for flow in flows)


def _share(band: str, flows: list[dict[str, Any]]) -> Share:
    sides: dict[str, tuple[int, Money]] = {}
    for side in ("was_band", "band"):
        here = [flow for flow in flows if flow[side] == band]
        sums: dict[str, Decimal] = {}
        for flow in here:
            sums[flow["currency"]] = sums.get(flow["currency"], Decimal(0)) + Decimal(flow["arr"])
        sides[side] = sum(flow["account_count"] for flow in here), tuple(sorted((k, v) for k, v in sums.items() if v))
    (old_count, old_arr), (new_count, new_arr) = sides["was_band"], sides["band"]
    return Share(band, band_word(band), old_count, new_count, old_arr, new_arr)


def _move(move: dict[str, Any]) -> Move:
    return Move(
        account_id=UUID(move["account_id"]),
        name=move["name"],
        was_band=move["was_band"],
        band=move["band"],
        was_score=_number(move["was_score"]),
        score=_number(move["score"]),
        arr=_number(move["arr"]),
        currency=move["currency"],
        because=_because(move),
    )


def _because(move: dict[str, Any]) -> str:
    if move["because"] == LIMITS:
        return _("The limits of the bands")
    if move["because"] == NO_DATA:
        return _("Coverage")
    if move["because"] == SCOPE:
        return _("Scored by one of them only")
    kind, subject = split(move.get("source", ""))
    return _(move["label"]) if move.get("label") else str(LABELS.get(kind, subject.replace("_", " ").capitalize()))


def _plain(value: float) -> str:
    return formats.number(value, decimals=0 if value == round(value) else 2)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _refused(left: int, stayed: int) -> str:
    if min(left, stayed) >= OF_EACH:
        return _("No verdict: too few of these accounts have a score by this formula; 30 that left and 30 that stayed are needed.")  # fmt: skip
    counts = {"left": formats.number(left), "stayed": formats.number(stayed)}
    return _("No verdict: %(left)s accounts left and %(stayed)s stayed; 30 of each are needed.") % counts


def _backtest(words: str, found: dict[str, Any]) -> Backtest:
    return Backtest(
        label=words,
        refusal="" if found["is_shown"] else _refused(found["churned"], found["stayed"]),
        left=found["churned"],
        stayed=found["stayed"],
        auc=_interval(found["auc"], percent=False),
        recall=_interval(found["recall"], percent=True),
        precision=_interval(found["precision"], percent=True),
        bands=tuple((each["band"], band_word(each["band"]), each["churned"], each["n"]) for each in found["bands"]),
    )


def _interval(found: dict[str, float] | None, *, percent: bool) -> str:
    if found is None:
        return "—"
    said = {
        name: formats.percent(found[name]) if percent else formats.number(found[name], decimals=2)
        for name in ("estimate", "lo", "hi")
    }
    return _("%(estimate)s (95%% interval %(lo)s to %(hi)s)") % said
