from pathlib import Path

import pytest

from emtool.dataset.leftovers import Fate, Traces, look, take_out

WORDS = 'a "slow" piano & 钢琴很温柔'


@pytest.mark.parametrize(
    ("data", "known"),
    [
        (WORDS.encode(), True),
        (b"\x00" * 13 + WORDS.encode(), True),
        (b'{"prompt": "a \\"slow\\" piano & \\u94a2\\u7434\\u5f88\\u6e29\\u67d4"}', True),
        ('{"prompt": "a \\"slow\\" piano & 钢琴很温柔"}'.encode(), True),
        ("<p>a &quot;slow&quot; piano &amp; 钢琴很温柔</p>".encode(), True),
        (b"TIT2" + WORDS.encode("utf-16-le"), True),
        (b'a "slow" piano & guitar', False),
        (b"see site:x", False),  # seven letters tell nothing
        (b"see long-site:12, there", True),
        (b"see long-site:123", False),
        (b"see long-site:12-b", False),
        (b"long-site:12", True),
        (b"short", False),
        (b"", False),
    ],
)
def test_every_way_of_writing_is_known(data: bytes, known: bool) -> None:
    assert Traces([WORDS, "site:x"], ["long-site:12"]).stand_in(data) is known


def test_many_traces_in_large_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emtool.dataset.leftovers._BLOCK_BYTES", 1000)
    traces = Traces(f"comment number {number} of very many" for number in range(20_000))
    hidden = b"comment number 19999 of very many"
    for place in (0, 990, 1000, 2995, 5000):
        (tmp_path / "a").write_bytes(b"x" * place + hidden + b"y" * 3000)
        assert traces.stand_in_file(tmp_path / "a")
    (tmp_path / "a").write_bytes(b"comment number 20000 of very many" * 300)
    assert not traces.stand_in_file(tmp_path / "a")


def test_no_traces_find_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("anything")
    assert not Traces(["short"])
    assert look(tmp_path, Traces([])) == []


def test_each_file_has_its_fate(tmp_path: Path) -> None:
    def put(name: str, data: bytes = WORDS.encode()) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    put("store/emtool.db")
    put("cache/states")
    put("datasets/d/README.md")
    elsewhere = put("elsewhere/croissant.json")
    (tmp_path / "link.html").symlink_to(put("notes.md"))
    header = b'{"__metadata__":{"prompt":"' + WORDS.replace('"', '\\"').encode() + b'"}}'
    weights = put("runs/r/checkpoint.safetensors", len(header).to_bytes(8, "little") + header + b"\0" * 64)
    put(
        "runs/r/other.safetensors", (2).to_bytes(8, "little") + b"{}" + WORDS.encode()
    )  # weights are not searched
    lines = put("runs/r/attribution.txt", b"one\n" + WORDS.encode() + b", CC0\nanother\n")
    sound = put("samples/001.wav")
    put("samples/001.png", b"a picture")
    kept = put("samples/002.wav", b"another")
    page = put("report.html")
    settings = put("runs/r/config.yaml")
    traces = Traces([WORDS])
    found = look(tmp_path, traces, others=[elsewhere.parent], without=[tmp_path / "datasets" / "d"])
    assert {one.path: one.fate for one in found} == {
        tmp_path / "notes.md": Fate.NAMED,
        weights: Fate.NAMED,
        settings: Fate.NAMED,
        lines: Fate.LINES,
        sound: Fate.DELETED,
        page: Fate.DELETED,
        elsewhere: Fate.DELETED,
    }
    take_out(found, traces)
    assert lines.read_text() == "one\nanother\n"
    assert sorted(path.name for path in (tmp_path / "samples").iterdir()) == [kept.name]
    assert {one.path for one in look(tmp_path, traces, without=[tmp_path / "datasets" / "d"])} == {
        tmp_path / "notes.md",
        weights,
        settings,
    }
