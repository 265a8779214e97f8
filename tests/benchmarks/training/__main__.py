"""Held-out v-loss of our design and of public ones after the same processor time, on the rendered corpus.

    python -m tests.benchmarks.training --peers DIR [--budget 2400] [--seeds 0,1] [--designs mdct,unet-v0,...]
    python -m tests.benchmarks.training --peers DIR --sweep      learning rates, on a fifteenth of the time each

``--peers`` names a folder that ``pip install --no-deps --target DIR diffusers audio-diffusion-pytorch a-unet`` filled.
Two racers run at a time, one thread each; finished ones are not run again, stopped ones go on.
"""

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from emtool.model import plots
from tests.benchmarks.training import race
from tests.benchmarks.training.contenders import CONTENDERS, add_peers
from tests.benchmarks.training.race import Entry

RATES = {"mdct": 1e-3, "unet-v0": 2e-3, "dance-diffusion": 1e-3}
"""Of ours and UNetV0: after ``--sweep``, which favours low rates for ours and high ones for UNetV0."""
SWEPT = (5e-4, 1e-3, 2e-3, 4e-3)
AT_ONCE = 2


def main() -> None:
    """Race, then print the table and draw the curves."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rendered", type=Path, default=Path("../shared/data/rendered"))
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--out", type=Path, default=Path("emtool-data/bench/training"))
    parser.add_argument("--designs", default=",".join(CONTENDERS))
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--budget", type=float, default=2400.0, help="processor seconds of each racer")
    parser.add_argument("--sweep", action="store_true")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    add_peers(arguments.peers)
    if arguments.one:
        race.run(Entry(**json.loads(arguments.one)), arguments.rendered, arguments.out)
        return
    entries = _entries(arguments)
    with ThreadPoolExecutor(AT_ONCE) as lanes:
        finished = list(lanes.map(lambda entry: _race(entry, arguments), entries))
    _told(finished)
    curves = {
        f"{lines[0]['design']} {lines[0]['rate']:g} seed {lines[0]['seed']}": lines for lines in finished
    }
    plots.save(plots.heldout_curves(curves, over="cpu_s"), arguments.out / "curves.png")
    print(f"curves: {arguments.out / 'curves.png'}")


def _entries(arguments: argparse.Namespace) -> list[Entry]:
    designs = arguments.designs.split(",")
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    if arguments.sweep:
        budget = arguments.budget / 15
        return [Entry(design=d, rate=r, seed=0, budget_s=budget) for d in designs for r in SWEPT]
    return [
        Entry(design=design, rate=RATES[design], seed=seed, budget_s=arguments.budget)
        for seed in seeds
        for design in designs
    ]


def _race(entry: Entry, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    done = arguments.out / f"{entry.name}.jsonl"
    if not done.exists():
        asked = json.dumps({name: getattr(entry, name) for name in ("design", "rate", "seed", "budget_s")})
        command = [sys.executable, "-m", "tests.benchmarks.training", "--one", asked]
        command += ["--rendered", str(arguments.rendered), "--out", str(arguments.out)]
        command += ["--peers", str(arguments.peers)] if arguments.peers else []
        subprocess.run(command, check=True)
    return [json.loads(line) for line in done.read_text("utf-8").splitlines()]


def _told(finished: list[list[dict[str, Any]]]) -> None:
    print(
        "| design | M parameters | rate | seed | steps | CPU s | held-out v-loss | against the best of others |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for lines in finished:
        last = lines[-1]
        others = [other[-1]["final"]["mean"] for other in finished if other[-1]["design"] != last["design"]]
        ratio = f"{last['final']['mean'] / min(others):.3f}" if others else "-"
        print(
            f"| {last['design']} | {last['parameters_m']} | {last['rate']:g} | {last['seed']} | {last['step']} "
            f"| {last['cpu_s']:.0f} | {last['final']['mean']:.4f} | {ratio} |"
        )


if __name__ == "__main__":
    main()
