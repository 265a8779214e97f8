"""Any sequence classifier: a small one is made here, saved, and opened as a user's would be."""

from pathlib import Path

import pytest

from emtool.crawler.errors import UsageError
from emtool.dataset.relevance_models import huggingface


def save_classifier(folder: Path, labels: dict[int, str], bias: list[float]) -> str:
    """A BERT of one narrow layer that answers with its bias, whatever it reads."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    words = Tokenizer(WordLevel({"[UNK]": 0, "[PAD]": 1, "piano": 2}, unk_token="[UNK]"))
    words.pre_tokenizer = Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]").save_pretrained(
        folder
    )
    config = BertConfig(
        vocab_size=3,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        id2label=labels,
        label2id={name: number for number, name in labels.items()},
    )
    classifier = BertForSequenceClassification(config)
    with torch.no_grad():
        classifier.classifier.weight.zero_()
        classifier.classifier.bias.copy_(torch.tensor(bias))
    classifier.save_pretrained(folder)
    return str(folder)


def test_the_label_that_means_it_is_found_by_its_name(tmp_path: Path) -> None:
    address = save_classifier(tmp_path, {0: "Describes", 1: "chatter"}, [1.0, 0.0])
    verdicts = huggingface.open(address)(["piano", "a soft piano " * 400, "\udc80"])
    assert [verdict.score for verdict in verdicts] == pytest.approx([0.7311] * 3, abs=1e-4)
    assert verdicts[0].facets == {"instrument": ("piano",)}
    assert "gives 0.73" in verdicts[0].why


def test_one_label_is_read_by_the_sigmoid(tmp_path: Path) -> None:
    address = save_classifier(tmp_path, {0: "LABEL_0"}, [-2.0])
    assert huggingface.open(address)(["piano"])[0].score == pytest.approx(0.1192, abs=1e-4)


def test_labels_that_say_nothing_are_refused(tmp_path: Path) -> None:
    address = save_classifier(tmp_path, {0: "cat", 1: "dog"}, [0.0, 0.0])
    with pytest.raises(UsageError, match="none of the labels cat, dog"):
        huggingface.open(address)


def test_a_folder_without_a_classifier_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no sequence classifier"):
        huggingface.open(str(tmp_path))
