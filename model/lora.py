"""Low-rank adapters (Hu et al. 2021) on every linear map and convolution, through ``peft``."""

import warnings
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from torch import Tensor, nn

from emtool.crawler.errors import MissingToolError
from emtool.crawler.files import write_json
from emtool.model.tensor_files import writing

FOLDER = "adapter"  # of a run: the adapter by itself, as peft writes it

_ADAPTER = "default"
_MARK = ".lora_"


def adapt(network: nn.Module, rank: int) -> None:
    """Freeze a network and add adapters of a rank; their first effect is nothing.

    Raises:
        MissingToolError: ``peft`` is not installed.
    """
    peft = _peft()
    names = _adapted(network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about layers that share no name with a known transformer
        peft.inject_adapter_in_model(_config(rank, names), network, adapter_name=_ADAPTER)


def _adapted(network: nn.Module) -> list[str]:
    return sorted(
        name
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear) or (isinstance(module, nn.Conv1d) and module.groups == 1)
    )


def _config(rank: int, names: list[str]) -> Any:
    return _peft().LoraConfig(r=rank, lora_alpha=rank, lora_dropout=0.0, target_modules=names, bias="none")


def _peft() -> Any:
    try:
        import peft
    except ImportError as error:
        raise MissingToolError(
            "lora needs the package peft: pip install 'emtool[lora]', or leave lora=0"
        ) from error
    return peft


def merged(network: nn.Module) -> dict[str, Tensor]:
    """Weights of an adapted network under the names of a plain one, with the adapters added in."""
    layers = import_module("peft.tuners.lora")
    plain = {
        name.replace(".base_layer.", "."): tensor
        for name, tensor in network.state_dict().items()
        if _MARK not in name
    }
    for name, module in network.named_modules():
        if isinstance(module, layers.LoraLayer):
            delta: Tensor = cast(Any, module).get_delta_weight(_ADAPTER)
            plain[f"{name}.weight"] = plain[f"{name}.weight"] + delta
    return plain


def save(network: nn.Module, folder: Path, rank: int, history: dict[str, Any]) -> None:
    """Write the adapter by itself: ``adapter_model.safetensors`` and ``adapter_config.json``.

    Raises:
        OSError: The folder cannot be written.
    """
    from safetensors.torch import save_file

    names = sorted({name.partition(_MARK)[0] for name in network.state_dict() if _MARK in name})
    tensors = _peft().get_peft_model_state_dict(network, adapter_name=_ADAPTER)
    with writing(folder / "adapter_model.safetensors") as part:
        save_file({f"base_model.model.{name}": t.cpu().contiguous() for name, t in tensors.items()}, part)
    settings = _config(rank, names).to_dict()
    origin = history.get("from", {}).get("checkpoint")
    write_json(
        folder / "adapter_config.json",
        {key: sorted(value) if isinstance(value, set) else value for key, value in settings.items()}
        | {"base_model_name_or_path": origin, "inference_mode": True},
    )
