"""The paper's Fig. 3, small: held-out loss of concatenation and sum as fuse operation, on the demo corpus.

    python tests/benchmarks/bench_fuse.py [--steps 600] [--dataset DIR] [--plot FILE.png]

Both runs see the same batches and the same noise; finished runs are reused.
"""

import argparse
import sys
from pathlib import Path

from emtool.crawler.bars import progress_on
from emtool.model import plots
from emtool.model.config import load_preset
from emtool.model.journal import read_metrics
from emtool.model.train import train

FUSES = ("concat", "sum")


def main() -> None:
    """Train both, print a table and draw the curves."""
    parser = argparse.ArgumentParser(description="Compare the fuse operations.")
    parser.add_argument("--steps", type=int, default=600, help="optimiser steps of each run")
    parser.add_argument(
        "--dataset", type=Path, default=Path("emtool-data/demo/dataset"), help="a built dataset"
    )
    parser.add_argument("--out", type=Path, default=Path("emtool-data/bench/fuse"), help="folder of the runs")
    parser.add_argument(
        "--plot", type=Path, default=Path("emtool-data/bench/fuse.png"), help="where the curves go"
    )
    arguments = parser.parse_args()
    curves = {}
    for fuse in FUSES:
        config = load_preset("tiny", [f"fuse={fuse}", f"steps={arguments.steps}", "eval_every=100"])
        train(
            arguments.dataset,
            arguments.out / f"{fuse}-{arguments.steps}",
            config,
            progress=progress_on(sys.stderr),
        )
        lines = read_metrics(arguments.out / f"{fuse}-{arguments.steps}")
        curves[fuse] = [line for line in lines if "heldout" in line]
    print("| step | " + " | ".join(FUSES) + " |")
    print("|---|" + "---|" * len(FUSES))
    for together in zip(*curves.values(), strict=True):
        losses = (f"{line['heldout']['mean']:.4f}" for line in together)
        print(f"| {together[0]['step']} | " + " | ".join(losses) + " |")
    plots.save(plots.heldout_curves(curves), arguments.plot)
    print(f"curves: {arguments.plot}")


if __name__ == "__main__":
    main()
