"""``emtool.yaml``: what a flag can say, kept for a folder. Flags win over it, it wins over the defaults.

The commands' signatures say which keys there are: the file, its template and ``--help`` cannot drift apart.
"""

import inspect
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import typer
from typer.models import CommandInfo, OptionInfo, ParameterInfo

from emtool.crawler.console import COMMON_OPTIONS, command_name
from emtool.crawler.errors import UsageError
from emtool.crawler.setting_types import convert, shown

FILE_NAME = "emtool.yaml"

Defaults = dict[str, dict[str, Any]]  # command -> parameter -> value; of a group, command by command
_WITHOUT_SECTION = ("init",)  # it writes the file, so it cannot read it


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One option or argument of a command, as ``emtool.yaml`` names it."""

    key: str  # the long flag without its hyphens
    parameter: str  # the Python name
    type: Any  # the annotation without its Annotated
    default: object
    help: str


def location() -> Path:
    """File that is read: ``EMTOOL_CONFIG`` if set, else ``emtool.yaml`` in the current folder."""
    return Path(os.environ.get("EMTOOL_CONFIG") or FILE_NAME)


def commands(app: typer.Typer) -> dict[str, list[Setting]]:
    """Give the settings of every command, in the order of the help; those of all commands under ``""``.

    The command of a group is named as it is typed, such as ``tags review``.
    """
    found: dict[str, list[Setting]] = {"": []}
    for name, info in _commands(app):
        assert info.callback is not None
        settings = list(_settings_of(inspect.signature(info.callback)))
        found[""] = [setting for setting in settings if setting.parameter in COMMON_OPTIONS]
        if name not in _WITHOUT_SECTION:
            found[name] = [setting for setting in settings if setting.parameter not in COMMON_OPTIONS]
    return found


def read(path: Path, app: typer.Typer) -> Defaults:
    """Read and check a settings file.

    Returns:
        The values by command and parameter, as click's ``default_map`` wants them; empty if there is no file.

    Raises:
        UsageError: The file, a section, a key or a value is wrong; the message lists what would be right.
    """
    if not path.exists():
        if "EMTOOL_CONFIG" in os.environ:
            raise UsageError(
                f"EMTOOL_CONFIG names {str(path)!r}, and there is no such file: unset it or `emtool init`"
            )
        return {}
    content = _parse(path)
    known = commands(app)
    common = _section(path, "", {key: value for key, value in content.items() if key not in known}, known)
    defaults: Defaults = {}
    for command in filter(None, known):
        *groups, name = command.split()
        place: dict[str, Any] = defaults
        for group in groups:
            place = place.setdefault(group, {})
        place[name] = common | _section(path, command, content.get(command), known)
    return defaults


def template(app: typer.Typer) -> str:
    """Give a settings file that lists every key with its help and default, all commented out."""
    known = commands(app)
    lines = [
        "# Settings of emtool for this folder. Take the `# ` away before a key to set it;",
        "# what stands behind it is its default. A flag on the command line wins over this file.",
        "",
    ]
    for command, settings in known.items():
        if command and settings:
            lines += [f"{command}:  # emtool {command} --help"]
        indent = "  " if command else ""
        for setting in settings:
            lines += [f"{indent}# {setting.help}", f"{indent}# {setting.key}: {shown(setting.default)}"]
        if settings:
            lines.append("")
    return "\n".join(lines)


def _commands(app: typer.Typer) -> Iterator[tuple[str, CommandInfo]]:
    for info in app.registered_commands:
        yield command_name(info), info
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from ((f"{group.name} {name}", info) for name, info in _commands(group.typer_instance))


def _settings_of(signature: inspect.Signature) -> Iterator[Setting]:
    for name, parameter in signature.parameters.items():
        if get_origin(parameter.annotation) is not Annotated:
            continue
        kind, *details = get_args(parameter.annotation)
        declared = next(detail for detail in details if isinstance(detail, ParameterInfo))
        required = parameter.default is inspect.Parameter.empty
        yield Setting(
            key=_key(name, declared),
            parameter=name,
            type=kind,
            default=None if required else parameter.default,
            help=" ".join((declared.help or "").split()),
        )


def _key(name: str, declared: ParameterInfo) -> str:
    # inside Annotated, typer keeps the first flag in the place of the default
    flags = (declared.default, *(declared.param_decls or ())) if isinstance(declared, OptionInfo) else ()
    own = f"--{name.replace('_', '-')}"
    long = next((flag for flag in flags if isinstance(flag, str) and flag.startswith("--")), own)
    return long.partition("/")[0].removeprefix("--")


def _parse(path: Path) -> dict[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem: Any = error
        if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:  # its text quotes half a line
            problem = f"{error.problem}, line {error.problem_mark.line + 1}"
        raise UsageError(f"{path} is no YAML: {problem}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UsageError(
            f"{path} holds {type(content).__name__}, not sections; `emtool init` writes one to start from"
        )
    return content


def _section(path: Path, name: str, content: object, known: Mapping[str, list[Setting]]) -> dict[str, object]:
    """Check one section and give its values by parameter; a key without a value is left at its default."""
    place = f"{path}, section {name!r}" if name else str(path)
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UsageError(f"{place}: {content!r} is no list of keys; see `emtool {name} --help`")
    settings = {setting.key: setting for setting in known[name]}
    values: dict[str, object] = {}
    for key, value in content.items():
        if key not in settings:
            there_are = ", ".join(settings) if name else ", ".join([*settings, *filter(None, known)])
            raise UsageError(f"{place}: no key {key!r} (there are: {there_are})")
        setting = settings[key]
        if value is not None:
            try:
                values[setting.parameter] = convert(value, setting.type)
            except ValueError as error:
                raise UsageError(f"{place}: {key}: {value!r} is not {error}") from error
    return values
