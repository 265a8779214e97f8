"""The tree keeps its promises: imports point one way, plug-ins stand alone, every folder is packaged."""

import ast
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import CHECKOUT

STAGES = ("crawler", "dataset", "model")
SHARED = {
    "console",
    "errors",
    "files",
    "locks",
    "printable",
    "progress",
    "registry",
}  # what every stage may use of the crawler
DOORS = {
    ("dataset", "crawler"): SHARED | {"covered", "licences", "optouts", "records", "store", "takedown"},
    ("model", "crawler"): SHARED,
    ("model", "dataset"): {"load"},
}
LATE_DOORS = {("model", "dataset"): {"tags"}}  # inside functions only
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))


class Import(NamedTuple):
    """One import of a module of emtool."""

    importer: str  # such as "emtool.model.train"
    imported: str
    late: bool  # inside a function, or for type checkers only


def _module(path: Path) -> str:
    parts = path.relative_to(CHECKOUT).with_suffix("").parts
    return ".".join(("emtool", *parts)).removesuffix(".__init__")


SOURCES = {
    _module(path): path
    for path in [CHECKOUT / "cli.py", *(p for s in STAGES for p in sorted((CHECKOUT / s).rglob("*.py")))]
}


def _imports(importer: str, path: Path) -> Iterator[Import]:
    def visit(node: ast.AST, late: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(importer, alias.name, late)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield Import(importer, inner if inner in SOURCES else str(node.module), late)
        else:
            checking = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            inner_late = (
                late or checking or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            )
            for child in ast.iter_child_nodes(node):
                yield from visit(child, inner_late)

    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    return (found for found in visit(tree, late=False) if found.imported.split(".")[0] == "emtool")


ALL_IMPORTS = [found for module, path in SOURCES.items() for found in _imports(module, path)]


def test_every_import_names_a_module_that_exists() -> None:
    assert not [found for found in ALL_IMPORTS if found.imported not in SOURCES]


def test_imports_point_one_way_and_through_the_doors() -> None:
    wrong = []
    for found in ALL_IMPORTS:
        of, to = found.importer.split(".")[1], found.imported.split(".")[1:]
        if of == "cli" or to[0] == of:
            continue
        doors = DOORS.get((of, to[0]), set()) | (LATE_DOORS.get((of, to[0]), set()) if found.late else set())
        if len(to) < 2 or to[1] not in doors:
            wrong.append(f"{found.importer} imports {found.imported}")
    assert not wrong


def test_nothing_is_imported_in_a_circle() -> None:
    graph: dict[str, set[str]] = {module: set() for module in SOURCES}
    for found in ALL_IMPORTS:
        if not found.late:
            graph[found.importer].add(found.imported)
    done: set[str] = set()

    def follow(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path[path.index(module) :], module))
        if module not in done:
            for imported in sorted(graph[module]):
                follow(imported, (*path, module))
            done.add(module)

    for module in graph:
        follow(module, ())


def _plugin_packages() -> set[str]:
    """Packages that some code gives to the registry, by their name or by a constant that holds it."""
    given: set[str] = set()
    constants: dict[str, str] = {}
    for path in SOURCES.values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(value))):
                    constants[name] = value
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="registry")), args=[ast.Name(id=name), *_]
                ):
                    given.add(name)
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="registry")),
                    args=[ast.Constant(value=str(value)), *_],
                ):
                    given.add(value)
                case _:
                    pass
    return {constants.get(name, name) for name in given} & set(SOURCES)


def test_plugins_never_import_each_other() -> None:
    packages = _plugin_packages()
    assert {"emtool.crawler.sources", "emtool.dataset.filters", "emtool.model.samplers"} <= packages
    wrong = []
    for found in ALL_IMPORTS:
        home, _, name = found.imported.rpartition(".")
        together = home in packages and found.importer.rpartition(".")[0] == home
        if together and not name.startswith("_"):
            wrong.append(f"{found.importer} imports {found.imported}")
    assert not wrong


def test_cli_is_the_only_python_file_at_the_root() -> None:
    """A root ``__init__.py`` breaks mypy, and any other module would be shipped inside the package."""
    assert [path.name for path in CHECKOUT.glob("*.py")] == ["cli.py"]


def test_every_folder_with_an_init_is_packaged() -> None:
    folders = {module for module, path in SOURCES.items() if path.name == "__init__.py"}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == folders | {"emtool"}


def test_every_folder_with_python_has_an_init() -> None:
    bare = {path.parent for path in SOURCES.values() if not (path.parent / "__init__.py").exists()}
    assert bare == {CHECKOUT}


def _data_files() -> list[Path]:
    return [
        path
        for stage in STAGES
        for path in sorted((CHECKOUT / stage).rglob("*"))
        if path.is_file() and path.suffix not in (".py", ".pyc") and not path.name.startswith(".")
    ]


def test_every_data_file_is_packaged() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]

    def packaged(path: Path) -> bool:
        for package, globs in patterns.items():
            folder = CHECKOUT / package.removeprefix("emtool.").replace(".", "/")
            if path.is_relative_to(folder):
                inner = path.relative_to(folder)
                if any(fnmatch(str(inner), g) and len(inner.parts) == g.count("/") + 1 for g in globs):
                    return True
        return False

    assert _data_files()
    assert not [str(path) for path in _data_files() if not packaged(path)]


@pytest.mark.parametrize("name", ["cli.py", *STAGES])
def test_type_checkers_see_the_tree_as_emtool(name: str) -> None:
    assert (CHECKOUT / ".types" / "emtool" / name).resolve() == CHECKOUT / name
