"""Several crawling processes on one PostgreSQL, some of them to be killed."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select, text

from emtool.crawler import schema
from emtool.crawler.demo.site import DemoSite
from emtool.crawler.store import Store
from tests.conftest import CHECKOUT
from tests.crawler.postgresql_server import Server

NOTE = """
CREATE TABLE endings (key text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO endings VALUES (NEW.key); RETURN NULL; END';
CREATE TRIGGER note AFTER UPDATE OF state ON tracks
    FOR EACH ROW WHEN (NEW.state = 'done') EXECUTE FUNCTION note()
"""


class Fleet:
    """Processes that crawl one site into one store; the database itself notes each time that a track is done."""

    def __init__(self, processes: Sequence[subprocess.Popen[bytes]], store: Store) -> None:
        self.processes = processes
        self.store = store

    def kill_at_work(self, number: int) -> None:
        """Kill one of the processes while it holds tracks."""
        process = self.processes[number]
        while True:
            process.send_signal(signal.SIGSTOP)
            if self._held_by(process):
                process.kill()
                return
            process.send_signal(signal.SIGCONT)
            assert process.poll() is None, "it has ended before it could be killed"
            time.sleep(0.02)

    def wait(self, timeout_s: float) -> list[int]:
        """Give the exit codes of all."""
        return [process.wait(timeout=timeout_s) for process in self.processes]

    def endings(self) -> list[str]:
        """Give the key of a track for each time that it was done, sorted."""
        with self.store.read() as connection:
            return sorted(connection.scalars(text("SELECT key FROM endings")))

    def _held_by(self, process: subprocess.Popen[bytes]) -> int:
        table = schema.tracks
        held = table.c.claimed_by.startswith(f"process {process.pid} on ")
        with self.store.read() as connection:
            return connection.scalar(select(func.count()).select_from(table).where(held)) or 0


@contextmanager
def running_fleet(
    size: int, folder: Path, site: DemoSite, server: Server, *, lease_s: int
) -> Iterator[Fleet]:
    """Start so many processes on a new store; what still runs in the end is killed."""
    address = server.new_schema()
    with Store.open(folder, create=True, address=address) as store:
        server.run(address, NOTE)
        arguments = [str(folder), str(site.place[1]), address, str(lease_s)]
        command = [sys.executable, "-m", "tests.crawler.crawling", *arguments]
        processes = [subprocess.Popen(command, cwd=CHECKOUT) for _ in range(size)]
        try:
            yield Fleet(processes, store)
        finally:
            for process in processes:
                process.kill()
                process.wait()
