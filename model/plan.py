"""What a training will cost, before it begins: parameters, arithmetic, memory and time on this machine."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from emtool.model.config import Config
from emtool.model.device import best_device, matmul_speed
from emtool.model.network import build_network, parameter_count
from emtool.model.probe import probe
from emtool.model.text_encoder import TextStates

_TOKENS = 16  # of a text of usual length
_PROBE_S = 12.0  # a probe is shortened so that a step takes about so long
_LIKELY_SPEED = 0.35  # share of the speed of a matrix product that a step usually reaches
_SHORTEST = 4096  # samples of a probe
_FILLED_UP = 8  # a shorter probe than so many positions in the deepest level would be filled up
_STATE_COPIES = 5  # weights, averaged weights, gradients, and the two moments of AdamW
_FP32_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Figures of a training that has not begun."""

    design: str
    parameters: int
    samples: int  # of a clip
    channels: int
    batch: int
    steps: int
    flops_per_step: float  # forward and backward, multiplications and additions counted one each
    state_bytes: int  # weights, averaged weights, gradients, optimiser
    memory_bytes: int  # peak of the whole process, or of the GPU's memory
    seconds_per_step: float
    seconds: float  # of all steps, without measuring and saving
    measured: str  # how time and memory were found
    device: str
    precision: str
    threads: int

    def to_json(self) -> dict[str, Any]:
        """Give all figures as a JSON value."""
        return asdict(self)


def count(config: Config, text_dim: int, samples: int) -> tuple[int, float]:
    """Count parameters, and the operations of a step of one clip of ``samples`` samples, without computing any."""
    with torch.device("meta"):
        # Buffers too: transformers leaves torch.linspace bound to the processor where loading a checkpoint has failed.
        network = build_network(config.model, text_dim).to("meta")
        text = TextStates(
            torch.empty(1, text_dim),
            torch.empty(1, _TOKENS, text_dim),
            torch.ones(1, _TOKENS, dtype=torch.bool),
        )
        counter = FlopCounterMode(display=False)
        with counter:
            guess = network(torch.empty(1, config.model.channels, samples), torch.empty(1), text)
            guess.square().mean().backward()
    return parameter_count(network), float(counter.get_total_flops())


def _probe_shape(config: Config, flops: float) -> tuple[int, int]:
    """Clips and samples of a probe whose step takes a few seconds; ``flops`` are those of one whole clip."""
    model, batch, samples = config.model, config.train.batch, config.model.samples
    enough = _PROBE_S * _LIKELY_SPEED * matmul_speed(best_device().type)
    while batch > 1 and flops * batch > enough:
        batch //= 2
    shortest = max(_SHORTEST, _FILLED_UP * 2 ** (len(model.unet_channels) - 1))
    while samples // 2 >= shortest and flops * samples / model.samples > enough:
        samples //= 2
    return batch, samples


def plan(config: Config, text_dim: int) -> Plan:
    """Estimate what training ``config`` takes on this machine; a short probe runs in another process.

    Raises:
        EmtoolError: The probe failed.
    """
    model, train = config.model, config.train
    parameters, flops = count(config, text_dim, model.samples)
    batch, samples = _probe_shape(config, flops)
    probed = probe(config, text_dim, samples=samples, batch=batch)
    probed_flops = flops if samples == model.samples else count(config, text_dim, samples)[1]
    larger = train.batch * flops / (batch * probed_flops)
    bytes_per_sample = 2 * (probed["bytes"] - probed["bytes_half"]) / (batch * samples)
    memory = probed["bytes"] + bytes_per_sample * (train.batch * model.samples - batch * samples)
    seconds = probed["seconds"] * larger
    exact = samples == model.samples and train.batch == batch
    clips = "one clip" if batch == 1 else f"{batch} clips"
    return Plan(
        design=model.design,
        parameters=parameters,
        samples=model.samples,
        channels=model.channels,
        batch=train.batch,
        steps=train.steps,
        flops_per_step=train.batch * flops,
        state_bytes=_STATE_COPIES * _FP32_BYTES * parameters,
        memory_bytes=round(memory),
        seconds_per_step=seconds,
        seconds=seconds * train.steps,
        measured=("measured" if exact else "extrapolated")
        + f" from a step of {clips} of {samples} samples, {probed['seconds']:.2f} s",
        device=probed["device"],
        precision=probed["precision"],
        threads=probed["threads"],
    )


def plan_for_preset(config: Config, dataset: str | None) -> Plan:
    """Plan a training on a dataset, whose rate, channels and length count, or on clips as the preset has them.

    Raises:
        DatasetError: The dataset cannot be read.
        EmtoolError: The probe failed.
    """
    from emtool.dataset.load import open_dataset
    from emtool.model.text_encoder import TextEncoder
    from emtool.model.train import fit_to_dataset

    if dataset is not None:
        config = fit_to_dataset(config, open_dataset(dataset))
    return plan(config, TextEncoder(config.model.text_encoder).dim)


def lines(made: Plan) -> list[tuple[str, str]]:
    """What to show to people: names and values with units."""
    hours = made.seconds / 3600
    return [
        ("design", made.design),
        ("parameters", f"{made.parameters / 1e6:.1f} million"),
        ("clip", f"{made.samples} samples, {made.channels} channel{'s' * (made.channels > 1)}"),
        ("clips per step", str(made.batch)),
        ("operations per step", f"{made.flops_per_step / 1e9:,.0f} GFLOP"),
        (
            "memory",
            f"{made.memory_bytes / 1e9:.1f} GB, {made.state_bytes / 1e9:.1f} of it weights and optimiser",
        ),
        ("time per step", f"{made.seconds_per_step:.2f} s"),
        (f"time of {made.steps} steps", f"{hours:.1f} h" if hours < 48 else f"{hours / 24:,.0f} days"),
        ("speed", f"{made.flops_per_step / made.seconds_per_step / 1e9:.0f} GFLOP/s"),
        ("on", f"{made.device}, {made.precision}, {made.threads} thread{'s' * (made.threads > 1)}"),
        ("time and memory", made.measured),
    ]
