"""Is the music as slow or as fast as the prompt says?"""

from emtool.model.listening.agreement import Question, agreement
from emtool.model.listening.classifier import train_on_features
from emtool.model.listening.features import rhythm
from emtool.model.listening.words import TEMPOS
from emtool.model.measuring import Result, Subject

_QUESTION = Question(
    title="tempo",
    meaning="Share of clips that are slow, medium or fast as the text says; higher is better.",
    words=TEMPOS,
    train=lambda sounds, labels, task, seed: train_on_features(
        sounds, labels, rhythm, task, seed=seed, copies=2, shortest=0.8
    ),
    trusted_from=0.8,
    needed_from=0.8,
)


def measure(subject: Subject) -> Result:
    """Agreement of prompt and sound in the tempo."""
    return agreement(subject, _QUESTION)
