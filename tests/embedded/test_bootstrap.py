"""`manage.py` makes its own environment, also after a cut-off attempt and when two start at once."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from cshub.environment import BASE_DIR
from tests.embedded.processes import bare_environment

pytestmark = pytest.mark.slow
COMMAND_LINE = "import sys\n\n\ndef main():\n    print('ran in', sys.prefix)\n    return 7\n"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout whose lock file asks for nothing, so that installing it needs no network."""
    shutil.copy(BASE_DIR / "manage.py", tmp_path)
    (tmp_path / "requirements.lock").write_text("# nothing\n")
    (tmp_path / "cshub").mkdir()
    (tmp_path / "cshub" / "__init__.py").touch()
    (tmp_path / "cshub" / "command_line.py").write_text(COMMAND_LINE)
    return tmp_path


def start(folder: Path, command: str, **extra: str) -> subprocess.Popen[str]:
    """Start manage.py with the interpreter below our own environment, and without uv, as on a bare machine."""
    environment = bare_environment() | {"PATH": "/usr/bin:/bin", "CSHUB_NO_BOOTSTRAP": "", **extra}
    interpreter = Path(sys.base_prefix) / "bin" / Path(sys.executable).resolve().name
    return subprocess.Popen(
        [interpreter, "manage.py", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(folder: Path, command: str, **extra: str) -> tuple[int, str, str]:
    with start(folder, command, **extra) as process:
        out, errors = process.communicate(timeout=120)
    return process.returncode, out, errors


def manage() -> ModuleType:
    spec = importlib.util.spec_from_file_location("manage_under_test", BASE_DIR / "manage.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_two_at_once_install_once_and_what_was_cut_off_is_done_again(bare):
    (bare / ".venv").mkdir()
    for name in (".unfinished", "half"):
        (bare / ".venv" / name).touch()
    with start(bare, "demo") as first, start(bare, "test") as second:
        told = [process.communicate(timeout=120) for process in (first, second)]
    assert [first.returncode, second.returncode] == [7, 7]
    assert [out for out, _ in told] == [f"ran in {bare / '.venv'}\n"] * 2
    said = "".join(errors for _, errors in told)
    assert said.count("cut off") == said.count("Installing the dependencies into .venv with pip") == 1
    assert "waiting for it" in said
    assert {path.name for path in (bare / ".venv").iterdir()} & {".unfinished", "half", ".lock-sha256"} == {
        ".lock-sha256"
    }

    assert run(bare, "demo") == run(bare, "check") == (7, f"ran in {bare / '.venv'}\n", "")

    (bare / "requirements.lock").write_text("nothing-like-this==1 --hash=sha256:" + "0" * 64 + "\n")
    code, out, said = run(bare, "demo", PIP_NO_INDEX="1")
    assert (code, out) == (1, "")
    assert "could not be installed; the lines above say why" in said
    assert (bare / ".venv/.unfinished").exists()


def test_another_command_installs_nothing(bare):
    code, out, _ = run(bare, "check")
    assert (code, out) == (7, f"ran in {sys.base_prefix}\n")
    assert not (bare / ".venv").exists()


def test_a_python_without_venv_is_told_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        manage().install(None)


def test_a_python_that_is_too_old_is_told_so(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 0))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer"):
        manage().main()
