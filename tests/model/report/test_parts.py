import base64
import io
import re

import pytest
import soundfile

from emtool.model.report import parts
from emtool.model.report.scored import _figures
from emtool.model.report.trained import duration
from tests.model.listening.test_features import sine


@pytest.mark.parametrize(
    ("address", "linked"),
    [
        ("https://music.example.org/1", True),
        ("javascript:alert(1)", False),
        ("", False),
        ("http://demo.localhost:8765/tracks/1", False),
        ("http://127.0.0.1/", False),
        ("https://site.test/1", False),
    ],
)
def test_only_pages_that_others_can_open_are_linked(address: str, linked: bool) -> None:
    assert ("href" in parts.link(address, "a name")) is linked
    assert "a name" in parts.link(address, "a name")


@pytest.mark.parametrize(("rate_hz", "kind"), [(16_000, "ogg"), (44_100, "flac")])
def test_a_player_holds_its_sound(rate_hz: int, kind: str) -> None:
    markup = parts.player(sine(440, rate_hz=rate_hz)[None], rate_hz, 'a "label"')
    found = re.search(rf'src="data:audio/{kind};base64,([^"]+)"', markup)
    assert found
    info = soundfile.info(io.BytesIO(base64.b64decode(found[1])))
    assert (info.samplerate, round(info.duration)) == (rate_hz, 1)
    assert "&quot;label&quot;" in markup


def test_flac_where_opus_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundfile, "available_subtypes", lambda _: {"VORBIS": ""})
    assert "data:audio/flac" in parts.player(sine(440)[None], 8000, "x")


def test_a_bar_stays_in_its_room() -> None:
    assert "width:100.00%" in parts.bar(3.0, "x")
    assert "width:0.00%" in parts.bar(-1.0, "x")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (12345.6, "12,346"),
        (0.01234, "0.0123"),
        (-0.5, "−0.500"),
        (-1e-9, "0.0000"),
        (91.84, "91.8"),
    ],
)
def test_figures_have_three_digits(value: float, shown: str) -> None:
    assert _figures(value) == shown


@pytest.mark.parametrize(("seconds", "shown"), [(45, "45 s"), (600, "10 min"), (9000, "2.5 h")])
def test_duration(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown
