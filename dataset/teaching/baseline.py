"""The quick model that the relevance model is measured against: support vectors and n-grams, z-scores added.

Only training uses it, and only it uses scikit-learn.
"""

import importlib
from collections.abc import Sequence
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from emtool.crawler.errors import MissingToolError
from emtool.dataset import sentence_encoder
from emtool.dataset.teaching.labels import GOLD, Example


def scores(
    learned: Sequence[Example], everything: Sequence[Example], judged: Sequence[Example]
) -> NDArray[np.float64]:
    """Fit on some examples and the gold labels among all, and score others.

    Raises:
        MissingToolError: scikit-learn is not installed.
    """
    svm, linear, pipeline, counting = (
        _sklearn(part) for part in ("svm", "linear_model", "pipeline", "feature_extraction.text")
    )
    train = [*learned, *(example for example in everything if example.source == GOLD)]
    texts, truth = [example.text for example in train], [example.describes for example in train]
    asked = [example.text for example in judged]
    vectors = sentence_encoder.encode(texts)
    by_vector = svm.SVC(C=2).fit(vectors, truth).decision_function(sentence_encoder.encode(asked))
    grams = pipeline.make_union(
        counting.TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True),
        counting.TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
    )
    by_grams = (
        linear.LogisticRegression(C=3, max_iter=2000, class_weight="balanced")
        .fit(grams.fit_transform(texts), truth)
        .decision_function(grams.transform(asked))
    )
    return _standard(by_vector) + _standard(by_grams)


def _sklearn(part: str) -> ModuleType:
    try:
        return importlib.import_module(f"sklearn.{part}")
    except ImportError as missing:
        way_out = "pip install scikit-learn, or --no-baseline"
        raise MissingToolError(f"the baseline wants scikit-learn: {way_out}") from missing


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    standard: NDArray[np.float64] = (values - values.mean()) / values.std()
    return standard
