"""ERNIE-M beside what transformers 4.57 made of the same files, recorded by ernie_m/record.py and made anew."""

import io
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import numpy as np
import pytest
import sentencepiece
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from emtool.crawler.errors import CheckpointError, EmtoolError, MissingToolError, UsageError
from emtool.model.text_encoder import TextEncoder
from emtool.model.text_encoders._ernie_m_tokenizer import split_piece
from emtool.model.text_encoders.ernie_m import Encoder

RECORDED = Path(__file__).parent / "ernie_m"
FILES = ("config.json", "model.safetensors", "sentencepiece.bpe.model", "vocab.txt")
TRANSFORMERS4 = os.environ.get("EMTOOL_TRANSFORMERS4")
MAX_TOKENS = 48  # of record.py


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small checkpoint, to break."""
    for name in FILES:
        shutil.copy(RECORDED / name, tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(f"{RECORDED},max_tokens={MAX_TOKENS}")


def _assert_equal_to_expected(encoder: Encoder, folder: Path) -> None:
    """Token ids of every text, states and pooled state of the first ones, run as one padded batch."""
    with np.load(folder / "expected.npz") as expected:
        texts, ids = json.loads(expected["texts"].tobytes())
        states, pooled = expected["states"], expected["pooled"]
    ours = [encoder.tokenizer.encode(text, MAX_TOKENS)[0] for text in texts]
    assert [(text, own) for text, own, theirs in zip(texts, ours, ids, strict=True) if own != theirs] == []
    output = encoder.forward(ours[: len(pooled)])
    assert output.pooled is not None
    joined = np.concatenate([output.states[k, : len(ours[k])].numpy() for k in range(len(pooled))])
    assert states.std() > 0.5, "states this small would be near whatever the network does"
    assert np.abs(joined - states).max() < 1e-4
    assert np.abs(output.pooled.numpy() - pooled).max() < 1e-4


def test_equal_to_what_transformers_4_recorded(encoder: Encoder) -> None:
    _assert_equal_to_expected(encoder, RECORDED)


@pytest.mark.skipif(
    not TRANSFORMERS4, reason="EMTOOL_TRANSFORMERS4 names no python that has transformers>=4.57,<5"
)
@pytest.mark.parametrize("seed", ["1", "2"])
def test_equal_to_transformers_4_beside_us(seed: str, tmp_path: Path) -> None:
    """Other weights, another vocabulary, Unicode's normal forms, and two thousand texts of no sense."""
    command = [str(TRANSFORMERS4), "-W", "ignore", str(RECORDED / "record.py"), str(tmp_path), "--seed", seed]
    made = subprocess.run(command, check=False, capture_output=True, text=True, timeout=240)
    assert made.returncode == 0, made.stderr[-2000:]
    _assert_equal_to_expected(Encoder(f"{tmp_path},max_tokens={MAX_TOKENS}"), tmp_path)


@pytest.mark.parametrize("pool", ["cls", "mean", "pooled"])
def test_sentence_and_token_states_are_those_of_the_network(pool: str) -> None:
    encoder = Encoder(f"{RECORDED},pool={pool}")
    texts = ["小提琴", "a much longer text: the cello and the piano", ""]
    for text, (s0, tokens) in zip(texts, encoder.encode(texts), strict=True):
        alone = encoder.forward([encoder.tokenizer.encode(text, 48)[0]])
        assert alone.pooled is not None
        states = alone.states[0].numpy()
        by_name = {"cls": states[0], "mean": states.mean(axis=0), "pooled": alone.pooled[0].numpy()}
        assert s0 == pytest.approx(by_name[pool] / by_name[pool].std(), abs=1e-4)
        assert tokens == pytest.approx(states / states.std(axis=-1, keepdims=True), abs=1e-4)


def test_the_classification_state_is_the_sentence_by_default() -> None:
    (by_default, _), (cls, _) = (Encoder(f"{RECORDED}{o}").encode(["flute"])[0] for o in ("", ",pool=cls"))
    assert np.array_equal(by_default, cls)


def test_it_stands_behind_the_same_door_as_the_others() -> None:
    encoder = TextEncoder(f"ernie-m:{RECORDED}")
    states = encoder(["a sad cello", "钢琴"])
    assert encoder.dim == states.sentence.shape[1] == states.tokens.shape[2] == 16
    assert states.mask[:, :2].all()


