"""The key by which a store names the writers of comments, so that nobody outside of it can guess who they are."""

import hashlib
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

FILE_NAME = "author.key"


def load(folder: Path, *, create: bool) -> bytes:
    """Give the key of a store's folder; none is empty, unless ``create`` makes one."""
    path = folder / FILE_NAME
    if not path.exists():
        if not create:
            return b""
        with tempfile.NamedTemporaryFile(dir=folder) as part:  # readable by its owner only
            part.write(secrets.token_bytes(32))
            part.flush()
            with suppress(FileExistsError):  # another process was first: its key holds
                path.hardlink_to(part.name)  # whole at once
    return path.read_bytes()


def name_of(author_key: bytes) -> str:
    """Tell a key from others without giving it away."""
    return hashlib.sha256(b"emtool author key" + author_key).hexdigest()


def name_in(folder: Path) -> str | None:
    """Name the key of a store's folder; None if it has none."""
    author_key = load(folder, create=False)
    return name_of(author_key) if author_key else None
