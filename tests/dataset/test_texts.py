from emtool.crawler.records import ListState, RankedComment, TrackState
from emtool.crawler.store import StoredTrack
from emtool.crawler.voting import rank
from emtool.dataset.config import BuildConfig
from emtool.dataset.dedup import Copies
from emtool.dataset.texts import TrackTexts, count, decide, describes
from tests.dataset.making import comment, track

WORDS = "a slow and sad piano melody with soft violin chords"
JOKE = "if you read this the pianist owes you a sandwich"


def texts(name: str, *written: str, licence: str | None = "CC0-1.0") -> TrackTexts:
    ranked = rank(comment(str(n), text, votes=100 - n) for n, text in enumerate(written))
    stored = StoredTrack(
        track=track(name, licence=licence),
        state=TrackState.DONE,
        list_state=ListState.COMPLETE,
        audio_sha256="00",
        audio_suffix=".ogg",
        fetched_at="2026-01-01T00:00:00Z",
        reason=None,
    )
    return TrackTexts(stored=stored, ranked=ranked)


def test_tracks_that_are_judged_together_keep_their_own_verdicts() -> None:
    tracks = [
        texts("1", "打卡", f"{WORDS}!", "😀"),
        texts("2", WORDS, licence=None),
        texts("3", "lol"),
        texts("4", WORDS),
    ]
    together = decide(tracks, Copies.none(), BuildConfig())
    alone = [decide([one], Copies.none(), BuildConfig())[0] for one in tracks]
    for one, other in zip(together, alone, strict=True):
        assert [looked.rejection for looked in one.comments] == [
            looked.rejection for looked in other.comments
        ]
        assert [c.text for c in one.planned.captions] == [c.text for c in other.planned.captions]
    assert [decision.rejection and decision.rejection.filter for decision in together] == [
        None,
        "licence",
        "no-caption",
        None,
    ]
    assert [looked.rejection and looked.rejection.filter for looked in together[0].comments] == [
        "chatter",
        None,
        "empty",
    ]


def test_counts() -> None:
    funnel = count(
        decide(
            [texts("1", WORDS, "lol", "mail me: a.b@example.org"), texts("2", "lol")],
            Copies.none(),
            BuildConfig(),
        )
    )
    assert funnel.counts == {"tracks": 2, "comments": 4, "captioned_tracks": 1, "accepted_comments": 1}
    assert funnel.rejected == {"chatter": 2, "advert": 1, "no-caption": 1}
    assert funnel.private["email"] == 1


def test_a_joke_under_many_works_describes_none() -> None:
    copies = Copies.count((f"work-{n}", JOKE) for n in range(4))
    decision = decide([texts("1", JOKE)], copies, BuildConfig(min_relevance=0.0))[0]
    assert decision.comments[0].rejection is not None
    assert decision.comments[0].rejection.filter == "copied"


def test_what_must_not_be_kept_leaves_no_text_behind() -> None:
    decision = decide([texts("1", "我不想活了，想自杀")], Copies.none(), BuildConfig(select="votes"))[0]
    first = next(decision.rejections)
    assert (first.filter, first.text) == ("unsafe", None)
    assert decision.planned.captions == ()


def test_personal_data_hidden_by_emoji_is_not_in_the_original() -> None:
    comments = decide([texts("1", "call 138😀1234😀5678 for piano")], Copies.none(), BuildConfig())[
        0
    ].comments
    assert "5678" not in comments[0].comment.text + comments[0].comment.original


def test_describes_is_what_a_build_accepts() -> None:
    def ranked(text: str) -> list[RankedComment]:
        return rank([comment("1", text)])

    assert describes(ranked(WORDS), BuildConfig())
    assert not describes(ranked("打卡"), BuildConfig())
    assert not describes(ranked("my cat ate the homework again"), BuildConfig())
    assert not describes([], BuildConfig())
