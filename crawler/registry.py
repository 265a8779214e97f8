"""One file is one plug-in: its name is the file's name, and no list has to be kept."""

import importlib
import pkgutil
from types import ModuleType

from emtool.crawler.errors import UsageError


def names(package: str) -> tuple[str, ...]:
    """Names of all plug-ins of a package such as ``emtool.model.samplers``, sorted, with hyphens for underscores."""
    found = importlib.import_module(package)
    return tuple(
        sorted(
            m.name.replace("_", "-")
            for m in pkgutil.iter_modules(found.__path__)
            if not m.name.startswith("_")
        )
    )


def load(package: str, name: str) -> ModuleType:
    """Import one plug-in.

    Raises:
        UsageError: There is no plug-in of that name; the message lists those that there are.
    """
    known = names(package)
    if name not in known:
        raise UsageError(f"no {package} plug-in named {name!r} (there are: {', '.join(known)})")
    return importlib.import_module(f"{package}.{name.replace('-', '_')}")