def test_many_texts_come_back_in_their_order(encoder: Encoder) -> None:
    texts = [f"{'piano ' * (k % 7)}{k}" for k in range(70)]
    alone = {text: encoder.encode([text])[0][0] for text in texts[::9]}
    together = dict(zip(texts, encoder.encode(texts), strict=True))
    assert all(together[text][0] == pytest.approx(s0, abs=1e-4) for text, s0 in alone.items())


@pytest.mark.parametrize("text", ["\u2581", "\u2581\u2581", "a \u2581", "\ud800 piano", "\0", "词" * 20_000])
def test_odd_texts_do_not_break_it(encoder: Encoder, text: str) -> None:
    ((s0, tokens),) = encoder.encode([text])
    assert np.isfinite(s0).all()
    assert 2 <= len(tokens) <= MAX_TOKENS


def test_a_space_at_the_end_is_dropped_where_sentencepiece_keeps_it(folder: Path) -> None:
    """The tokenizer of transformers raises IndexError there."""
    pieces = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a sad cello", "two  cellos "] * 9),
        model_writer=pieces,
        vocab_size=40,
        hard_vocab_limit=False,
        remove_extra_whitespaces=False,
        minloglevel=2,
    )
    (folder / "sentencepiece.bpe.model").write_bytes(pieces.getvalue())
    tokenizer = Encoder(str(folder)).tokenizer
    assert tokenizer._pieces.encode("cello ", out_type=str)[-1] == "\u2581"
    assert tokenizer.tokens("cello ") == tokenizer.tokens("cello")


@given(st.text("\u2581ab1９琴，,.!" + "\u2460", max_size=12))
def test_splitting_a_piece_loses_nothing_but_space_marks(piece: str) -> None:
    parts = list(split_piece(piece))
    assert "".join(parts).replace("\u2581", "") == piece.replace("\u2581", "")
    assert not any(len(part) > 1 and set(part) & set("琴，,.!") for part in parts)


def test_capitals_are_lowered_where_the_checkpoint_says_so(folder: Path) -> None:
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": true}')
    lowering, plain = Encoder(str(folder)).tokenizer, Encoder(str(RECORDED)).tokenizer
    assert lowering.tokens("PIANO [MASK]") == plain.tokens("piano [MASK]") != plain.tokens("PIANO [MASK]")


def test_a_prefix_is_put_before_every_text() -> None:
    (with_prefix,) = Encoder(f"{RECORDED},prefix=music:+").encode(["flute"])
    (written,) = Encoder(str(RECORDED)).encode(["music: flute"])
    assert np.array_equal(with_prefix[1], written[1])


def test_cutting_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    encoder = Encoder(f"{RECORDED},max_tokens=5")
    with caplog.at_level(logging.WARNING):
        encoder.encode(["琴", "琴琴琴"])
        assert caplog.messages == []
        (_, tokens), _ = encoder.encode(["琴琴琴琴", "琴"])
        encoder.encode(["琴琴琴琴琴"])
    assert len(tokens) == 5
    assert len(caplog.messages) == 1
    assert "1 of 2 texts are longer than 5 tokens" in caplog.messages[0]


Change = Callable[[dict[str, torch.Tensor]], object]


def _reweigh(folder: Path, change: Change) -> None:
    state = load_file(folder / "model.safetensors")
    changed = change(state)
    save_file(changed if isinstance(changed, dict) else state, folder / "model.safetensors")


def test_weights_in_the_older_file_and_below_a_head_are_read_alike(folder: Path, encoder: Encoder) -> None:
    state = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(
        {f"ernie_m.{name}": value for name, value in state.items()} | {"classifier.weight": torch.ones(2)},
        folder / "pytorch_model.bin",
    )
    _assert_equal_to_expected(Encoder(f"{folder},max_tokens={MAX_TOKENS}"), RECORDED)


def test_half_precision_is_computed_in_single(folder: Path) -> None:
    _reweigh(folder, lambda state: {name: value.half() for name, value in state.items()})
    encoder = Encoder(str(folder))
    assert {weight.dtype for weight in encoder.network.parameters()} == {torch.float32}
    assert len(encoder.encode(["琴"])) == 1


