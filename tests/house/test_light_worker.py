"""A worker that waits for work is light: it has loaded its tasks, and neither pages nor statistics."""

import json
import subprocess
import sys

from cshub.environment import BASE_DIR

START = "from cshub.celery import app; app.loader.import_default_modules()"
STATISTICS = {"numpy", "scipy", "pandas", "sklearn"}
OWN = {"cshub", "accounts", "health", "playbooks", "reports"}


def loaded(code: str) -> set[str]:
    """The modules that a process has loaded that ran this."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys, json; print(json.dumps(list(sys.modules)))"],
        cwd=BASE_DIR,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return set(json.loads(done.stdout))


def test_a_worker_knows_its_tasks_and_loads_no_statistics_and_no_page():
    found = loaded(START)
    assert {"cshub.operations.tasks", "accounts.ingest.tasks", "accounts.ingest.services.importing"} <= found
    assert not {name for name in found if name.split(".")[0] in STATISTICS}, (
        "Let tasks import it when they run: python -X importtime -c 'import cshub.operations.tasks' says who loads it."
    )
    pages = {name for name in found if name.split(".")[0] in OWN and {"views", "urls"} & set(name.split("."))}
    assert not pages, "A task needs no page; move what it needs to services or queries."
    assert not {"cshub.pipeline", "cryptography.fernet"} & found


def test_a_turn_of_the_pipeline_loads_only_the_arithmetic_of_statistics():
    """What scores after each event stays in the worker: scipy.stats takes 40 MB more, scipy.optimize 8."""
    found = loaded(START + "; import cshub.pipeline")
    assert {"cshub.pipeline", "health.predictions.services"} <= found
    assert not {"scipy.stats", "scipy.optimize", "scipy.integrate"} & found
