"""Values of ``emtool.yaml`` against the types of the options that they set."""

import types
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin


def convert(value: object, kind: Any) -> object:
    """Check a YAML value against an annotation and give what the command line would have been given.

    Raises:
        ValueError: It does not fit; the message says what would, such as ``a whole number``.
    """
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return convert(value, next(member for member in get_args(kind) if member is not type(None)))
    if origin in (list, tuple):
        if not isinstance(value, list):
            raise ValueError("a list, such as [one, two]")
        return [convert(item, get_args(kind)[0]) for item in value]
    if origin is Literal:
        return _choice(value, [str(choice) for choice in get_args(kind)])
    if issubclass(kind, Enum):
        return _choice(value, [str(member.value) for member in kind])
    return _scalar(value, kind)


def _choice(value: object, choices: list[str]) -> str:
    if value not in choices:
        raise ValueError(f"one of {', '.join(choices)}")
    return str(value)


def _scalar(value: object, kind: type) -> object:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is bool and not isinstance(value, bool):
        raise ValueError("true or false")
    if kind is int and not (number and isinstance(value, int)):
        raise ValueError("a whole number")
    if kind is float and not number:
        return _float(value)
    if kind in (str, Path) and not isinstance(value, str):
        raise ValueError("a text: put it in quotes")
    return value


def _float(value: object) -> float:
    """YAML 1.1 reads ``1e-4`` as a text, people do not."""
    if not isinstance(value, str):
        raise ValueError("a number")
    try:
        return float(value)
    except ValueError:
        raise ValueError("a number") from None


def shown(value: object) -> str:
    """One line of YAML that ``convert`` accepts for an option with this default."""
    import yaml

    plain = value.value if isinstance(value, Enum) else str(value) if isinstance(value, Path) else value
    if isinstance(plain, list | tuple):
        plain = list(plain)
    dumped: str = yaml.safe_dump(plain, default_flow_style=True, allow_unicode=True, width=1000)
    return dumped.removesuffix("...\n").strip()
