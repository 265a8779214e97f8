"""A training step of our designs beside the public networks of the family: time, memory, speed, cost against length.

    python tests/benchmarks/bench_peers.py [--sizes 2 10 50] [--lengths 16384 65536 327680] [--install]

Every measurement is a process of its own on one thread in fp32: forward, backward and AdamW on noise, without text.
Time is processor time, the least of all steps of all rounds; the networks take turns, so that a busy machine slows
all alike. Memory is the peak of the process above what it held before it made the network. The peers are taken from
the environment or from ``--peers``, where ``--install`` puts them; a peer that is missing is left out and named.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
BATCHES = {16384: {2: 16, 10: 8, 50: 4}, 65536: {2: 4, 10: 2, 50: 1}}  # others: one clip
QUICK = [(2, 16384), (10, 16384), (50, 16384), (2, 65536)]
PINNED = (
    "diffusers==0.42.1",
    "audio-diffusion-pytorch==0.1.3",
    "a-unet==0.0.16",
    "einops>=0.8",
    "importlib-metadata",
    "zipp",
)
WHEEL = "stable-audio-tools==0.0.20"
BASE = "diffusers"
_STEPS = 2  # timed, after one that is not
_MATMUL = 2048


def _matmul_speed() -> float:
    import torch

    left = torch.randn(_MATMUL, _MATMUL)
    best = float("inf")
    for _ in range(4):
        start = time.process_time()
        left @ left
        best = min(best, time.process_time() - start)
    return 2 * _MATMUL**3 / best


def _measure(name: str, millions: int, samples: int) -> dict[str, float]:
    """Take steps in this process."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from emtool.model.network import parameter_count
    from tests.benchmarks.peer_networks import NETWORKS

    torch.manual_seed(0)
    batch = BATCHES.get(samples, {}).get(millions, 1)
    made = NETWORKS[name]
    with torch.device("meta"):  # operations of the definitions, whatever algorithm computes them
        counted = made(millions, samples)
        with FlopCounterMode(display=False) as counter:
            counted.velocity(torch.empty(batch, 1, samples), torch.empty(batch)).square().mean().backward()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    network = made(millions, samples)
    optimiser = torch.optim.AdamW(network.module.parameters(), lr=1e-5)
    z, t = torch.randn(batch, 1, samples), torch.rand(batch)

    def step() -> float:
        start = time.process_time()
        loss = (network.velocity(z, t) - z).square().mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        return time.process_time() - start

    step()
    seconds = min(step() for _ in range(_STEPS))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {
        "seconds": seconds,
        "bytes": 1024 * peak,
        "flops": counter.get_total_flops(),
        "parameters": parameter_count(network.module),
        "batch": batch,
    }


def _in_process(name: str, millions: int, samples: int, peers: Path) -> dict[str, Any]:
    """Measure in a process of its own; ``error`` says why there is no figure."""
    environment = os.environ | {
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join((str(CHECKOUT), os.environ.get("PYTHONPATH", ""))),
    }
    command = [sys.executable, __file__, "--one", name, str(millions), str(samples), "--peers", str(peers)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]}
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _install(peers: Path) -> None:
    """Put the peers into a folder of their own, without what they depend on: torch stays ours."""
    pip = [sys.executable, "-m", "pip"]
    subprocess.run(
        [*pip, "install", "-q", "--upgrade", "--no-deps", "--target", str(peers), *PINNED], check=True
    )
    download = [*pip, "download", "-q", "--no-deps", "--ignore-requires-python", "-d", str(peers), WHEEL]
    subprocess.run(download, check=True)
    for wheel in peers.glob("stable_audio_tools*.whl"):  # its pins forbid installing it; its files are read
        subprocess.run([sys.executable, "-m", "zipfile", "-e", str(wheel), str(peers)], check=True)


def _row(name: str, found: dict[str, Any], base: dict[str, Any], peak: float) -> str:
    if "error" in found:
        return f"| {name} | {found['error']} | | | | | | |"
    ratios = (
        ("-", "-")
        if "error" in base
        else (f"{base['seconds'] / found['seconds']:.2f}", f"{found['bytes'] / base['bytes']:.2f}")
    )
    cells = (
        f"{found['parameters'] / 1e6:.1f} M",
        f"{found['seconds']:.2f}",
        ratios[0],
        f"{found['bytes'] / 1e9:.2f}",
        ratios[1],
        f"{found['flops'] / 1e9:.0f}",
        f"{found['flops'] / found['seconds'] / peak:.0%}",
    )
    return f"| {name} | " + " | ".join(cells) + " |"


