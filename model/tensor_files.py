"""Writes safetensors files: whole or not at all, readable by all, a full disk told as one."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from emtool.crawler.files import atomic_path


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Give the path of a part to write, which takes the place of ``path`` when the block ends.

    Raises:
        OSError: The disk is full or the folder is not writable.
    """
    with atomic_path(path) as part:
        try:
            yield part
        except SafetensorError as error:  # it wraps what the operating system said
            found = re.search(r"\(os error (\d+)\)", str(error))
            number = int(found[1]) if found else errno.EIO
            raise OSError(number, os.strerror(number), str(path)) from error
        part.chmod(0o644)  # safetensors makes files that only their owner can read
