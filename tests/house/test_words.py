"""Names keep their promises: the glossary knows every noun, fields say what they hold, pages stay translatable, and documents are complete."""

import ast
import io
import re
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands
from django.db import models

from cshub.api.problems import PROBLEMS
from cshub.environment import BASE_DIR
from cshub.tenancy.models import Tenant
from tests.house.rows import tenant_models

PACKAGES = ("cshub", "accounts", "health", "playbooks", "reports")
LONGEST_FUNCTION = 50
MODELS = tenant_models()
TEMPLATES = sorted((BASE_DIR / "templates").rglob("*.html"))
MECHANICS = {"AuditHead", "Scoring", "SignInCounter"}  # rows that no person names
SAID_AS = {"UsageDaily": "usage rollup", "Run": "run, task", "Domain": "domain"}
MONEY = {"amount", "arr", "arr_due", "new_arr", "booked"}
FOR_PROGRAMMERS = {"collect_messages", "build_assets"}  # run before a release, described beside the code


def label(model: type[models.Model]) -> str:
    return model._meta.label


def noun(model: type[models.Model]) -> str:
    return SAID_AS.get(
        model.__name__, re.sub(r"(?<!^)(?=[A-Z])", " ", model.__name__).lower().replace("api key", "API key")
    )


@pytest.mark.parametrize("model", [model for model in MODELS if model.__name__ not in MECHANICS], ids=label)
def test_the_glossary_knows_every_noun(model: type[models.Model]) -> None:
    words = (BASE_DIR / "docs/glossary.md").read_text().lower()
    assert noun(model).lower() in words


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_fields_are_named_after_what_they_hold(model: type[models.Model]) -> None:
    wrong = [
        field.name
        for field in model._meta.concrete_fields
        if (field.name.endswith("_at") and not isinstance(field, models.DateTimeField | models.TimeField))
        or (
            field.name.endswith("_on")
            and field.name != "shortcuts_on"
            and (not isinstance(field, models.DateField) or isinstance(field, models.DateTimeField))
        )
        or (field.name.endswith("_by") and not field.is_relation and not isinstance(field, models.DateField))
        or (field.name.endswith("_count") and not isinstance(field, models.IntegerField))
    ]
    assert wrong == []


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_money_is_exact_and_has_a_currency(model: type[models.Model]) -> None:
    fields = {field.name: field for field in model._meta.concrete_fields}
    money = [field for name, field in fields.items() if name in MONEY]
    assert all(isinstance(field, models.DecimalField) for field in money)
    held_by = {"ContractLine": "contract", "CreditBalance": "outcome", "OrderLine": "order", "Payment": "invoice"}
    assert not money or "currency" in fields or model.__name__ in held_by


def test_functions_are_short() -> None:
    long = {
        f"{path.relative_to(BASE_DIR)}:{node.name}": length
        for package in PACKAGES
        for path in (BASE_DIR / package).rglob("*.py")
        if not {"migrations", "gallery"} & {*path.parts}  # the gallery is sample data for eyes
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


def test_migrations_say_what_the_models_say(acme: Tenant) -> None:
    printed = io.StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=printed)
    assert "No changes detected" in printed.getvalue()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(BASE_DIR / "templates")))
def test_a_template_has_nothing_inline_and_no_word_that_is_not_translated(path: Path) -> None:
    text = re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}", "", path.read_text(), flags=re.DOTALL)
    text = re.sub(r"{% block (coltype|bodyclass) %}.*?{% endblock %}", "", text, flags=re.DOTALL)
    assert not re.search(r"<[^>]*\sstyle=|<style\b|\son\w+=\"|javascript:", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", text)
    bare = re.sub(
        r"{% blocktranslate.*?{% endblocktranslate %}|<script.*?</script>|<(title|code|kbd|pre)\b.*?</\1>",
        "",
        text,
        flags=re.DOTALL,
    )
    bare = re.sub(r"{%.*?%}|{{.*?}}|&\w+;", " ", bare, flags=re.DOTALL)
    words = [word for word in re.findall(r">([^<>]*)<", f">{bare}<") if re.search(r"[A-Za-z]{3,}", word)]
    found = [
        word.strip() for word in words if word.strip() not in KEPT and not word.strip().startswith(("SHA-256", "."))
    ]
    assert found == [] or "gallery" in path.name


KEPT = {
    "cshub",
    "NPS",
    "CSAT",
    "CES",
    ".csv",
    "CSV",
    "Esc",
    "Enter",
    "Ctrl",
    "Tab",
    "Shift",
}  # the same in every language


def test_every_command_is_documented() -> None:
    ours = {name for name, app in get_commands().items() if str(app).split(".")[0] in PACKAGES} - FOR_PROGRAMMERS
    documented = (BASE_DIR / "docs/operations.md").read_text()
    assert {"advance", "verify", "load_demo", "create_tenant", "import_file", "api_key", "migrate"} <= ours
    assert sorted(name for name in ours if f"`manage.py {name}" not in documented) == []


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_problem_of_the_api_is_explained(code: str) -> None:
    problem = PROBLEMS[code]
    assert problem.title[0].isupper()
    assert 400 <= problem.status < 600
    assert len(problem.remedy) > 20
