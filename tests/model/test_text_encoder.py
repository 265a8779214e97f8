"""Text encoders: the offline default, and what holds for all of them."""

import numpy as np
import pytest
import torch

from emtool.crawler.errors import UsageError
from emtool.model.text_encoder import TextEncoder
from emtool.model.text_encoders import use


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder("use")


def test_texts_of_one_meaning_are_near_in_any_language(encoder: TextEncoder) -> None:
    states = encoder(["a slow sad cello", "缓慢忧伤的大提琴", "a fast happy trumpet"])
    cello, chinese, trumpet = torch.nn.functional.normalize(states.sentence, dim=-1)
    assert float(cello @ chinese) > float(cello @ trumpet) + 0.1
    assert states.sentence.shape == (3, 512)
    assert float(states.sentence.std()) == pytest.approx(1, abs=0.1)


def test_token_states_are_those_that_the_sentence_vector_pools(encoder: TextEncoder) -> None:
    """Pool our S by the package's own last layers: its sentence vector must come out."""
    package = use.Encoder()._use
    weights = package._model
    text = "轻快的 piano melody, 很好听"
    states = use.token_states(weights, text).numpy()
    pooled = states.sum(axis=0) / np.sqrt(len(states))
    first = np.maximum(pooled @ weights.d0, 0)
    second = np.maximum(pooled @ weights.p1 + first @ weights.d1, 0)
    third = np.maximum(second @ weights.d2, 0)
    sentence = np.tanh(second @ weights.p3 + third @ weights.d3)
    assert np.allclose(sentence / np.linalg.norm(sentence), package.encode(text), atol=1e-5)


def test_a_text_has_the_same_states_whatever_stands_beside_it(encoder: TextEncoder) -> None:
    alone, beside = encoder(["piano"]), encoder(["piano", "a much longer text about a violin and a harp"])
    count = int(alone.mask.sum())
    assert torch.equal(alone.tokens[0, :count], beside.tokens[0, :count])
    assert int(beside.mask[0].sum()) == count
    assert float(beside.tokens[0, count:].abs().sum()) == 0


@pytest.mark.parametrize("text", ["", "🎻", "a" * 50_000, "\u202e\u200b", "词" * 3000])
def test_odd_texts_do_not_break_it(encoder: TextEncoder, text: str) -> None:
    states = encoder([text])
    assert torch.isfinite(states.tokens).all()
    assert 1 <= states.tokens.shape[1] <= 48


def test_a_text_is_encoded_once(encoder: TextEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder(["cello"])
    monkeypatch.setattr(encoder, "_encoder", None)
    assert encoder(["cello"]).sentence.shape == (1, 512)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("use:other", "takes no model name"),
        ("transformers", "needs a model"),
        ("transformers:/nowhere/at/all", "cannot load the text encoder '/nowhere/at/all'"),
        ("ernie", "no emtool.model.text_encoders plug-in named 'ernie'"),
    ],
)
def test_a_wrong_name_is_refused(name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        TextEncoder(name)
