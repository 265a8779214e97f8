"""Is the music in major or minor as the prompt says?"""

from emtool.model.listening.agreement import Question, agreement
from emtool.model.listening.key_profile import train_on_keys
from emtool.model.listening.words import MODES
from emtool.model.measuring import Result, Subject

_QUESTION = Question(
    title="mode",
    meaning="Share of clips that are in major or minor as the text says; higher is better.",
    words=MODES,
    train=lambda sounds, labels, task, _: train_on_keys(sounds, labels, task),
    trusted_from=0.8,
    needed_from=0.8,
)


def measure(subject: Subject) -> Result:
    """Agreement of prompt and sound in the mode."""
    return agreement(subject, _QUESTION)
