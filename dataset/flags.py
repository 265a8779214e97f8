"""The fields of ``BuildConfig`` as flags: one place for names, defaults, types and sentences."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import Field, fields
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import typer

from emtool.crawler.errors import UsageError
from emtool.dataset.config import BuildConfig

Function = TypeVar("Function", bound=Callable[..., Any])


def with_build_flags(function: Function) -> Function:
    """Put a flag for every field of ``BuildConfig`` in the place of a function's ``**choices``."""
    hints = get_type_hints(BuildConfig)
    own = [
        parameter.replace(annotation=get_type_hints(function, include_extras=True)[parameter.name])
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    signature = inspect.Signature([*own, *(_flag(field, hints[field.name]) for field in fields(BuildConfig))])
    function.__dict__["__signature__"] = signature
    function.__annotations__ = {
        parameter.name: parameter.annotation for parameter in signature.parameters.values()
    }
    return function


def config_from(choices: dict[str, Any]) -> BuildConfig:
    """Turn the values of the flags into a config; lists are written with commas.

    Raises:
        UsageError: A value is none of its field's type, or out of its range.
    """
    hints = get_type_hints(BuildConfig)
    return BuildConfig(**{name: _parse(name, value, hints[name]) for name, value in choices.items()})


def config_of(section: Mapping[str, Any]) -> BuildConfig:
    """Read the fields of a config out of a section of the settings file, and leave the others at their defaults.

    Raises:
        UsageError: A value is none of its field's type, or out of its range.
    """
    known = {field.name for field in fields(BuildConfig)}
    return config_from({name: value for name, value in section.items() if name in known})


def _flag(field: Field[Any], kind: Any) -> inspect.Parameter:
    listed = get_origin(kind) is tuple
    preset: Any = field.default
    default = ",".join(map(str, preset)) if listed else preset
    option = typer.Option(
        field.metadata.get("flag", f"--{field.name.replace('_', '-')}"), help=field.metadata["help"]
    )
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[str if listed else kind, option],
    )


def _parse(name: str, value: Any, kind: Any) -> Any:
    if get_origin(kind) is not tuple:
        return value
    item = get_args(kind)[0]
    try:
        return tuple(item(part.strip()) for part in value.split(",") if part.strip())
    except ValueError as error:
        raise UsageError(
            f"{name}={value!r}: give whole numbers with commas between them, such as 80,10,10"
        ) from error
