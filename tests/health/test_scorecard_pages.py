"""The health model is read by everybody and changed by managers, in fields that show at once who would change band."""

import json
from typing import Any

import pytest
from django.urls import reverse

from health.engine.definition import parse
from health.models import ScorecardVersion
from health.queries.versions import seen
from health.scorecards import previews, versions
from health.scorecards.beginnings import beginning
from health.scorecards.editing import typed
from health.scorecards.fields import rows_of
from health.scorecards.published import published
from health.services import draft_version, score_accounts
from tests import cast
from tests.health import make
from tests.playbooks import make as work

pytestmark = pytest.mark.usefixtures("acme")
STEPS = {"kind": "step", "below": 0.0, "steps": [[3.0, 50.0], [9.0, 100.0]]}
CHOICE = {"kind": "choice", "choices": [["Yes = sure", 90.0], ["No", 20.0]]}
BOUNDED = {"kind": "bounded", "low": 0.0, "high": 30.0, "outside": 50.0}
TENURE = {
    "kind": "tenure",
    "tables": [
        {"from_month": 0.0, "below": 0.0, "steps": [[10.0, 50.0]]},
        {"from_month": 6.0, "below": 20.0, "steps": [[10.0, 50.0], [30.0, 100.0]]},
    ],
}
RANK = {"kind": "percentile", "peers": "all", "better": "lower"}
RICH = make.document(
    make.group(
        make.measure(weight=2.0, missing="ignore", window=90, transform=STEPS),
        make.measure("plan", "attribute:plan", weight=1.0, missing="worst", label="Plan", transform=CHOICE),
        key="voice",
        weight=1.5,
    ),
    make.group(
        make.measure(
            "level", "usage_level", weight=1.0, missing="neutral", window=28, metric="logins", transform=TENURE
        ),
        make.measure("recency", "engagement_recency", weight=1.0, missing="ignore", window=365, transform=BOUNDED),
        make.measure("tenure_months", "tenure_months", weight=1.0, missing="ignore", transform=RANK),
        key="rest",
        weight=2.0,
    )
    | {"combine": "worst"},
    coverage_floor=0.4,
    bands={"good": 70.0, "watch": 45.5},
    exceptions=[{"measure": "nps", "op": "lte", "value": 3.0, "cap": 40.0}],
    stretch=1.5,
    scope={"place": 2, "rule": {"field": "region", "op": "is", "value": "EU"}},
)


def rows(kind: str, *pairs: tuple[str, str]) -> dict[str, str]:
    """The fields of the first measure with these rows and the empty one behind them."""
    data = {"g0m0-kind": kind, "g0m0-below": "0", "g0m0-count": str(len(pairs) + 1)}
    for place, (start, points) in enumerate([*pairs, ("", "")]):
        data |= {f"g0m0s{place}-from": start, f"g0m0s{place}-points": points}
    return data


def by_month(month: str, below: str, place: int = 0) -> dict[str, str]:
    """The fields of a table of the first measure with one step, and of none behind it."""
    own = f"g0m0t{place}"
    table = {f"{own}-month": month, f"{own}-below": below, f"{own}-count": "1", f"{own}s0-from": "5", f"{own}s0-points": "50"}  # fmt: skip
    return {"g0m0-kind": "tenure", "g0m0-tables": str(place + 1), **table}


@pytest.fixture
def grace(client: Any) -> Any:
    make.active_version()
    client.force_login(work.grace())
    return client


def sent(document: dict[str, Any], **changes: str) -> dict[str, str]:
    """The form as the page would send it."""
    rows = rows_of(document)
    own = rows["own"]
    data = {"mode": "rows", "groups": str(len(rows["groups"])), "exceptions": str(len(rows["exceptions"])), **own}
    for group in rows["groups"]:
        data |= {f"{group.name}-{name}": value for name, value in group.values.items()}
        data[f"{group.name}-count"] = str(len(group.measures))
        for measure in group.measures:
            data |= {f"{measure.name}-{name}": value for name, value in measure.values.items()}
            data |= {f"{measure.name}-tables": str(len(measure.tables)), **steps_of(measure.name, measure.steps)}
            for table in measure.tables:
                data |= {f"{table.name}-month": table.month, f"{table.name}-below": table.below}
                data |= steps_of(table.name, table.steps)
    for row in rows["exceptions"]:
        data |= {f"{row.name}-{name}": value for name, value in row.values.items()}
    return data | changes


def steps_of(name: str, rows: Any) -> dict[str, str]:
    """Rows of steps as the page would send them."""
    data = {f"{name}-count": str(len(rows))} if rows else {}
    return data | {f"{row.name}-{part}": value for row in rows for part, value in (("from", row.start), ("points", row.points))}  # fmt: skip


