"""``emtool sample``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emtool.crawler.console import Console, Summary, command
from emtool.crawler.errors import UsageError

if TYPE_CHECKING:
    from emtool.model.guidance import Blend
    from emtool.model.known import Known
    from emtool.model.sample import Sampler

RUN = "A run's folder, a .safetensors file, or demo: the checkpoint that ships."

_FORMATS = ("free-form", "tags")
_CHECKPOINTS = "[default: the checkpoint's]"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        examples=[
            'emtool sample demo "a slow sad cello"',
            'emtool sample emtool-data/runs/tags-tiny "欢快的钢琴" "organ, slow, minor" --guidance 5 --seed 7',
            "emtool sample demo --prompts prompts.txt --count 4 --out takes --as flac",
            'emtool sample demo "a calm piano" --seconds 60 --negative "drums, noise"',
            'emtool sample demo "a calm piano" --continue take.wav --seconds 12',
            'emtool sample demo "violin" --infill take.wav --between 1.5 3',
            'emtool sample demo "flute" --init take.wav --strength 0.6 --count 4',
            'emtool sample demo "a calm piano" --morph-to "church organ" --count 5',
        ],
    )
    def sample(
        console: Console,
        run: Annotated[str, typer.Argument(help=RUN)],
        prompts: Annotated[
            list[str] | None, typer.Argument(metavar="TEXT...", help="What the music should be.")
        ] = None,
        prompt_file: Annotated[
            Path | None,
            typer.Option(
                "--prompts",
                metavar="FILE",
                help="Prompts, one a line, or JSON Lines with the key text; the same command goes on.",
            ),
        ] = None,
        text_format: Annotated[
            str,
            typer.Option(
                "--format",
                help="free-form takes prompts as they are, tags turns them into the tags they name.",
            ),
        ] = "free-form",
        steps: Annotated[int | None, typer.Option(min=1, help=f"Sampler steps. {_CHECKPOINTS}")] = None,
        sampler: Annotated[
            str | None, typer.Option(help=f"ddim, dpmpp-2m, heun or ancestral. {_CHECKPOINTS}")
        ] = None,
        guidance: Annotated[
            float | None,
            typer.Option(min=0.0, help=f"How closely to follow the text; 1 is as trained. {_CHECKPOINTS}"),
        ] = None,
        rescale: Annotated[
            float,
            typer.Option(
                min=0.0, max=1.0, help="Share of the level that guidance adds which is taken away again."
            ),
        ] = 0.0,
        negative: Annotated[str, typer.Option(metavar="TEXT", help="What the sound is led away from.")] = "",
        seconds: Annotated[
            float | None,
            typer.Option(help="Length of each sound, also longer than trained. [default: as trained]"),
        ] = None,
        continued: Annotated[
            Path | None,
            typer.Option(
                "--continue", metavar="SOUND", help="Go on with this sound, up to --seconds in all."
            ),
        ] = None,
        infill: Annotated[
            Path | None, typer.Option(metavar="SOUND", help="Make the part --between of this sound anew.")
        ] = None,
        between: Annotated[
            tuple[float, float] | None, typer.Option(metavar="FROM TO", help="The part, in seconds.")
        ] = None,
        init: Annotated[
            Path | None, typer.Option(metavar="SOUND", help="Make variations of this sound.")
        ] = None,
        strength: Annotated[
            float | None,
            typer.Option(help="How far a variation may go: 0.3 stays close, 1 keeps nothing. [default: 0.6]"),
        ] = None,
        morph_to: Annotated[
            str | None,
            typer.Option(
                metavar="TEXT", help="Go from each prompt to this one in --count sounds of the same noise."
            ),
        ] = None,
        seed: Annotated[int, typer.Option(help="The same seed gives the same sound.")] = 0,
        count: Annotated[int, typer.Option(min=1, help="Sounds for each text.")] = 1,
        batch: Annotated[int, typer.Option(min=1, help="Sounds made at once.")] = 8,
        kind: Annotated[str, typer.Option("--as", help="Kind of files: wav, flac, opus or mp3.")] = "wav",
        out: Annotated[Path | None, typer.Option(help="Folder. [default: samples/ in the workspace]")] = None,
    ) -> Summary:
        """Make music from text, as sound files."""
        from emtool.model.playing import play
        from emtool.model.prompt_file import read_prompts
        from emtool.model.sample import Sampler
        from emtool.model.sounds import KINDS

        if kind not in KINDS:
            raise UsageError(f"--as {kind} is unknown (there are: {', '.join(KINDS)})")
        texts = [*(prompts or []), *(read_prompts(prompt_file) if prompt_file else [])]
        if not texts:
            raise UsageError("no TEXT: say what the music should be, or give --prompts FILE")
        texts = _formatted(texts, text_format)
        if morph_to is not None:
            (morph_to,) = _formatted([morph_to], text_format)
        opened = Sampler.open(run)
        known = _known(opened, continued, infill, between, init, strength, seconds)
        chosen = dict(opened.about["sampling"])
        given = {"steps": steps, "sampler": sampler, "guidance": guidance}
        chosen |= {key: value for key, value in given.items() if value is not None}
        options = chosen | {
            key: value
            for key, value in {"rescale": rescale, "negative": negative, "seconds": seconds}.items()
            if value
        }
        made_by = options | {"seed": seed, "checkpoint": str(opened.path), "step": opened.about["step"]}
        given_sound = continued or infill or init
        if known and given_sound:
            made_by |= {"from": given_sound.name} | ({"strength": known.strength} if init else {})
            options.pop("seconds", None)
        folder = out or console.workspace / "samples"
        wanted = _wanted(texts, count, morph_to)
        paths = play(
            opened,
            wanted,
            folder,
            options | {"seed": seed},
            made_by=made_by,
            known=known,
            batch=batch,
            kind=kind,
            progress=console.progress,
        )
        console.table(
            "Sounds",
            ["text", "file"],
            [(title, str(path)) for (title, _, _), path in zip(wanted, paths, strict=True)],
        )
        length = known.sound.shape[-1] / opened.sample_rate_hz if known else seconds or opened.seconds
        return {"files": [str(path) for path in paths], **made_by, "seconds": length}


def _formatted(texts: list[str], text_format: str) -> list[str]:
    """Prompts as a training text of the format would say them."""
    if text_format not in _FORMATS:
        raise UsageError(f"--format {text_format} is unknown (there are: {', '.join(_FORMATS)})")
    if text_format == "free-form":
        return texts
    from emtool.dataset.tags import extract

    found = [", ".join(tag.name for tag in tags) for tags in extract(texts)]
    for prompt, said in zip(texts, found, strict=True):
        if not said:
            raise UsageError(
                f"no tag in {prompt[:60]!r}: name an instrument, a mood or a tempo, or leave --format"
            )
    return found


def _wanted(texts: list[str], count: int, morph_to: str | None) -> "list[tuple[str, str | Blend, int]]":
    """For each sound its title, what it is made after, and the number of its noise."""
    if morph_to is None:
        return [
            (text, text, number) for number, text in enumerate(text for text in texts for _ in range(count))
        ]
    from emtool.model.guidance import blend

    if count < 2:
        raise UsageError(
            f"--morph-to with --count {count}: a way from one text to another takes at least 2 sounds"
        )
    shares = [step / (count - 1) for step in range(count)]
    return [
        (f"{text}, {share:.0%} {morph_to}", blend(text, morph_to, share), number)
        for number, text in enumerate(texts)
        for share in shares
    ]


def _known(
    sampler: "Sampler",
    continued: Path | None,
    infill: Path | None,
    between: tuple[float, float] | None,
    init: Path | None,
    strength: float | None,
    seconds: float | None,
) -> "Known | None":
    """The sound that is given, and what becomes of it."""
    from emtool.model.given_sound import read_sound
    from emtool.model.known import Known

    given = {"--continue": continued, "--infill": infill, "--init": init}
    named = [(flag, path) for flag, path in given.items() if path]
    if len(named) > 1:
        raise UsageError(f"{' and '.join(flag for flag, _ in named)} contradict each other: choose one")
    for flag, needs, value in (("--between", "--infill", between), ("--strength", "--init", strength)):
        if value is not None and not given[needs]:
            raise UsageError(f"{flag} says something about {needs} SOUND, which is not given")
    if not named:
        return None
    ((flag, path),) = named
    rate = sampler.sample_rate_hz
    sound = read_sound(path, rate, sampler.config.model.channels)
    if flag == "--continue":
        length = sound.shape[-1] + sampler.config.model.samples if seconds is None else round(seconds * rate)
        return Known.continued(sound, length, rate)
    if seconds is not None:
        raise UsageError(f"--seconds {seconds:g} with {flag}: the sound has a length already")
    if flag == "--init":
        return Known.varied(sound, 0.6 if strength is None else strength)
    if between is None:
        raise UsageError("--infill needs --between FROM TO, the part in seconds")
    return Known.infilled(sound, round(between[0] * rate), round(between[1] * rate), rate)
