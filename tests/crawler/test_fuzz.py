"""Every parser, on spoilt answers: records or an error of ours; ``tests/benchmarks/fuzz_parsers.py`` goes on."""

import logging

import pytest

from emtool.crawler import registry
from emtool.crawler.source import known
from tests.crawler.fuzzing import fuzz, parsers

PARSERS = parsers()
EXAMPLES = 100
THROUGH_YT_DLP = {"yt-dlp", "youtube", "soundcloud"}  # read by the parser of the saved service yt-dlp


def test_every_source_and_every_saved_service_has_a_parser_that_is_tried() -> None:
    places = " ".join(PARSERS)
    sources = set(known()) - THROUGH_YT_DLP - {"manifest", "saved"}
    assert [name for name in sources if name not in places.replace("_", "-")] == []
    assert {f"saved.parse:{name}" for name in registry.names("emtool.crawler.saved_services")} <= set(PARSERS)
    assert {"manifest_file.parse_csv", "manifest_file.parse_jsonl", "saved_files.parse"} <= set(PARSERS)
    assert all(parser.samples for parser in PARSERS.values())


@pytest.mark.parametrize("name", PARSERS)
def test_a_spoilt_answer_is_records_or_an_error_of_ours(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "bs4")  # it warns of bytes of no charset
    fuzz(PARSERS[name], examples=EXAMPLES)
