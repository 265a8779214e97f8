"""The folder that a build works in, ``DATASET/.build``: each step leaves one record, so that it is done once."""

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from emtool.crawler.errors import DatasetError
from emtool.crawler.files import atomic_path, write_json, write_text
from emtool.crawler.locks import owned
from emtool.dataset.funnel import Funnel, Rejection
from emtool.dataset.schema import BUILD_FOLDER, MARK


def alone(out: Path) -> AbstractContextManager[None]:
    """Let one build at a time work in a folder; it ends with the process, however that ends.

    Raises:
        DatasetError: Another one does.
    """
    place = out.resolve()
    return owned(
        place.with_name(f".{place.name}.lock"),
        lambda holder: DatasetError(
            f"{out} is being built by {holder}: wait for that to end, or choose another --out"
        ),
    )


@dataclass(frozen=True, slots=True)
class Bench:
    """Files of a build that is under way."""

    folder: Path

    @classmethod
    def open(cls, out: Path, identity: str) -> Self:
        """Go on with the build of this identity, or begin anew where another one was left.

        Raises:
            DatasetError: ``out`` holds something that no build has written.
        """
        if out.exists() and not out.is_dir():
            raise DatasetError(f"{out} is a file: name a folder for the dataset")
        folder = out / BUILD_FOLDER
        if out.exists() and any(out.iterdir()) and not folder.exists() and not (out / MARK).exists():
            raise DatasetError(
                f"{out} holds files that are no dataset of emtool: name another folder, or empty it"
            )
        name = folder / "identity"
        if not name.is_file() or name.read_text(encoding="utf-8") != identity:
            shutil.rmtree(folder, ignore_errors=True)
            write_text(name, identity)
        return cls(folder)

    @property
    def final(self) -> Path:
        """The dataset as it will be, until it is moved into place."""
        return self.folder / "final"

    @property
    def ready(self) -> bool:
        """Tell whether all is made and only has to be moved."""
        return (self.final / MARK).is_file()

    def clips(self, number: int) -> Path:
        """Parquet file where the clips of some tracks wait for their split; absent where no clip was left."""
        return self.folder / f"clips-{number:05d}.parquet"

    def part(self, split: str, number: int) -> Path:
        """Parquet file with the clips of some tracks of a split; absent where no clip was left."""
        return self.folder / f"{split}-{number:05d}.parquet"

    def parts(self, split: str) -> list[Path]:
        """Parts of a split that hold clips, in order."""
        return sorted(self.folder.glob(f"{split}-*.parquet"))

    def done(self, step: str) -> bool:
        """Tell whether a step has left its record."""
        return self._record(step).is_file()

    def finish(self, step: str, funnel: Funnel, rejections: Iterable[Rejection], **values: Any) -> None:
        """Leave the record of a step: what it counted and dropped, and what it has to hand on."""
        dropped = [rejection.to_json() for rejection in rejections]
        write_json(self._record(step), {"funnel": funnel.to_json(), "rejections": dropped, **values})

    def record(self, step: str) -> Any:
        """Read the record of a step."""
        return json.loads(self._record(step).read_text(encoding="utf-8"))

    def funnel(self) -> Funnel:
        """Add up the counts of all finished steps."""
        total = Funnel()
        for step in self._steps():
            total.add(Funnel.from_json(self.record(step)["funnel"]))
        return total

    def write_rejections(self, path: Path) -> None:
        """Write everything that was dropped, a line each, in the order of the steps."""
        with atomic_path(path) as part, part.open("w", encoding="utf-8") as lines:
            for step in self._steps():
                for rejection in self.record(step)["rejections"]:
                    lines.write(json.dumps(rejection, ensure_ascii=False) + "\n")

    def _record(self, step: str) -> Path:
        return self.folder / f"step-{step}.json"

    def _steps(self) -> Iterator[str]:
        for path in sorted(self.folder.glob("step-*.json")):
            yield path.stem.removeprefix("step-")
