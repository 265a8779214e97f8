"""The doctor finds what is there, what is missing, and says what to do."""

import importlib.metadata
import os
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pytest

from emtool.crawler import doctor
from emtool.crawler.doctor import Check, State, examine


def _examine(workspace: Path) -> dict[str, Check]:
    return {check.name: check for check in examine(workspace, computing=lambda: "cpu")}


def _program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An otherwise empty PATH; programs are written into it."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_this_environment_has_what_emtool_needs(tmp_path: Path) -> None:
    checks = _examine(tmp_path)
    assert [
        c.name for c in checks.values() if c.state is State.MISSING and c.name not in ("ffmpeg", "ffprobe")
    ] == []
    assert checks["typer"].found.startswith(importlib.metadata.version("typer"))
    assert checks["device"].found == "cpu"
    assert not any(check.way_out for check in checks.values() if check.state is State.OK)


def test_missing_programs_come_with_the_way_to_get_them(programs: Path, tmp_path: Path) -> None:
    checks = _examine(tmp_path)
    assert checks["ffmpeg"].state is State.MISSING
    assert "apt-get install ffmpeg" in checks["ffmpeg"].way_out
    assert checks["fluidsynth"].state is State.OPTIONAL


def test_a_program_is_asked_for_its_version(programs: Path, tmp_path: Path) -> None:
    _program(programs, "ffmpeg", 'echo "ffmpeg version 7.1.2-static, built somewhere"')
    _program(programs, "ffprobe", 'echo "libavcodec.so: cannot open" >&2; exit 127')
    checks = _examine(tmp_path)
    assert checks["ffmpeg"] == Check(
        name="ffmpeg", state=State.OK, found=f"7.1.2-static at {programs / 'ffmpeg'}"
    )
    assert checks["ffprobe"].state is State.MISSING
    assert "does not run: libavcodec.so: cannot open" in checks["ffprobe"].found


def test_a_program_that_cannot_be_started_is_missing(programs: Path, tmp_path: Path) -> None:
    (programs / "ffmpeg").write_bytes(b"\x7fELF, not really")
    (programs / "ffmpeg").chmod(0o755)
    assert _examine(tmp_path)["ffmpeg"].state is State.MISSING


def test_packages_are_held_against_their_ranges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [
        "typer<0.1",
        "no-such-package>=1",
        "rich",
        "pytest>=1; extra == 'dev'",
        "oldlib; python_version < '3'",
    ]
    monkeypatch.setattr(importlib.metadata, "requires", lambda _name: wanted)
    checks = _examine(tmp_path)
    assert checks["typer"].state is State.MISSING
    assert checks["typer"].way_out == "pip install 'typer<0.1'"
    assert checks["no-such-package"].found == "not installed"
    assert checks["rich"].state is State.OK
    assert not {"pytest", "oldlib"} & set(checks)


@pytest.mark.parametrize(
    "error", [ImportError("no module"), OSError("libcudart.so is missing\nmore"), RuntimeError()]
)
def test_native_code_that_does_not_load_is_missing(tmp_path: Path, error: Exception) -> None:
    def computing() -> str:
        raise error

    device = next(check for check in examine(tmp_path, computing=computing) if check.name == "device")
    assert device.state is State.MISSING
    assert device.found == (str(error).partition("\n")[0] or "RuntimeError")
    assert device.way_out


def test_a_workspace_need_not_exist_and_is_not_made(tmp_path: Path) -> None:
    checks = _examine(tmp_path / "new" / "workspace")
    assert checks["workspace"].state is State.OK
    assert str(tmp_path) in checks["disk"].found
    assert list(tmp_path.iterdir()) == []


def test_a_workspace_that_cannot_be_written_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() == 0 and Path("/proc/self").exists():
        checks = _examine(Path("/proc/self"))  # root may write anywhere but there
    else:
        tmp_path.chmod(0o500)
        checks = _examine(tmp_path)
    assert checks["workspace"].state is State.MISSING
    assert "--workspace" in checks["workspace"].way_out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_workspace_on_a_full_disk_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def on_a_full_disk(**_options: Path) -> BinaryIO:
        return Path("/dev/full").open("wb")

    monkeypatch.setattr("tempfile.TemporaryFile", on_a_full_disk)
    workspace = _examine(tmp_path)["workspace"]
    assert workspace.state is State.MISSING
    assert "No space left on device" in workspace.found


def test_a_disk_that_is_nearly_full_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr("shutil.disk_usage", lambda _path: Usage(free=doctor.NEEDED_FREE_BYTES - 1))
    disk = _examine(tmp_path)["disk"]
    assert disk.state is State.MISSING
    assert "2 GiB" in disk.way_out
