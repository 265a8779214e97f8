"""Is the instrument that the prompt names the one that is heard?"""

from emtool.model.listening.agreement import Question, agreement
from emtool.model.listening.classifier import train_on_features
from emtool.model.listening.features import timbre
from emtool.model.listening.words import INSTRUMENTS
from emtool.model.measuring import Result, Subject

_QUESTION = Question(
    title="instrument",
    meaning="Share of clips in which the instrument that the text names is heard; higher is better.",
    words=INSTRUMENTS,
    train=lambda sounds, labels, task, seed: train_on_features(
        sounds, labels, timbre, task, seed=seed, copies=10, shortest=0.4
    ),
    trusted_from=0.9,
)


def measure(subject: Subject) -> Result:
    """Agreement of prompt and sound in the instrument."""
    return agreement(subject, _QUESTION)
