"""Any sequence classifier of the Hugging Face Hub or of a folder: ``huggingface:NAME``."""

from collections.abc import Sequence
from typing import Any

from emtool.crawler.errors import UsageError
from emtool.dataset.relevance import Judge, Verdict, facets_of

BATCH = 32
MAX_TOKENS = 256
POSITIVE = ("describes", "relevant", "positive", "true", "yes", "label_1")
"""Names of the label that means "describes the music", the first one that the classifier knows."""


def open(address: str) -> Judge:  # noqa: A001 - the name that every kind of model has
    """Load a classifier with its tokenizer; one label is read by the sigmoid, several by the softmax.

    Args:
        address: Name on the Hub or folder.

    Raises:
        UsageError: There is no classifier, or none of its labels says which one means "describes the music".
    """
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(address)
        classifier = AutoModelForSequenceClassification.from_pretrained(address).eval()
    except (OSError, ValueError) as failed:
        told = str(failed).splitlines()[0][:200]
        raise UsageError(
            f"no sequence classifier {address!r}: {told} (a name on the Hub, or a folder with config and weights)"
        ) from failed
    wanted = _positive(classifier.config.id2label)

    def judge(texts: Sequence[str]) -> list[Verdict]:
        scores = [
            score
            for first in range(0, len(texts), BATCH)
            for score in _scores(tokenizer, classifier, list(texts[first : first + BATCH]), wanted)
        ]
        return [
            Verdict(score=score, facets=facets_of(text), why=f"{address} gives {score:.2f}.")
            for text, score in zip(texts, scores, strict=True)
        ]

    return judge


def _positive(labels: dict[int, str]) -> int:
    if len(labels) == 1:
        return 0
    numbers = {label.lower(): number for number, label in labels.items()}
    for name in POSITIVE:
        if name in numbers:
            return int(numbers[name])
    raise UsageError(f"none of the labels {', '.join(labels.values())} is one of: {', '.join(POSITIVE)}")


def _scores(tokenizer: Any, classifier: Any, texts: list[str], wanted: int) -> list[float]:
    import torch

    readable = [text.encode("utf-8", "replace").decode() for text in texts]
    inputs = tokenizer(readable, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
    with torch.inference_mode():
        logits = classifier(**inputs).logits.float()
    chances = logits.sigmoid() if logits.shape[1] == 1 else logits.softmax(1)
    return [float(chance) for chance in chances[:, wanted]]