def _compare(
    millions: int, samples: int, arguments: argparse.Namespace, peak: float
) -> dict[str, dict[str, Any]]:
    from tests.benchmarks.peer_networks import NETWORKS

    found: dict[str, dict[str, Any]] = {}
    for _ in range(arguments.rounds):
        for name in arguments.networks or NETWORKS:
            if "error" in found.get(name, {}):
                continue
            new = _in_process(name, millions, samples, arguments.peers)
            if name in found and "error" not in new:
                new["seconds"] = min(new["seconds"], found[name]["seconds"])
            found[name] = new
    batch = BATCHES.get(samples, {}).get(millions, 1)
    print(f"\n{millions} million parameters, {batch} x {samples} samples\n")
    print(
        f"| network | parameters | s a step | times as fast as {BASE} | GB | share of its memory "
        "| GFLOP | of matmul peak |"
    )
    print("|---" * 8 + "|")
    for name, one in found.items():
        print(_row(name, one, found.get(BASE, {"error": "not run"}), peak), flush=True)
    return found


def _print_lengths(cells: dict[tuple[int, int], dict[str, dict[str, Any]]]) -> None:
    """Print processor seconds of a step per million samples, per length: level if the cost is linear."""
    lengths = sorted({samples for _, samples in cells})
    if len(lengths) < 2:
        return
    print("\nSeconds of a step per million samples\n")
    print("| network | parameters | " + " | ".join(f"{samples:,}" for samples in lengths) + " |")
    print("|---" * (2 + len(lengths)) + "|")
    for millions in sorted({size for size, _ in cells}):
        here = {samples: cells[millions, samples] for samples in lengths if (millions, samples) in cells}
        for name in dict.fromkeys(name for found in here.values() for name in found):
            costs = []
            for samples in lengths:
                one = here.get(samples, {}).get(name, {"error": "not run"})
                costs.append(
                    "-" if "error" in one else f"{1e6 * one['seconds'] / one['batch'] / samples:.1f}"
                )
            print(f"| {name} | {millions} M | " + " | ".join(costs) + " |")


def main() -> None:
    """Compare."""
    parser = argparse.ArgumentParser(description="Compare a training step with the peers.")
    parser.add_argument("--sizes", type=int, nargs="*", choices=(2, 10, 50), help="millions of parameters")
    parser.add_argument("--lengths", type=int, nargs="*", help="samples [default: a quick part]")
    parser.add_argument("--networks", nargs="*", help="only these")
    parser.add_argument("--rounds", type=int, default=1, help="times that all networks take turns")
    parser.add_argument(
        "--peers", type=Path, default=Path("emtool-data/bench/peers"), help="folder of the peers"
    )
    parser.add_argument(
        "--install", action="store_true", help="first put the peers into that folder, from PyPI"
    )
    parser.add_argument("--json", type=Path, help="file for all figures")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    sys.path[:0] = [str(CHECKOUT)]
    sys.path.append(str(arguments.peers))
    if arguments.one:
        import torch

        torch.set_num_threads(1)
        print(json.dumps(_measure(arguments.one[0], int(arguments.one[1]), int(arguments.one[2]))))
        return
    if arguments.install:
        _install(arguments.peers)
    import torch

    torch.set_num_threads(1)
    chosen = QUICK
    if arguments.sizes or arguments.lengths:
        chosen = [(m, n) for n in arguments.lengths or (16384,) for m in arguments.sizes or (2, 10, 50)]
    peak = _matmul_speed()
    print(f"matrix product of {_MATMUL}^3 in fp32 on one thread: {peak / 1e9:.0f} GFLOP/s")
    cells = {(m, n): _compare(m, n, arguments, peak) for m, n in chosen}
    _print_lengths(cells)
    print(f"\nthe matrix product again, after all: {_matmul_speed() / 1e9:.0f} GFLOP/s")
    if arguments.json:
        rows = [{"millions": m, "samples": n, "networks": found} for (m, n), found in cells.items()]
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
