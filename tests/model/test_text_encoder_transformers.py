"""Encoders of transformers, made on the spot with random weights; holds for transformers 4.57 and 5."""

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from emtool.crawler.errors import UsageError
from emtool.model.text_encoder import TextEncoder
from emtool.model.text_encoders.transformers import Encoder

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "sad", "cello", "query", ":"]
SIZE = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
TEXTS = ["a sad cello", "cello", "", "sad " * 9]


def _tokenizer(folder: Path, **settings: Any) -> Any:
    from transformers import BertTokenizerFast

    (folder / "vocab.txt").write_text("\n".join(WORDS))
    tokenizer = BertTokenizerFast(vocab_file=str(folder / "vocab.txt"), **settings)
    tokenizer.save_pretrained(folder)
    return tokenizer


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("bert")
    _tokenizer(folder)
    torch.manual_seed(0)
    config = BertConfig(vocab_size=len(WORDS), max_position_embeddings=40, initializer_range=0.5, **SIZE)
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import T5Config, T5Model

    folder = tmp_path_factory.mktemp("t5")
    _tokenizer(folder)
    torch.manual_seed(0)
    small = {"d_model": 16, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2}
    T5Model(T5Config(vocab_size=len(WORDS), decoder_start_token_id=0, **small)).save_pretrained(folder)
    return folder


@pytest.fixture
def copied(bert: Path, tmp_path: Path) -> Path:
    """A copy of the BERT, to change."""
    return Path(shutil.copytree(bert, tmp_path / "bert"))


def _loud(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    scaled: np.ndarray[Any, Any] = x / x.std(axis=-1, keepdims=True)
    return scaled


@pytest.mark.parametrize(
    ("pool", "of"),
    [
        ("cls", lambda states, _: states[0]),
        ("mean", lambda states, _: states.mean(axis=0)),
        ("pooled", lambda _, pooled: pooled),
    ],
)
def test_sentence_and_tokens_are_those_of_the_model(pool: str, of: Callable[..., Any], bert: Path) -> None:
    from transformers import AutoTokenizer, BertModel

    tokenizer, model = AutoTokenizer.from_pretrained(bert), BertModel.from_pretrained(bert).eval()
    encoder = Encoder(f"{bert},pool={pool}")
    assert encoder.dim == 16
    for text, (s0, tokens) in zip(TEXTS, encoder.encode(TEXTS), strict=True):
        with torch.inference_mode():
            output = model(**tokenizer(text, return_tensors="pt"))
        states, pooled = output.last_hidden_state[0].numpy(), output.pooler_output[0].numpy()
        assert tokens == pytest.approx(_loud(states), abs=1e-4)
        assert s0 == pytest.approx(_loud(of(states, pooled)), abs=1e-4)


def test_the_mean_is_the_sentence_by_default(bert: Path) -> None:
    assert np.array_equal(
        Encoder(str(bert)).encode(["cello"])[0][0], Encoder(f"{bert},pool=mean").encode(["cello"])[0][0]
    )


def test_it_stands_behind_the_same_door_as_the_others(bert: Path) -> None:
    encoder = TextEncoder(f"transformers:{bert},pool=cls")
    states = encoder(["a sad cello", "cello"])
    assert (encoder.dim, states.tokens.shape) == (16, (2, 5, 16))
    assert states.mask.sum(dim=1).tolist() == [5, 3]
    assert torch.allclose(encoder(["cello"]).sentence[0], states.sentence[1], atol=1e-5)


def test_a_t5_gives_its_encoders_states(t5: Path) -> None:
    from transformers import AutoTokenizer, T5Model

    tokenizer, model = AutoTokenizer.from_pretrained(t5), T5Model.from_pretrained(t5).eval()
    ((s0, tokens),) = Encoder(str(t5)).encode(["a sad cello"])
    with torch.inference_mode():
        ids = tokenizer("a sad cello", return_tensors="pt")
        states = model.encoder(
            input_ids=ids["input_ids"], attention_mask=ids["attention_mask"]
        ).last_hidden_state[0]
    assert tokens == pytest.approx(_loud(states.numpy()), abs=1e-4)
    assert s0 == pytest.approx(_loud(states.numpy().mean(axis=0)), abs=1e-4)


def test_a_t5_needs_no_decoder(t5: Path, tmp_path: Path) -> None:
    """Checkpoints of an encoder alone are common for T5, whose decoder is no use here."""
    from transformers import T5EncoderModel

    _tokenizer(tmp_path)
    T5EncoderModel.from_pretrained(t5).save_pretrained(tmp_path)
    assert not any("decoder" in name for name in load_file(tmp_path / "model.safetensors"))
    whole, alone = Encoder(str(t5)).encode(["a sad cello"]), Encoder(str(tmp_path)).encode(["a sad cello"])
    assert np.array_equal(whole[0][1], alone[0][1])


def test_a_bart_gives_its_encoders_states(tmp_path: Path) -> None:
    """Of the models with a decoder, only T5's kin can be loaded without it."""
    from transformers import BartConfig, BartModel

    _tokenizer(tmp_path)
    layers = {"encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    model = BartModel(
        BartConfig(vocab_size=len(WORDS), d_model=16, max_position_embeddings=40, **layers, **heads)
    )
    model.save_pretrained(tmp_path)
    encoder = Encoder(str(tmp_path))
    ((_, tokens),) = encoder.encode(["cello"])
    assert tokens.shape == (3, 16)
    assert not any("decoder" in name for name, _ in encoder._model.named_parameters())


def test_a_tokenizer_without_padding_still_makes_batches(copied: Path) -> None:
    path = copied / "tokenizer_config.json"
    settings = json.loads(path.read_text())
    path.write_text(json.dumps(settings | {"pad_token": None, "eos_token": "[SEP]"}))
    (copied / "special_tokens_map.json").unlink(missing_ok=True)
    encoder = Encoder(str(copied))
    assert encoder._tokenizer.pad_token == "[SEP]"
    together, alone = encoder.encode(["a sad cello", "cello"]), encoder.encode(["cello"])
    assert together[1][1] == pytest.approx(alone[0][1], abs=1e-4)


def test_a_prefix_is_put_before_every_text(bert: Path) -> None:
    (with_prefix,) = Encoder(f"{bert},prefix=query:%20").encode(["cello"])
    (written,) = Encoder(str(bert)).encode(["query: cello"])
    assert len(with_prefix[1]) == 5
    assert np.array_equal(with_prefix[1], written[1])


def test_cutting_is_told_once(bert: Path, caplog: pytest.LogCaptureFixture) -> None:
    encoder = Encoder(f"{bert},max_tokens=5")
    with caplog.at_level(logging.WARNING):
        encoder.encode(["a sad cello", "cello"])
        assert caplog.messages == []
        encoder.encode(["a sad cello", "a sad sad cello", "sad " * 500])
        encoder.encode(["a sad sad cello"])
    assert len(caplog.messages) == 1
    assert "2 of 3 texts are longer than 5 tokens" in caplog.messages[0]
    assert len(encoder.encode(["sad " * 500])[0][1]) == 5


def test_many_texts_come_back_in_their_order(bert: Path) -> None:
    encoder = Encoder(str(bert))
    texts = [("a " * (k % 7)) + ("sad " * (k % 5)) + "cello" for k in range(70)]
    together = encoder.encode(texts)
    for k in range(0, 70, 9):
        assert together[k][1] == pytest.approx(encoder.encode([texts[k]])[0][1], abs=1e-4)
    assert encoder.encode([]) == []


def _without(folder: Path, start: str) -> None:
    state = load_file(folder / "model.safetensors")
    kept = {name: weight for name, weight in state.items() if not name.startswith(start)}
    assert len(kept) < len(state)
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})


