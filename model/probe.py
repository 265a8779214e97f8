"""Training steps on noise in a process of its own, so that the peak of its memory is that of the steps alone.

    python -m emtool.model.probe < REQUEST > ANSWER

The request is JSON: config, text_dim, samples, batch. The answer: seconds of a step, the peak of the process's
memory (on a GPU: of the GPU's) in bytes after a step of half as many samples and after the step itself, device.
"""

import json
import resource
import subprocess
import sys
import time
from typing import Any

from emtool.crawler.errors import EmtoolError
from emtool.model.config import Config

_AGAIN_S = 3.0  # a step faster than this is taken twice, and the faster one counts
_TOKENS = 16  # of a text of usual length


def probe(config: Config, text_dim: int, *, samples: int, batch: int) -> dict[str, Any]:
    """Take steps of ``batch`` clips of ``samples`` samples in another process.

    Raises:
        EmtoolError: The process failed, most often because memory ran out.
    """
    request = {"config": config.to_json(), "text_dim": text_dim, "samples": samples, "batch": batch}
    done = subprocess.run(
        [sys.executable, "-m", "emtool.model.probe"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it was killed"])[-1]
        raise EmtoolError(
            f"the probe of {batch} clips of {samples} samples ended with {done.returncode} ({last}): "
            "set gradient_checkpointing=true, or fewer samples or a smaller batch"
        )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _measure(config: Config, text_dim: int, samples: int, batch: int) -> dict[str, Any]:
    import torch

    from emtool.model.device import best_device, choose_precision
    from emtool.model.network import build_network
    from emtool.model.text_encoder import TextStates

    if config.train.threads:
        torch.set_num_threads(config.train.threads)
    device = best_device()
    precision = choose_precision(config.train.precision, device)
    network = build_network(config.model, text_dim).to(device)
    average = build_network(config.model, text_dim).to(device)  # a run keeps the averaged weights as well
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-6)
    mask = torch.ones(batch, _TOKENS, dtype=torch.bool, device=device)
    text = TextStates(
        torch.randn(batch, text_dim, device=device),
        torch.randn(batch, _TOKENS, text_dim, device=device),
        mask,
    )

    def step(length: int) -> float:
        start = time.perf_counter()
        z = torch.randn(batch, config.model.channels, length, device=device)
        with torch.autocast(device.type, torch.bfloat16, enabled=precision == torch.bfloat16):
            guess = network(z, torch.rand(batch, device=device), text)
        optimiser.zero_grad(set_to_none=True)
        guess.square().mean().backward()
        optimiser.step()
        with torch.no_grad():
            torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 0.5)
        float(next(network.parameters()).detach().sum())  # waits for a GPU
        return time.perf_counter() - start

    for parameter in network.parameters():  # the moments of AdamW come with its first step, and then stay
        parameter.grad = torch.zeros_like(parameter)
    optimiser.step()
    step(samples // 2)
    bytes_half = _peak_bytes(device.type)
    seconds = step(samples)
    if seconds < _AGAIN_S:
        seconds = min(seconds, step(samples))
    return {
        "seconds": seconds,
        "bytes_half": bytes_half,
        "bytes": _peak_bytes(device.type),
        "device": device.type,
        "precision": "bf16" if precision == torch.bfloat16 else "fp32",
        "threads": torch.get_num_threads(),
    }


def _peak_bytes(device_type: str) -> int:
    import torch

    if device_type == "cuda":
        return torch.cuda.max_memory_allocated()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak  # Linux counts in KiB


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    answer = _measure(
        Config.from_json(request["config"]), request["text_dim"], request["samples"], request["batch"]
    )
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
