"""Builds a dataset on a Ray cluster of two nodes on this machine; the second is lost once it has begun to decode.

    python -m tests.dataset.ray_program STORE OUT LOG

LOG is where the ffmpeg on the PATH writes what it is given, with the node that asks.
"""

import sys
import threading
import time
from pathlib import Path
from typing import Any

import ray
from ray.cluster_utils import Cluster

from emtool.crawler.store import Store
from emtool.dataset import build as building
from tests.dataset.test_build import ONE_A_SHARD

NOT_STARTED = 75  # the exit code where this machine is too busy for Ray
STORE_BYTES = 80 << 20  # the least that Ray takes


def main(store_folder: str, out: str, log: str) -> None:
    small: dict[str, Any] = {"num_cpus": 1, "object_store_memory": STORE_BYTES}
    try:
        cluster = Cluster(initialize_head=True, head_node_args={"include_dashboard": False, **small})
        second = cluster.add_node(env_vars={"EMTOOL_TEST_NODE": "second"}, **small)
        ray.init(address=cluster.address, log_to_driver=False)
    except Exception as error:  # noqa: BLE001 - Ray raises just that where a node takes more than 30 s to start
        sys.stderr.write(f"{error}\n")
        sys.exit(NOT_STARTED)

    def lose() -> None:
        while not (Path(log).exists() and "second" in Path(log).read_text()):
            time.sleep(0.05)
        cluster.remove_node(second, allow_graceful=False)

    threading.Thread(target=lose, daemon=True).start()
    building._TEXTS_PER_WORKER = building._SOUNDS_PER_WORKER = 1
    with Store.open(Path(store_folder), create=False) as store:
        building.build(store, Path(out), ONE_A_SHARD, engine_kind="ray")
    assert not second.any_processes_alive()
    ray.shutdown()
    cluster.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
