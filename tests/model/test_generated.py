from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emtool.crawler.progress import SILENT
from emtool.model.generated import Recipe, generate_set
from emtool.model.prompts import shipped_prompts
from tests.model.orchestra import RATE_HZ, Player

PROMPTS = shipped_prompts()[:20]
RECIPE = Recipe(model="m", texts=tuple(prompt.text for prompt in PROMPTS), guidance=3.0, steps=5, seed=7)


def test_a_set_is_made_once(tmp_path: Path) -> None:
    player = Player(tmp_path)
    made = generate_set(player, PROMPTS, tmp_path / "sets", RECIPE, SILENT)
    assert player.made == 20
    assert made.seconds_per_clip is not None
    assert made.sounds.read(3).shape == (1, RATE_HZ)
    assert made.sounds.tags[3] == PROMPTS[3].tags
    again = generate_set(player, PROMPTS, tmp_path / "sets", RECIPE, SILENT)
    assert player.made == 20
    assert again.paths == made.paths
    assert again.seconds_per_clip == made.seconds_per_clip


def test_a_stopped_set_goes_on_and_ends_as_if_it_had_not_been_stopped(tmp_path: Path) -> None:
    player = Player(tmp_path)
    player.stop_after = 17
    with pytest.raises(KeyboardInterrupt):
        generate_set(player, PROMPTS, tmp_path / "sets", RECIPE, SILENT)
    assert player.made == 16
    player.stop_after = 1000
    made = generate_set(player, PROMPTS, tmp_path / "sets", RECIPE, SILENT)
    assert player.made == 20
    whole = generate_set(Player(tmp_path), PROMPTS, tmp_path / "whole", RECIPE, SILENT)
    assert [path.read_bytes() for path in made.paths] == [path.read_bytes() for path in whole.paths]


def test_a_lost_clip_is_made_again(tmp_path: Path) -> None:
    player = Player(tmp_path)
    made = generate_set(player, PROMPTS, tmp_path, RECIPE, SILENT)
    before = made.paths[9].read_bytes()
    made.paths[9].unlink()
    generate_set(player, PROMPTS, tmp_path, RECIPE, SILENT)
    assert made.paths[9].read_bytes() == before
    assert player.made == 28


@pytest.mark.parametrize("change", [{"guidance": 1.0}, {"seed": 8}, {"steps": 6}, {"model": "n"}])
def test_another_recipe_has_another_folder(tmp_path: Path, change: dict[str, Any]) -> None:
    made = generate_set(Player(tmp_path), PROMPTS, tmp_path, RECIPE, SILENT)
    other = generate_set(Player(tmp_path), PROMPTS, tmp_path, replace(RECIPE, **change), SILENT)
    assert made.paths[0].parent != other.paths[0].parent
