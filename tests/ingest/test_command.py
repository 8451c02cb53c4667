"""import_file on the command line."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.ingest import services
from accounts.ingest.reading.readers import Column
from accounts.models import Account, AccountRevenue
from tests.ingest.files import MORNING


@pytest.fixture
def run(acme, tmp_path):
    def _run(text, *options, kind="accounts", **more):
        path = tmp_path / "file.csv"
        path.write_text(text)
        out, err = StringIO(), StringIO()
        call_command("import_file", kind, str(path), "--schema", "acme", *options, stdout=out, stderr=err, **more)
        return out.getvalue(), err.getvalue()

    return _run


def test_it_prints_what_became_of_the_rows(run):
    text = "nr,label,mrr\n1,One,10\n2,Two,zehn\n"
    out, err = run(text, "--map", "external_id=nr", "--map", "name=label", "--set", "currency=USD")
    assert out == "added 1 updated 0 unchanged 0 rejected 1\n"
    assert err == "row 3, mrr: “zehn” is not a number. Write it like 1234.50.\n"
    assert AccountRevenue.objects.get().currency == "USD"
    assert run(text, "--map", "external_id=nr", "--map", "name=label")[0].endswith(
        "added 0 updated 0 unchanged 1 rejected 1\n"
    )


def test_a_dry_run_writes_nothing_and_errors_go_to_a_file(run, tmp_path):
    errors = tmp_path / "errors.csv"
    out, _err = run("id,name\n1,One\n1,Again\n", "--dry-run", "--errors", str(errors))
    assert "added 1 updated 0 unchanged 0 rejected 1 (nothing was written)" in out
    assert not Account.objects.exists()
    assert (
        errors.read_text()
        == "id,name,Row,Column,Problem and how to fix it\n1,Again,3,id,Same key as row 2. Keep one of the two rows.\n"
    )


def test_a_saved_mapping_is_used(run):
    columns = [Column("external_id", "nr"), Column("attributes.seats", "plätze", reading="number")]
    services.save_mapping(kind="accounts", name="Ours", columns=columns, by=None, as_of=MORNING)
    run("Nr,Plätze\n1,7\n", "--mapping", "Ours")
    assert Account.objects.get().attributes == {"seats": 7}


def test_the_real_file_needs_no_mapping(run, checkout):
    text = (checkout / "tests/data/telco_churn.csv").read_text()
    out, _err = run("\n".join(text.splitlines()[:51]), "--dry-run")
    assert "added 50 updated 0 unchanged 0 rejected 0" in out


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("", (), "The file is empty"),
        ("colour\nred\n", (), "No column goes to “External ID”"),
        ("id\n1\n", ("--map", "name=nothing"), "The file has no column “nothing”. Its columns are: id."),
        ("id\n1\n", ("--map", "wrong"), "write it as FIELD=COLUMN"),
        ("id\n1\n", ("--map", "shoe_size=id"), "There is no field “shoe_size” here"),
        ("id\n1\n", ("--mapping", "none"), "There is no mapping “none”"),
        ("id\n1\n", ("--currency", "euro"), "“euro” is not a currency"),
        ("id\n1\n", ("--encoding", "klingon"), "There is no encoding “klingon”"),
        ("id\n1\n", ("--described-day", "today"), "“today” is not a date"),
    ],
)
def test_what_cannot_be_imported_is_one_sentence(run, text, options, words):
    with pytest.raises(CommandError, match=words):
        run(text, *options)


def test_an_unknown_tenant_and_a_missing_file_are_said(acme, tmp_path):
    with pytest.raises(CommandError, match="no tenant with the schema 'nobody'"):
        call_command("import_file", "accounts", str(tmp_path / "file.csv"), "--schema", "nobody")
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_file", "accounts", str(tmp_path / "file.csv"), "--schema", "acme")
