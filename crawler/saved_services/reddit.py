"""Reddit: a post with its tree of comments, or a listing of posts."""

from emtool.crawler.json_fields import mapping
from emtool.crawler.records import ListState
from emtool.crawler.reddit_answers import SERVICE, children, listings, post, read_comments, short
from emtool.crawler.saved import Origin
from emtool.crawler.told import Told

ABOUT = (
    "Reddit: net score of each comment (unknown while hidden), replies; audio is on other hosts, not fetched."
)


def knows(value: object) -> bool:
    """Tell these answers from others."""
    return bool(listings(value))


def read(value: object, origin: Origin) -> list[Told]:
    """Read an answer; comments whose post is not in it go to the post that they name."""
    every = [child for listing in listings(value) for child in children(listing)]
    posts = [told for child in every if child.get("kind") == "t3" and (told := post(child)) is not None]
    listed = [child for child in every if child.get("kind") != "t3"]
    if not listed:
        return posts
    linked = (mapping(child.get("data")).get("link_id") for child in listed)
    of_post = posts[0].id if posts else next(filter(None, map(short, linked)), None)
    if of_post is None:
        return posts
    comments, all_there = read_comments(listed, origin)
    told = Told(
        source=SERVICE,
        id=of_post,
        url=f"https://www.reddit.com/comments/{of_post}/",
        comments=comments,
        list_state=ListState.COMPLETE if all_there and posts else ListState.PARTIAL,
    )
    return [*posts, told]