class _Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, ("sprung",))


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_that_wants_to_run_code_is_refused(
    zipped: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (folder / "model.safetensors").unlink()
    torch.save({"embeddings": _Trap()}, folder / "pytorch_model.bin", _use_new_zipfile_serialization=zipped)
    with pytest.raises(CheckpointError, match=r"pytorch_model.bin cannot be read as weights alone"):
        Encoder(str(folder))
    assert not (folder / "sprung").exists()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("share", [0, 0.6])
def test_a_file_cut_off_is_refused_by_its_name(name: str, share: float, folder: Path) -> None:
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: int(share * len(whole))])
    if name == "vocab.txt" and share:
        (folder / name).write_bytes(b"\xff\xfe" + whole)
    with pytest.raises(CheckpointError, match=name):
        Encoder(str(folder))


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_there_is_named(name: str, folder: Path) -> None:
    (folder / name).unlink()
    with pytest.raises(UsageError, match=f"no {name}.*there is none in the folder"):
        Encoder(str(folder))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"model_type": "bert"}, "model_type='bert'.*text_encoder=transformers"),
        ({"position_embedding_type": "relative_key"}, "only absolute positions"),
        ({"hidden_size": 0}, "hidden_size=0"),
        ({"num_hidden_layers": "2"}, "num_hidden_layers='2'"),
        ({"num_attention_heads": 3}, "no multiple of num_attention_heads=3"),
        ({"hidden_act": "snake"}, "hidden_act='snake'"),
        ({"vocab_size": 20}, "vocab_size=20"),
        ({"intermediate_size": 25}, r"linear1.weight of shape \[24, 16\].*\[25, 16\]"),
        ({"num_hidden_layers": 3}, r"lacks encoder.layers.2"),
    ],
)
def test_a_config_that_does_not_fit_is_refused(changed: dict[str, Any], said: str, folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changed))
    with pytest.raises(CheckpointError, match=said):
        Encoder(str(folder))


@pytest.mark.parametrize("text", ["[1]", "[CLS]\n[UNK]\n"])
def test_json_and_vocabulary_of_something_else_are_refused(text: str, folder: Path) -> None:
    name = "config.json" if text == "[1]" else "vocab.txt"
    (folder / name).write_text(text)
    with pytest.raises(CheckpointError, match=name):
        Encoder(str(folder))


def test_weights_that_are_no_weights_are_refused(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    torch.save({"epoch": 3}, folder / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match="something else than named weights"):
        Encoder(str(folder))


def test_a_checkpoint_without_pooler_serves_but_for_pooling(folder: Path) -> None:
    _reweigh(folder, lambda state: [state.pop(f"pooler.dense.{part}") for part in ("weight", "bias")])
    assert len(Encoder(str(folder)).encode(["琴"])) == 1
    with pytest.raises(UsageError, match="has no pooler"):
        Encoder(f"{folder},pool=pooled")


def test_more_tokens_than_there_are_positions_are_refused() -> None:
    for said in ("", ",max_tokens=64"):
        ((_, tokens),) = Encoder(f"{RECORDED}{said}").encode(["词" * 99])
        assert len(tokens) == 64
    with pytest.raises(UsageError, match=r"max_tokens=65.*reads 64 at most"):
        Encoder(f"{RECORDED},max_tokens=65")


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    with pytest.raises(MissingToolError, match=r"pip install 'emtool\[ernie-m\]'"):
        Encoder(str(RECORDED))


def test_a_name_of_the_hub_is_found_in_its_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = tmp_path / "models--someone--tiny-ernie"
    commit = "0" * 40
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    (repository / "snapshots" / commit).mkdir(parents=True)
    for name in FILES:
        shutil.copy(RECORDED / name, repository / "snapshots" / commit)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    assert len(Encoder("someone/tiny-ernie").encode(["琴"])) == 1


@pytest.mark.parametrize("name", ["someone/other", "not a name", "/nowhere"])
def test_a_name_that_leads_nowhere_is_refused(name: str) -> None:
    with pytest.raises(EmtoolError, match=f"cannot load the text encoder '{name}'"):
        Encoder(name)
