"""What is shipped is whole: the wheel, installed without the checkout, runs and carries its data."""

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.conftest import CHECKOUT
from tests.test_architecture import PROJECT, SOURCES, _data_files

BY_SIZE_OR_KIND = ("*.egg-info", ".*", "build", "dist", "emtool-data", "tests", "__pycache__")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy, since setuptools leaves files beside what it builds."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(CHECKOUT, folder / "source", ignore=shutil.ignore_patterns(*BY_SIZE_OR_KIND))
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(folder / "source"),
    ]
    built = subprocess.run(build, check=False, capture_output=True, text=True, timeout=240)
    assert built.returncode == 0, built.stdout[-2000:] + built.stderr[-2000:]
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts' folder of an environment that has the wheel, and the dependencies of this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True, timeout=240)
    # As a plain path: the .pth files in there, that of the editable install among them, are not followed.
    site = next((folder / "lib").glob("python*/site-packages"))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python.parent


def test_the_wheel_holds_the_whole_tree_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        shipped = {name for name in opened.namelist() if ".dist-info/" not in name}
    ours = {*SOURCES.values(), *_data_files()}
    assert shipped == {f"emtool/{path.relative_to(CHECKOUT)}" for path in ours}


@pytest.mark.parametrize(
    "pattern",
    [
        "emtool/crawler/demo/audio/*.opus",
        "emtool/crawler/demo/catalogue.jsonl",
        "emtool/crawler/recipes/*.yaml",
        "emtool/dataset/lexicon/*.tsv",
        "emtool/model/presets/*.yaml",
        "emtool/model/pretrained/*.safetensors",
        "emtool-*.dist-info/licenses/LICENSE",
    ],
)
def test_the_wheel_carries_its_data(wheel: Path, pattern: str) -> None:
    with zipfile.ZipFile(wheel) as opened:
        assert [name for name in opened.namelist() if Path(name).match(pattern)]


def test_the_wheel_is_small_enough_to_publish(wheel: Path) -> None:
    assert wheel.stat().st_size < 40 * 1024**2


def test_the_installed_wheel_runs_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    place = subprocess.run(
        [installed / "python", "-c", "import emtool.cli; print(emtool.cli.__file__)"],
        check=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    assert place.startswith(str(installed.parent))
    helped = subprocess.run(
        [installed / "emtool", "--help"], check=True, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert "build-dataset" in helped.stdout


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _requirements(*extras: str) -> dict[str, Requirement]:
    lines = [*PROJECT["project"]["dependencies"]]
    for extra in extras:
        lines += PROJECT["project"]["optional-dependencies"][extra]
    return {_normal(found.name): found for found in map(Requirement, lines)}


def _imported(paths: list[Path]) -> set[str]:
    """Top-level names that are imported anywhere in the files, without the standard library and ourselves."""
    names: set[str] = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(str(node.module).split(".")[0])
    return names - set(sys.stdlib_module_names) - {"emtool", "tests"}


@pytest.mark.parametrize(
    ("tests", "extras"),
    [
        (False, ["render", "ernie-m", "lora", "ray"]),
        (True, ["render", "ernie-m", "lora", "ray", "benchmark", "dev"]),
    ],
)
def test_every_import_is_a_declared_dependency(tests: bool, extras: list[str]) -> None:
    """What is there only because another package wants it today may be gone tomorrow."""
    paths = sorted((CHECKOUT / "tests").rglob("*.py")) if tests else list(SOURCES.values())
    providers = importlib.metadata.packages_distributions()
    declared = set(_requirements(*extras))
    undeclared = {
        name: providers.get(name)
        for name in _imported(paths)
        if not declared & {_normal(provider) for provider in providers.get(name, [name])}
    }
    assert not undeclared


def test_every_dependency_has_a_tested_version_within_its_range() -> None:
    lines = (CHECKOUT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = {
        _normal(pin.name): pin
        for pin in map(Requirement, (line for line in lines if line[:1] not in ("", "#")))
    }
    for name, requirement in _requirements("render", "ernie-m", "dev").items():
        assert name in pins, f"{name} has no line in constraints.txt"
        version = str(pins[name].specifier).removeprefix("==")
        assert requirement.specifier.contains(version), (
            f"{name}: {version} is outside {requirement.specifier}"
        )


def test_the_version_stands_in_one_place() -> None:
    assert importlib.metadata.version("emtool") == PROJECT["project"]["version"]


def test_the_changelog_knows_this_version() -> None:
    text = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## (Unreleased|{re.escape(PROJECT['project']['version'])}\b)", text, re.MULTILINE)


def test_pre_commit_hooks_are_the_checks_of_make_lint() -> None:
    import yaml

    hooks = yaml.safe_load((CHECKOUT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0][
        "hooks"
    ]
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    for hook in hooks:
        assert f"$(BIN)/{hook['name']}" in makefile


def test_pyproject_is_read_by_every_tool() -> None:
    """A misspelt table is silently ignored by most tools."""
    assert set(tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]) == {
        "setuptools",
        "ruff",
        "mypy",
        "pyright",
        "pytest",
        "coverage",
    }
