"""The page as a browser meets it: whole, self-contained, described, and with nothing unescaped in it."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from emtool.crawler.errors import EmtoolError
from emtool.dataset.load import open_dataset
from emtool.model.evaluate import Plan, evaluate_model
from emtool.model.report import write_evaluation_report, write_project_report
from emtool.model.report.scored import scores_section
from tests.model.orchestra import Player, write_orchestra

EVIL = '<script>alert("你好")</script> & "quotes"'
CRAWL = {
    "source": "demo",
    "tracks": {"found": 1, "voted": 0, "done": 128, "skipped": 2, "failed": 0},
    "reasons": {EVIL: 2},
    "fetched": 128,
    "requests": 300,
    "received_bytes": 1_234_567,
    "bytes_per_accepted_pair": 9645,
    "store": "store",
}
_VOID = {"meta", "img", "br", "path", "use", "rect", "image"}


class Page(HTMLParser):
    """Collects what the tests ask about, and holds every tag against its end."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(self.source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for found, attributes in self.tags if found == tag]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, Any]]:
    """A dataset whose texts try to break out, and an evaluation on it."""
    folder = tmp_path_factory.mktemp("project")
    dataset = write_orchestra(folder / "dataset", free_form=EVIL, title=EVIL, url="javascript:alert(1)")
    plan = Plan(samples=16, guidance=(1.0, 3.0), steps=2, seeds_per_prompt=2, heldout_clips=8)
    report = evaluate_model(Player(folder), open_dataset(dataset), folder / "evaluation", plan)
    return dataset, folder / "evaluation", report


@pytest.fixture(scope="module")
def page(made: tuple[Path, Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Page:
    dataset, folder, report = made
    run = tmp_path_factory.mktemp("run")
    (run / "metrics.jsonl").write_text(
        '{"step": 20, "seconds": 9, "loss": 0.5, "lr": 0.1}\n'
        '{"step": 20, "seconds": 9, "heldout": {"0.1": 0.2, "0.9": 0.8, "mean": 0.5}}\n',
        encoding="utf-8",
    )
    path = write_project_report(
        run / "report.html",
        "emtool 演示",
        crawl=CRAWL,
        dataset=dataset,
        run=run,
        evaluation=report,
        evaluation_folder=folder,
        lead=EVIL,
        notes=[EVIL],
    )
    return Page(path)


def test_nothing_is_loaded_from_anywhere(page: Page) -> None:
    sources = [
        value or ""
        for _, found in page.tags
        for name, value in found.items()
        if name in {"src", "poster", "data"}
    ]
    assert sources
    assert all(source.startswith("data:") for source in sources)
    links = [found["href"] or "" for _, found in page.tags if "href" in found]
    assert all(link.startswith("#") for link in links)  # the dataset names no page that can be opened
    assert not page.all("script")
    assert not page.all("link")
    assert "@import" not in page.source
    assert "default-src 'none'" in page.source


def test_what_others_wrote_is_shown_and_never_obeyed(page: Page) -> None:
    assert "<script" not in page.source
    assert "javascript:" not in page.source
    assert page.words.count('<script>alert("你好")</script> & "quotes"') >= 4


def test_every_picture_and_player_is_described(page: Page) -> None:
    assert len(page.all("audio")) >= 8 + 16 + 2 * 2 + 2
    assert all(player["aria-label"] for player in page.all("audio"))
    assert len(page.all("img")) == len(page.all("audio"))
    assert all((image["alt"] or "").startswith("Mel spectrogram, 1.0 s: ") for image in page.all("img"))
    assert all(drawing["aria-label"] for drawing in page.all("svg"))
    assert all(header.get("scope") in {"col", "row"} for header in page.all("th"))


def test_the_contents_lead_to_the_sections(page: Page) -> None:
    ids = [found["id"] for _, found in page.tags if found.get("id")]
    assert len(ids) == len(set(ids))
    targets = [link["href"] for link in page.all("a") if (link["href"] or "").startswith("#")]
    assert targets == [
        f"#{name}" for name in ("crawl", "dataset", "pairs", "training", "samples", "scores", "notes")
    ]
    assert {target[1:] for target in targets if target} <= set(ids)


def test_chinese_is_marked_as_chinese(page: Page) -> None:
    assert '<span lang="zh">emtool 演示</span>' in page.source


def test_it_tells_what_happened(page: Page) -> None:
    for told in (
        "9,645",  # bytes per accepted pair
        "no-caption",
        "chatter (first)",
        "3 × phone",
        "1,200",  # steps
        "67 min",
        "None of these prompts stands in a training text of this dataset.",
        "real, held out (anchor)",
        "prompts exchanged (control)",
        "instrument as asked, of 16 clips",
        "seed 2",
        "guidance 1",
    ):
        assert told in page.words
    assert "asked for" in page.words  # guidance 1 plays the flute whatever is asked


def test_it_stays_small(page: Page) -> None:
    assert len(page.source) < 4_000_000


def test_a_page_about_a_crawl_alone(tmp_path: Path) -> None:
    page = Page(write_project_report(tmp_path / "a" / "report.html", "Crawl", crawl={**CRAWL, "reasons": {}}))
    assert [link["href"] for link in page.all("a")] == ["#crawl", "#notes"]
    assert "Why tracks were skipped" not in page.words


def test_a_figure_that_is_not_trusted_says_so(made: tuple[Path, Path, dict[str, Any]]) -> None:
    metric = made[2]["metrics"]["instrument"]
    doubtful = {**metric, "trusted": False, "note": "trained on too little"}
    skipped = {**metric, "skipped": "no clips at all"}
    body = scores_section({"metrics": {"instrument": doubtful, "tempo": skipped}, "usual_guidance": "3"}).body
    assert "Not trusted: trained on too little." in body
    assert "no clips at all" in body


def test_beside_an_evaluation(made: tuple[Path, Path, dict[str, Any]]) -> None:
    path = write_evaluation_report(made[1])
    page = Page(path)
    assert path == made[1] / "report.html"
    assert "Evaluation of player" in page.words
    assert "losses is not at hand" in page.words
    assert "#dataset" in [link["href"] for link in page.all("a")]


def test_beside_no_evaluation(tmp_path: Path) -> None:
    with pytest.raises(EmtoolError, match="holds no finished evaluation: run emtool evaluate"):
        write_evaluation_report(tmp_path)
