import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

from emtool.crawler.audio_files import AudioFiles
from emtool.crawler.errors import BlockedError, FetchError, SourceError, StoreError
from emtool.crawler.sinks import note_of

URL = "http://site.test/a"
WEEK_S = 7 * 24 * 3600


def take(files: AudioFiles) -> Path:
    with files.part(URL) as part:
        part.write_bytes(b"sound")
        return files.take(part, "ab12", ".opus")


def waiting(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / ".part").iterdir())


def cut_off(files: AudioFiles, url: str = URL, *, error: BaseException | None = None) -> Path:
    """Begin a download, as a client does, and break it off."""
    return break_off(files, url, error or FetchError("cut"), has_note=True)


def break_off(files: AudioFiles, url: str, error: BaseException, *, has_note: bool) -> Path:
    with suppress(type(error)), files.part(url) as part:
        part.write_bytes(b"half")
        if has_note:
            note_of(part).write_text("{}")
        raise error
    return part


def test_a_download_moves_to_its_place_by_hash(tmp_path: Path) -> None:
    target = take(AudioFiles(tmp_path))
    assert target == tmp_path / "ab" / "ab12.opus"
    assert target.read_bytes() == b"sound"
    assert waiting(tmp_path) == []


def test_the_same_content_is_kept_as_it_is(tmp_path: Path) -> None:
    files = AudioFiles(tmp_path)
    for _ in range(2):
        target = take(files)
        os.utime(target, (1, 1))
    assert target.stat().st_mtime == 1
    assert waiting(tmp_path) == []


@pytest.mark.parametrize(
    "error", [FetchError("cut"), BlockedError("rests"), StoreError("gone"), KeyboardInterrupt()]
)
def test_a_cut_download_waits_for_the_next_one(tmp_path: Path, error: BaseException) -> None:
    files = AudioFiles(tmp_path)
    part = cut_off(files, error=error)
    assert waiting(tmp_path) == [part.name, f"{part.name}.json"]
    with files.part(URL) as again:
        assert (again, again.read_bytes()) == (part, b"half")
    assert waiting(tmp_path) == []


def test_what_is_no_sound_or_has_no_note_does_not_wait(tmp_path: Path) -> None:
    files = AudioFiles(tmp_path)
    cut_off(files, error=SourceError("no sound"))
    break_off(files, URL, FetchError("cut"), has_note=False)
    assert waiting(tmp_path) == []


def test_two_downloads_of_one_address_do_not_meet(tmp_path: Path) -> None:
    with AudioFiles(tmp_path).part(URL) as one, AudioFiles(tmp_path).part(URL) as other:
        one.write_bytes(b"one")
        other.write_bytes(b"other")
        AudioFiles(tmp_path).drop_parts()
        assert (one.read_bytes(), other.read_bytes()) == (b"one", b"other")


def test_parts_that_nobody_goes_on_with_are_dropped_after_a_week(tmp_path: Path) -> None:
    files = AudioFiles(tmp_path)
    dead, living = cut_off(files, "http://site.test/dead"), cut_off(files, "http://site.test/living")
    torn = dead.with_name(f".{dead.name}.json.123.part")  # of a process killed while it wrote a note
    torn.write_text("{")
    for path in (dead, torn):
        os.utime(path, (time.time() - WEEK_S,) * 2)
    with files.part(URL):
        assert not dead.exists()
        assert not torn.exists()
        assert living.exists()


def test_a_takedown_drops_all_that_wait(tmp_path: Path) -> None:
    files = AudioFiles(tmp_path)
    cut_off(files)
    files.drop_parts()
    assert waiting(tmp_path) == []
