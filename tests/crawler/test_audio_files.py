import os
import time
from pathlib import Path

from emtool.crawler.audio_files import AudioFiles


def test_a_download_moves_to_its_place_by_hash(tmp_path: Path) -> None:
    files = AudioFiles(tmp_path)
    part = files.part("http://site.test/a")
    part.write_bytes(b"sound")
    target = files.take(part, "ab12", ".opus")
    assert target == tmp_path / "ab" / "ab12.opus"
    assert target.read_bytes() == b"sound"
    assert not part.exists()


def test_the_same_content_is_kept_as_it_is(tmp_path: Path) -> None:
    files = AudioFiles(tmp_path)
    for _ in range(2):
        part = files.part("http://site.test/a")
        part.write_bytes(b"sound")
        target = files.take(part, "ab12", ".opus")
        os.utime(target, (1, 1))
    assert target.stat().st_mtime == 1
    assert not part.exists()


def test_parts_of_dead_processes_are_dropped_and_living_ones_kept(tmp_path: Path) -> None:
    files = AudioFiles(tmp_path)
    dead, living = files.part("http://site.test/dead"), files.part("http://site.test/living")
    dead.write_bytes(b"half")
    living.write_bytes(b"half")
    long_ago = time.time() - 4000
    os.utime(dead, (long_ago, long_ago))
    files.part("http://site.test/next")
    assert not dead.exists()
    assert living.exists()
