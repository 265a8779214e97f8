"""How long ``--help`` takes, ours beside that of other command lines in this environment."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 7
SCRIPTS = Path(sys.executable).parent


def seconds(command: list[str]) -> float:
    """Median wall time of a few runs, after one that warms the disk cache."""
    taken = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[1:])


def main() -> None:
    """Print one line per command line."""
    for name in ("emtool", "datasets-cli", "hf", "yt-dlp", "torchrun"):
        if (SCRIPTS / name).exists():
            print(f"{name + ' --help':24} {seconds([str(SCRIPTS / name), '--help']):6.2f} s")
    print(f"{'python -c pass':24} {seconds([sys.executable, '-c', 'pass']):6.2f} s")


if __name__ == "__main__":
    main()
