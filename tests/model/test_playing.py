"""Many sounds into a folder: what is there is not made again, what changed is."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emtool.crawler.errors import UsageError
from emtool.crawler.progress import SILENT
from emtool.model.given_sound import read_sound
from emtool.model.playing import play
from emtool.model.prompt_file import read_prompts
from emtool.model.sample import Sampler
from tests.model.making import RATE_HZ, tone

TEXTS = ["flute", "cello", "a calm cello", "长笛", "flute"]


class Counting(Sampler):
    """Counts the clips that it makes, and stops like Ctrl-C after so many batches."""

    made = 0
    batches_left = 99

    def generate(self, prompts, **options):  # type: ignore[no-untyped-def]
        if not self.batches_left:
            raise KeyboardInterrupt
        self.batches_left -= 1
        self.made += len(prompts)
        return super().generate(prompts, **options)


@pytest.fixture
def sampler(trained: Path) -> Counting:
    return Counting.open(trained)


def played(sampler: Sampler, folder: Path, *, texts: list[str] = TEXTS, seed: int = 1) -> list[Path]:
    return play(
        sampler,
        [(text, text, number) for number, text in enumerate(texts)],
        folder,
        {"steps": 2, "precision": "fp32", "seed": seed},
        made_by={"seed": seed, "steps": 2},
        batch=2,
        progress=SILENT,
    )


def test_after_a_stop_only_the_rest_is_made_and_it_is_the_same(sampler: Counting, tmp_path: Path) -> None:
    whole = played(sampler, tmp_path / "whole")
    assert sampler.made == 5
    sampler.made, sampler.batches_left = 0, 1
    with pytest.raises(KeyboardInterrupt):
        played(sampler, tmp_path / "cut")
    listed = json.loads((tmp_path / "cut" / "samples.json").read_text())
    assert [entry["prompt"] for entry in listed["sounds"]] == TEXTS[:2]
    sampler.batches_left = 99
    again = played(sampler, tmp_path / "cut")
    assert sampler.made == 5
    for one, other in zip(whole, again, strict=True):
        assert np.allclose(soundfile.read(one)[0], soundfile.read(other)[0], atol=1e-3)
    assert (tmp_path / "cut" / "samples.json").read_text() == (
        tmp_path / "whole" / "samples.json"
    ).read_text()


def test_what_is_whole_is_not_made_again_but_what_changed_is(sampler: Counting, tmp_path: Path) -> None:
    paths = played(sampler, tmp_path)
    sampler.made = 0
    played(sampler, tmp_path)
    assert sampler.made == 0
    paths[3].unlink()
    played(sampler, tmp_path)
    assert sampler.made == 1
    played(sampler, tmp_path, seed=2)
    assert sampler.made == 6


@pytest.mark.parametrize("damage", ["not json", "[]", '{"sounds": [{}]}', '{"seed": 1}'])
def test_a_list_that_is_not_ours_is_replaced(sampler: Counting, tmp_path: Path, damage: str) -> None:
    (tmp_path / "samples.json").write_text(damage)
    played(sampler, tmp_path, texts=["flute"])
    assert json.loads((tmp_path / "samples.json").read_text())["sounds"][0]["prompt"] == "flute"


def test_prompts_come_from_lines_or_from_json_lines(tmp_path: Path) -> None:
    plain, lines = tmp_path / "prompts.txt", tmp_path / "prompts.jsonl"
    plain.write_bytes("\ufeff a slow cello \r\n\n欢快的钢琴\n".encode())
    lines.write_text('{"text": " a slow cello", "id": 4}\n\n{"text": "欢快的钢琴"}\n', encoding="utf-8")
    assert read_prompts(plain) == read_prompts(lines) == ["a slow cello", "欢快的钢琴"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.txt", b" \n\n", "holds no prompt: write one a line"),
        ("latin.txt", b"caf\xe9", "cannot be read as prompts, UTF-8 text with one a line"),
        ("long.txt", b"x\n" * 100_001, "has 100001 lines"),
        ("a.jsonl", b'{"text": "x"}\n{"prompt": "y"}', r"a.jsonl, line 2: '.\"prompt\": \"y\".' has no text"),
        ("b.jsonl", b"[" * 9000, "b.jsonl, line 1: .* has no text"),
        ("c.jsonl", b'{"text": ""}', "line 1: .* has no text"),
    ],
)
def test_a_file_that_holds_no_prompts_is_refused(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=said):
        read_prompts(tmp_path / name)


def test_no_file_of_prompts(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_prompts(tmp_path / "nowhere.txt")


def test_a_given_sound_has_the_rate_and_channels_of_the_model(tmp_path: Path) -> None:
    path = tmp_path / "-take 1.flac"
    wave = np.sin(2 * np.pi * 300 * np.arange(16_000) / 16_000)
    soundfile.write(path, np.stack([wave, 0 * wave], axis=1) / 2, 16_000)
    sound = read_sound(path, RATE_HZ, 1)
    assert sound.shape == (1, RATE_HZ)
    assert np.abs(np.fft.rfft(sound[0])).argmax() == 300
    assert read_sound(path, 16_000, 2).shape == (2, 16_000)


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "is no file: name a sound"), (b"", "no sound"), (b"<html>", "no sound that ffmpeg reads")],
)
def test_what_is_no_sound_is_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "take.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        read_sound(path, RATE_HZ, 1)


def test_a_given_playlist_opens_no_other_file(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "secret.wav", tone(300.0)[0], RATE_HZ)
    for name, text in {
        "list.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{tmp_path}/secret.wav\n#EXT-X-ENDLIST\n",
        "list.ffconcat": f"ffconcat version 1.0\nfile '{tmp_path}/secret.wav'\n",
    }.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(UsageError, match="no sound that ffmpeg reads"):
            read_sound(tmp_path / name, RATE_HZ, 1)