def test_a_checkpoint_without_pooler_serves_but_for_pooling(copied: Path) -> None:
    _without(copied, "pooler.")
    assert len(Encoder(str(copied)).encode(["cello"])) == 1
    with pytest.raises(UsageError, match="no trained pooler for pool=pooled"):
        Encoder(f"{copied},pool=pooled")


def test_a_model_without_pooler_cannot_pool(t5: Path) -> None:
    with pytest.raises(UsageError, match="no trained pooler for pool=pooled"):
        Encoder(f"{t5},pool=pooled")


def test_weights_that_are_missing_are_not_made_up(copied: Path) -> None:
    _without(copied, "encoder.layer.0.attention.output.dense")
    with pytest.raises(UsageError, match=r"lacks 2 of its weights.*attention.output.dense"):
        Encoder(str(copied))


def test_no_classification_token_no_classification_state(copied: Path) -> None:
    path = copied / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"cls_token": None}))
    (copied / "special_tokens_map.json").unlink(missing_ok=True)
    with pytest.raises(UsageError, match="no classification token for pool=cls: say pool=mean"):
        Encoder(f"{copied},pool=cls")


def test_more_tokens_than_there_are_positions_are_refused(bert: Path) -> None:
    assert len(Encoder(str(bert)).encode(["sad " * 90])[0][1]) == 40
    with pytest.raises(UsageError, match=r"max_tokens=41: .* reads 40 at most"):
        Encoder(f"{bert},max_tokens=41")


def test_what_is_no_text_encoder_is_refused(tmp_path: Path) -> None:
    from transformers import ViTConfig, ViTModel

    _tokenizer(tmp_path)
    ViTModel(ViTConfig(image_size=8, patch_size=8, **SIZE)).save_pretrained(tmp_path)
    with pytest.raises(UsageError, match="no text encoder: it gives no states of tokens from text alone"):
        Encoder(str(tmp_path))


def test_ernie_m_is_sent_to_its_own_encoder(tmp_path: Path) -> None:
    import transformers

    if int(transformers.__version__.split(".")[0]) < 5:
        pytest.skip("transformers 4 has ERNIE-M")
    (tmp_path / "config.json").write_text('{"model_type": "ernie_m"}')
    with pytest.raises(UsageError, match=f"write text_encoder=ernie-m:{tmp_path}"):
        Encoder(str(tmp_path))
