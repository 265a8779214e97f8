"""The comment-voting rule: rank within one track by votes, never across tracks or sources.

It is how ERNIE-Music (arXiv 2302.04456) found text for music: of the comments under a track, the most voted.
"""

from collections.abc import Iterable

from emtool.crawler.records import Comment, RankedComment

_NO_TIME = "\uffff"  # behind every ISO date: a comment without a time comes last among equals


def rank(comments: Iterable[Comment], *, top: int = 15, min_votes: int = 0) -> list[RankedComment]:
    """Give the most voted comments of one track, best first.

    Args:
        comments: All comments of the track: shares count the votes of those that are not returned, too.
        top: How many to return at most.
        min_votes: Fewer votes than this drop a comment; an unknown vote passes only a floor of 0 or less.

    Returns:
        Votes falling, unknown votes last, ties by time and then by id. ``share`` is the comment's part of all
        known votes of the track: None for an unknown vote, 0 for a negative one.
    """
    every = list(comments)
    total = sum(max(comment.votes, 0) for comment in every if comment.votes is not None)
    chosen = sorted((comment for comment in every if _reaches(comment, min_votes)), key=_order)[:top]
    return [
        RankedComment(comment=comment, rank=place, share=_share(comment.votes, total))
        for place, comment in enumerate(chosen, start=1)
    ]


def _reaches(comment: Comment, min_votes: int) -> bool:
    return min_votes <= 0 if comment.votes is None else comment.votes >= min_votes


def _order(comment: Comment) -> tuple[bool, int, str, str]:
    return comment.votes is None, -(comment.votes or 0), comment.written_at or _NO_TIME, comment.id


def _share(votes: int | None, total: int) -> float | None:
    if votes is None:
        return None
    return max(votes, 0) / total if total else 0.0