def test_the_fields_say_every_definition_and_read_it_back():
    assert typed(sent(RICH)) == RICH


def test_numbers_are_read_in_any_digits_and_with_either_mark():
    document = typed(sent(make.document(), good="۷۰", watch="45,5", floor="40 %"))
    assert (document["bands"], document["coverage_floor"]) == ({"good": 70.0, "watch": 45.5}, 0.4)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"good": "NaN"}, "good"),
        ({"watch": "80"}, "watch"),
        ({"floor": "much"}, "floor"),
        ({"g0-name": ""}, "g0-name"),
        ({"g0m0-weight": "NaN"}, "g0m0-weight"),
        ({"g0m0-high": "0"}, "g0m0-high"),
        ({**rows("step", ("3", "50"), ("2", "70"))}, "g0m0s1-from"),
        ({**rows("step", ("3", "50"), ("4", "x"))}, "g0m0s1-points"),
        ({**rows("step", ("3", "50"), ("", "60"))}, "g0m0s1-from"),
        ({**rows("step", ("3", "101"))}, "g0m0s0-points"),
        ({**rows("step")}, "g0m0s0-from"),
        ({**rows("choice", ("Yes", "90"), ("Yes", "20")), "g0m0-source": "attribute:plan"}, "g0m0s1-from"),
        ({**rows("choice", ("Yes", "90"), ("No", "")), "g0m0-source": "attribute:plan"}, "g0m0s1-points"),
        ({**by_month("0", "10"), **by_month("6", "", place=1)}, "g0m0t1-below"),
        ({**by_month("3", "10")}, "g0m0t0-month"),
        ({**by_month("0", "10"), "g0m0t0s0-points": "much"}, "g0m0t0s0-points"),
        ({"g0m0-window": "0"}, "g0m0-window"),
        ({"g0-combine": "median"}, "g0-combine"),
        ({"stretch": "x"}, "stretch"),
    ],
)
def test_a_fault_stands_at_its_field_and_nothing_is_saved(grace, changes, field):
    version = draft_version(
        make.active_version().scorecard, definition=make.document(), by=work.grace(), as_of=make.AS_OF
    )
    answer = grace.post(
        reverse("scorecard_edit", args=[version.pk]), {**sent(make.document()), **changes, "do": "save"}
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'aria-invalid="true"' in page[page.index(f'id="{field}"') :][:600]
    assert ScorecardVersion.objects.get(pk=version.pk).definition == make.document()


def test_a_fault_names_its_field_and_the_remedy_in_words(grace):
    data = {**sent(make.document(), name="Mine"), **rows("step", ("3", "50"), ("2", "70"))}
    page = grace.post(reverse("scorecard_create"), {**data, "do": "show"}).content.decode()
    assert page.count("“From the value” starts at 2; each step has to start above the one before.") == 2  # row, preview
    assert 'href="#g0m0s1-from"' in page
    assert "transform.steps" not in page


def test_a_row_is_added_and_taken_out_by_buttons_and_what_was_typed_stays(grace):
    def after(do: str, **more: str) -> str:
        data = {**sent(make.document(), name="Mine"), **rows("step", ("3", "50"), ("9", "70"), ("12", "100"))}
        return grace.post(reverse("scorecard_create"), {**data, **more, "do": do}).content.decode()

    def place(page: str, name: str) -> str:
        return page[page.index(f'id="{name}"') :].partition(">")[0]

    more = after("add_step:0.0", **{"g0m0s3-from": "20", "g0m0s3-points": "5"})
    assert 'value="20"' in place(more, "g0m0s3-from")
    assert 'value=""' in place(more, "g0m0s4-from")
    assert "autofocus" in place(more, "g0m0s4-from")
    assert 'data-fold="g0m0" open' in more
    less = after("remove_step:0.0.1")
    assert 'value="12"' in place(less, "g0m0s1-from")
    assert 'value="100"' in place(less, "g0m0s1-points")
    assert 'value=""' in place(less, "g0m0s2-from")
    for do in ("remove_step:0.0.99", "remove_step:0.9.0", "remove_step:7.0.0", "remove_step:0.0.0.0", "remove_table:0.0.0", "add_step:8.8", "remove_step:"):  # fmt: skip
        assert 'value="12"' in place(after(do), "g0m0s2-from")


def test_steps_of_a_month_are_taken_out_row_by_row_or_together(grace):
    data = sent(RICH, name="Mine", scope="")
    less = grace.post(reverse("scorecard_create"), {**data, "do": "remove_step:1.0.1.0"}).content.decode()
    assert 'id="g1m0t1s0-from" name="g1m0t1s0-from" value="30"' in less
    gone = grace.post(reverse("scorecard_create"), {**data, "do": "remove_table:1.0.0"}).content.decode()
    assert 'id="g1m0t0-month" name="g1m0t0-month" value="6"' in gone
    assert "“From month” is 6; the first table has to start at month 0." in gone


def test_the_formula_goes_to_json_and_back_with_what_was_typed(grace):
    data = sent(make.document(), **{"name": "Mine", "g0m0-weight": "7.5", "do": "as_json"})
    page = grace.post(reverse("scorecard_create"), data).content.decode()
    assert "&quot;weight&quot;: 7.5" in page
    text = json.dumps(make.document(make.group(make.measure(weight=8.5)), name="Mine"))
    body = {"mode": "json", "definition": text, "do": "as_fields"}
    assert 'name="g0m0-weight" value="8.5"' in grace.post(reverse("scorecard_create"), body).content.decode()
    for wrong in ('{"groups": ["x"]}', '{"groups": 5, "name": 3}', "[]", '{"groups": [{"measures": 3}]}'):
        answer = grace.post(reverse("scorecard_create"), {**body, "definition": wrong})
        assert answer.status_code == 200
        assert 'aria-invalid="true"' in answer.content.decode()


@pytest.mark.parametrize("key", ["", "standard", "gitlab", "catalyst_extremes"])
def test_a_new_scorecard_begins_with_what_is_in_force_a_starter_or_a_published_model(grace, key):
    page = grace.get(reverse("scorecard_create"), {"from": key})
    first = beginning(key)
    assert first is not None
    assert f'<option value="{key}" selected>' in page.content.decode()
    assert parse(typed(sent(first.definition))) == parse(first.definition)
    grace.post(reverse("scorecard_create"), {**sent(first.definition), "name": "Ours", "do": "save"})
    ours = ScorecardVersion.objects.get(scorecard__name="Ours").definition
    assert parse(ours) == parse({**first.definition, "name": "Ours"})


def test_a_beginning_that_is_none_is_not_found(grace):
    assert grace.get(reverse("scorecard_create"), {"from": "mine"}).status_code == 404


def test_a_metric_that_the_tenant_has_not_declared_stays_chosen(grace):
    page = grace.get(reverse("scorecard_create"), {"from": "posthog"}).content.decode()
    named = {measure["metric"] for group in published("posthog").definition["groups"] for measure in group["measures"] if "metric" in measure}  # fmt: skip
    assert named
    for metric in named:
        assert f'<option value="{metric}" selected>' in page, metric


def test_each_measure_says_its_share_of_the_score(grace):
    voice = make.group(make.measure(weight=3), make.measure("csat", "survey_csat", weight=1), weight=60)
    rest = make.group(make.measure("ces", "survey_ces"), key="rest", weight=20)
    page = grace.post(reverse("scorecard_create"), {**sent(make.document(voice, rest, name="Mine")), "do": "show"})
    for share in ("75% of the score", "56% of the score", "19% of the score", "25% of the score"):
        assert share in page.content.decode(), share
    worst = {**voice, "combine": "worst"}
    shares = [group.measures[0].summary for group in rows_of(make.document(worst, rest))["groups"]]
    assert "weight 3" in shares[0]


def test_weights_that_sum_to_nothing_are_refused_in_their_group(grace):
    data = sent(make.document(), **{"name": "Mine", "g0m0-weight": "0", "do": "save"})
    answer = grace.post(reverse("scorecard_create"), data)
    assert answer.status_code == 422
    assert "add up to nothing" in answer.content.decode()


def test_a_change_shows_at_once_who_would_change_band(grace):
    make.answered(make.account(name="Northwind"), 2)
    score_accounts(as_of=cast.clock())
    data = sent(make.document(), **{"name": "Mine", "g0m0-low": "10", "g0m0-high": "0"})
    page = grace.post(reverse("scorecard_create"), data, headers={"HX-Request": "true", "HX-Trigger": "editor"})
    text = page.content.decode()
    assert "1 of 1 accounts changes band" in text
    assert "Northwind" in text
    assert not ScorecardVersion.objects.filter(state="draft").exists()


@pytest.mark.parametrize(
    ("do", "count"), [("add_group", 2), ("add_measure:0", 1), ("remove_group:0", 0), ("remove_group:x", 1), ("fly", 1)]
)
def test_buttons_change_the_form(grace, do, count):
    page = grace.post(reverse("scorecard_create"), {**sent(make.document(), name="Mine"), "do": do})
    assert f'name="groups" value="{count}"' in page.content.decode()


def test_from_a_new_scorecard_to_its_approval_on_pages(grace, client):
    make.answered(make.account(), 2)
    data = sent(make.document(), **{"name": "Mine", "g0m0-low": "10", "g0m0-high": "0", "do": "save"})
    grace.post(reverse("scorecard_create"), data)
    version = ScorecardVersion.objects.get(scorecard__name="Mine")
    page = reverse("scorecard", args=[version.scorecard_id])
    assert "No preview yet" in grace.get(page).content.decode()
    grace.post(reverse("scorecard_preview", args=[version.pk]))
    assert "Submit for approval" in grace.get(page).content.decode()
    grace.post(reverse("scorecard_submit", args=[version.pk]))
    version.refresh_from_db()
    assert version.state == "submitted"
    client.force_login(work.person("Root", "admin"))
    digest = version.preview.digest
    shown = client.get(page).content.decode()
    assert digest in shown
    client.post(
        reverse("scorecard_decision", args=[version.pk]), {"decision": "approved", "confirmed": "on", "preview": digest}
    )
    version.refresh_from_db()
    assert version.state == "active"
    assert "Mine" in client.get(reverse("scorecards")).content.decode()


def test_a_csm_reads_and_does_not_write(client):
    version = make.active_version()
    client.force_login(work.ada())
    assert client.get(reverse("scorecards")).status_code == 200
    assert client.get(reverse("scorecard", args=[version.scorecard_id])).status_code == 200
    assert client.get(reverse("scorecard_create")).status_code == 403
    assert client.post(reverse("scorecard_new_version", args=[version.scorecard_id])).status_code == 403


def test_the_definition_can_be_written_as_json(grace):
    wrong = grace.post(reverse("scorecard_create"), {"mode": "json", "definition": "{", "do": "save"})
    assert "is not JSON" in wrong.content.decode()
    good = json.dumps(make.document(name="By hand"))
    grace.post(reverse("scorecard_create"), {"mode": "json", "definition": good, "do": "save"})
    assert ScorecardVersion.objects.filter(scorecard__name="By hand").exists()


def test_over_rest_a_draft_is_made_previewed_submitted_and_approved(grace, client):
    def post(path: str, body: dict[str, Any]) -> Any:
        return client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")

    refused = post("scorecard_versions/", {"definition": make.document(make.group(make.measure(weight="NaN")))})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/definition/groups/0/measures/0/weight"
    made = post("scorecard_versions/", {"definition": make.document(name="Over REST")}).json()
    assert post(f"scorecard_versions/{made['id']}/submission/", {}).json()["errors"][0]["code"] == "no_preview"
    preview = post(f"scorecard_versions/{made['id']}/preview/", {}).json()
    assert preview["content"]["changed_count"] == 0
    assert post(f"scorecard_versions/{made['id']}/submission/", {}).json()["state"] == "submitted"
    assert post(f"scorecard_versions/{made['id']}/approval/", {}).json()["errors"][0]["code"] == "own_work"
    client.force_login(work.person("Root", "admin"))
    assert post(f"scorecard_versions/{made['id']}/return/", {"note": "Again"}).json()["decision"] == "returned"
    listed = client.get("/api/v1/scorecard_versions/?state=returned").json()["data"]
    assert [row["id"] for row in listed] == [made["id"]]


@pytest.mark.parametrize(
    ("left", "stayed", "words"),
    [(12, 214, "12 accounts left and 214 stayed; 30 of each"), (121, 214, "too few of these accounts have a score")],
)
def test_a_refused_back_test_says_what_is_missing(left, stayed, words):
    side = {"churned": left, "stayed": stayed, "is_shown": False, "auc": None, "recall": None, "precision": None, "bands": []}  # fmt: skip
    content = {"account_count": 1, "changed_count": 0, "flows": [], "moves": [], "backtest": {"new": side}}
    (told,) = seen(content).backtests
    assert words in told.refusal


def test_a_preview_out_of_date_says_so(grace):
    version = draft_version(
        make.active_version().scorecard, definition=make.document(), by=work.grace(), as_of=make.AS_OF
    )
    previews.preview_version(version, by=work.grace(), as_of=cast.clock())
    versions.edit_version(version, definition=make.document(coverage_floor=0.9), by=work.grace(), as_of=cast.clock())
    assert "changed after this preview" in grace.get(reverse("scorecard", args=[version.scorecard_id])).content.decode()
