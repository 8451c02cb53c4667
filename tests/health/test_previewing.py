"""Previews of large books are jobs: ordered once, computed span by span, left and come back to."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Account, AccountRevenue
from cshub.tenancy import due
from cshub.work import jobs
from cshub.work.models import Job, JobStep
from health.models import ScorecardPreview
from health.scorecards import previewing, previews, versions
from health.scorecards.assignment import in_force, with_version
from health.scorecards.resuming import Steps
from health.services import draft_version, score_accounts
from health.sql.whole import spans as spans_of
from tests import cast
from tests.accounts import make as facts
from tests.health import make

pytestmark = pytest.mark.usefixtures("acme")
LATER = make.AS_OF + timedelta(minutes=1)


@pytest.fixture
def draft(monkeypatch):
    """A draft over thirty accounts, in spans of seven."""
    monkeypatch.setattr(previews, "AT_ONCE", 7)
    active = make.active_version()
    for number in range(30):
        account = make.account(name=f"A{number:02}")
        AccountRevenue.objects.create(account=account, arr=1000 * (number % 5), currency="EUR" if number % 3 else "USD")
        if number % 4:
            make.answered(account, number % 11)
    score_accounts(as_of=make.AS_OF)
    harder = make.document(bands={"good": 90, "watch": 60}, coverage_floor=0.5)
    return draft_version(active.scorecard, definition=harder, by=cast.grace(), as_of=make.AS_OF)


@pytest.fixture
def large(monkeypatch):
    monkeypatch.setattr(previewing, "MOST_AT_ONCE", 29)


def ticking():
    moment = LATER

    def clock():
        nonlocal moment
        moment += timedelta(seconds=1)
        return moment

    return clock


def test_a_small_book_is_previewed_at_once(draft):
    made = previewing.order_preview(draft, by=draft.author, as_of=LATER)

    assert isinstance(made, ScorecardPreview)
    assert (draft.preview, draft.preview_job) == (made, None)
    assert not Job.objects.exists()


def test_spans_count_what_one_statement_counts(draft):
    after = with_version(draft)
    steps, every = Steps(total=9), spans_of(7)

    whole = previews.difference(in_force(), after, as_of=LATER, shown=50)
    spans = previews.difference(in_force(), after, as_of=LATER, shown=50, steps=steps, every=every)
    few = previews.difference(in_force(), after, as_of=LATER, shown=3, steps=Steps(total=9), every=every)

    assert spans["flows"] == whole["flows"]
    assert {row["account_id"] for row in spans["moves"]} == {row["account_id"] for row in whole["moves"]}
    assert [row["arr"] for row in few["moves"]] == [row["arr"] for row in whole["moves"]][:3]
    assert (spans["account_count"], spans["changed_count"]) == (30, whole["changed_count"])
    assert (whole["changed_count"] > 3, steps.count) == (True, 5)


@pytest.mark.usefixtures("large")
def test_a_large_book_gets_a_job_and_one_only(draft):
    job = previewing.order_preview(draft, by=draft.author, as_of=LATER)
    again = previewing.order_preview(draft, by=cast.root(), as_of=LATER)

    assert isinstance(job, Job)
    assert again == job == Job.objects.get()
    assert not ScorecardPreview.objects.exists()
    assert [each.kind for each in due.claim_due([previewing.DOORBELL], as_of=LATER + previewing.SILENCE)] == [
        "previews"
    ]


@pytest.mark.usefixtures("large")
def test_the_job_tells_how_far_it_is_and_keeps_the_preview_of_the_formula(draft, monkeypatch):
    job, heard = previewing.order_preview(draft, by=draft.author, as_of=LATER), []
    real = jobs.advance_job

    def advance(job, **told):
        heard.append((told["done_count"], told["total_count"]))
        return real(job, **told)

    monkeypatch.setattr(jobs, "advance_job", advance)

    done = previewing.follow_preview(job.pk, clock=ticking())

    draft.refresh_from_db()
    assert heard == [(number, 5) for number in range(1, 6)]
    assert (done.state, done.percent) == ("done", 100)
    assert done.result["definition_hash"] == draft.definition_hash == draft.preview.definition_hash
    assert (done.result["preview"], done.result["digest"]) == (str(draft.preview.pk), draft.preview.digest)
    assert previewing.follow_preview(job.pk, clock=ticking()).result == done.result
    assert ScorecardPreview.objects.count() == 1


@pytest.mark.usefixtures("large")
def test_a_formula_that_was_changed_meanwhile_has_to_be_previewed_again(draft, monkeypatch):
    job = previewing.order_preview(draft, by=draft.author, as_of=LATER)
    before = draft.definition_hash
    real = previews.difference

    def editing(*given, **named):
        versions.edit_version(draft, definition=make.document(coverage_floor=0.9), by=draft.author, as_of=LATER)
        return real(*given, **named)

    monkeypatch.setattr(previews, "difference", editing)
    previewing.follow_preview(job.pk, clock=ticking())

    draft.refresh_from_db()
    assert draft.preview.definition_hash == before != draft.definition_hash
    with pytest.raises(versions.NoPreview):
        versions.submit(draft, by=draft.author, as_of=LATER)


@pytest.mark.usefixtures("large")
def test_a_cancelled_preview_stops_at_its_next_step(draft, monkeypatch):
    job = previewing.order_preview(draft, by=draft.author, as_of=LATER)
    real = jobs.advance_job

    def cancelled_on_the_way(running, **told):
        if told["done_count"] == 2:
            jobs.cancel_job(running, by=draft.author, as_of=told["as_of"])
        return real(running, **told)

    monkeypatch.setattr(jobs, "advance_job", cancelled_on_the_way)
    previewing.follow_preview(job.pk, clock=ticking())

    job.refresh_from_db()
    assert (job.state, job.done_count) == ("cancelled", 1)
    assert not ScorecardPreview.objects.exists()


@pytest.mark.usefixtures("large")
def test_a_version_that_came_into_force_meanwhile_fails_the_job_with_the_reason(draft):
    job = previewing.order_preview(draft, by=draft.author, as_of=LATER)
    type(draft).objects.filter(pk=draft.pk).update(state="retired")

    previewing.follow_preview(job.pk, clock=ticking())

    job.refresh_from_db()
    assert (job.state, "has no preview" in job.error) == ("failed", True)


@pytest.mark.usefixtures("large")
def test_a_worker_that_died_hands_its_preview_to_the_next_one(draft):
    job = previewing.order_preview(draft, by=draft.author, as_of=LATER)
    jobs.start_job(job, as_of=LATER)

    soon = previewing.left_behind(as_of=LATER + timedelta(minutes=1))
    late = previewing.left_behind(as_of=LATER + previewing.SILENCE + timedelta(seconds=1))
    previewing.follow_preview(late[0].pk, clock=ticking())

    job.refresh_from_db()
    assert (soon, late, job.state) == ([], [job], "done")
    assert previewing.left_behind(as_of=LATER + timedelta(hours=1)) == []


@pytest.fixture
def decided(draft):
    """Renewals that were decided half a year ago, so that days of the past are measured too."""
    for number, account in enumerate(Account.objects.order_by("pk")[:12]):
        renewal = facts.renewal(facts.contract(account, arr=0), due_on=make.ago(100 + 60 * (number % 3)))
        ending = "churned" if number % 2 else "renewed"
        facts.decision(renewal, decision=ending, recorded_at=make.AS_OF - timedelta(days=90))
    return draft


def killed_after(monkeypatch, count):
    """The worker dies before it can say that so many steps are done."""
    real = jobs.advance_job

    def advance(job, **told):
        if told["done_count"] == count:
            raise KeyboardInterrupt
        return real(job, **told)

    monkeypatch.setattr(jobs, "advance_job", advance)
    return lambda: monkeypatch.setattr(jobs, "advance_job", real)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("killed_at", [1, 4, 7])
def test_who_goes_on_after_a_worker_died_does_the_rest_and_ends_with_the_same(decided, monkeypatch, killed_at):
    job = previewing.order_preview(decided, by=decided.author, as_of=LATER)
    revive = killed_after(monkeypatch, killed_at)
    with pytest.raises(KeyboardInterrupt):
        previewing.follow_preview(job.pk, clock=ticking())
    revive()
    done = JobStep.objects.exclude(name=previews.BEGINNING).count()
    began = JobStep.objects.get(name=previews.BEGINNING).content["as_of"]
    for account in Account.objects.order_by("pk"):  # learned after the preview began
        make.answered(account, 0, at=LATER + timedelta(minutes=1))
    make.account(name="Late", recorded_at=LATER + timedelta(minutes=1))
    computed = []
    for name in ("compared", "verdicts_at"):
        real = getattr(previews.previews, name)
        monkeypatch.setattr(
            previews.previews, name, lambda *given, _real=real, **named: (computed.append(1), _real(*given, **named))[1]
        )

    ended = previewing.follow_preview(job.pk, clock=ticking())

    preview = ScorecardPreview.objects.get()
    total = ended.total_count
    assert (done, len(computed), total) == (killed_at - 1, total - (killed_at - 1), 5 + 2 * 3)
    assert (ended.state, ended.done_count, preview.as_of.isoformat()) == ("done", total, began)
    assert preview.content["account_count"] == 30
    assert preview.content["backtest"]["new"]["churned"] == 6
    assert not JobStep.objects.exists()
    again = previews.preview_version(decided, by=decided.author, as_of=preview.as_of)
    assert (again.content["backtest"], again.content["moves"]) == (
        preview.content["backtest"],
        preview.content["moves"],
    )


@pytest.mark.usefixtures("large")
def test_after_another_version_came_into_force_it_begins_anew(draft, monkeypatch):
    job = previewing.order_preview(draft, by=draft.author, as_of=LATER)
    revive = killed_after(monkeypatch, 3)
    with pytest.raises(KeyboardInterrupt):
        previewing.follow_preview(job.pk, clock=ticking())
    revive()
    began = JobStep.objects.get(name=previews.BEGINNING).content["as_of"]
    versions.edit_version(draft, definition=make.document(coverage_floor=0.9), by=draft.author, as_of=LATER)

    previewing.follow_preview(job.pk, clock=ticking())

    draft.refresh_from_db()
    assert draft.preview.definition_hash == draft.definition_hash
    assert draft.preview.as_of.isoformat() != began
    assert draft.preview.content["account_count"] == 30


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("ending", ["cancelled", "failed"])
def test_steps_of_a_job_that_ended_are_not_kept(draft, monkeypatch, ending):
    job = previewing.order_preview(draft, by=draft.author, as_of=LATER)
    killed_after(monkeypatch, 3)
    with pytest.raises(KeyboardInterrupt):
        previewing.follow_preview(job.pk, clock=ticking())
    assert JobStep.objects.count() == 3, "the beginning and two spans"

    if ending == "cancelled":
        jobs.cancel_job(job, by=draft.author, as_of=LATER)
    else:
        jobs.fail_silent_jobs(as_of=LATER + timedelta(days=1))

    job.refresh_from_db()
    assert (job.state, JobStep.objects.count()) == (ending, 0)


@pytest.mark.usefixtures("large")
def test_the_page_shows_the_progress_and_leads_on_when_it_has_ended(draft, client):
    client.force_login(draft.author)
    answer = client.post(reverse("scorecard_preview", args=[draft.pk]), follow=True)
    job = Job.objects.get()
    progress = reverse("scorecard_progress", args=[draft.pk])

    assert "preview is being computed" in answer.content.decode()
    assert progress in answer.content.decode()
    assert "Compute preview" not in answer.content.decode()
    assert 'id="preview-progress"' in client.get(progress).content.decode()

    previewing.follow_preview(job.pk, clock=ticking())

    ended = client.get(progress)
    assert ended["HX-Redirect"].endswith(f"?version={draft.number}")
    assert "Digest" in client.get(ended["HX-Redirect"]).content.decode()


@pytest.mark.usefixtures("large")
def test_over_rest_the_answer_is_the_job(draft, client):
    client.force_login(draft.author)
    answer = client.post(f"/api/v1/scorecard_versions/{draft.pk}/preview/", "{}", content_type="application/json")

    assert answer.status_code == 201, answer.json()
    assert (answer.json()["job"], answer.json()["id"]) == (str(Job.objects.get().pk), None)
