"""The tables of a store, in types that SQLite and PostgreSQL both have. Times are ISO 8601 text in UTC."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
)

SCHEMA_VERSION = 3  # a change of the tables is a step in migrations.py

metadata = MetaData()

# Sorted and compared by code point, as SQLite does: the order of a store does not depend on a server's language.
Text = String().with_variant(String(collation="C"), "postgresql")

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

tracks = Table(
    "tracks",
    metadata,
    Column("key", Text, primary_key=True),  # source:id
    Column("source", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("audio_url", Text),
    Column("artist", Text),
    Column("licence", Text),
    Column("licence_text", Text),
    Column("duration_s", Float),
    Column("work_id", Text),
    Column("source_tags", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("decided_by", Text),  # the options under which a track was skipped: others open it again
    Column("list_state", Text, nullable=False),
    Column("next_comments_url", Text),  # where an interrupted list of comments goes on
    Column("comment_pages", Integer, nullable=False),  # read so far
    Column("comments_read", Boolean, nullable=False),
    Column("audio_sha256", Text, ForeignKey("audio.sha256")),
    Column("fetched_at", Text, nullable=False),
    Column("claimed_by", Text, index=True),  # the process that works on it, where several share the store
    Column("claimed_until", Float),  # seconds since 1970 by the server's clock
    Index("tracks_by_state", "state", "source"),
)

comments = Table(
    "comments",
    metadata,
    Column("track_key", Text, ForeignKey("tracks.key"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False),  # the site's own order
    Column("text", Text, nullable=False),
    Column("votes", BigInteger),  # as stated; NULL is unknown, which is not zero
    Column("vote_kind", Text, nullable=False),
    Column("written_at", Text),
    Column("author_hash", Text),
    Column("parent_id", Text),
    Column("offset_s", Float),
    Column("rank", Integer),  # NULL is outside of the vote
    Column("share", Float),
    Column("fetched_at", Text, nullable=False),
)

audio = Table(
    "audio",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("suffix", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("codec", Text, nullable=False),
    Column("sample_rate_hz", Integer, nullable=False),
    Column("channels", Integer, nullable=False),
    Column("duration_s", Float),
    Column("url", Text, nullable=False),  # where it was fetched first
    Column("fetched_at", Text, nullable=False),
)

listings = Table(
    "listings",
    metadata,
    Column("id", Text, primary_key=True),  # fingerprint of source and query
    Column("source", Text, nullable=False),
    Column("query", Text),
    Column("next_url", Text),  # where an interrupted listing goes on
    Column("finished", Boolean, nullable=False),
    Column("claimed_by", Text),  # the process that reads it, as with tracks
    Column("claimed_until", Float),
)

found = Table(
    "found",
    metadata,
    Column("listing_id", Text, ForeignKey("listings.id"), primary_key=True),
    Column("track_key", Text, ForeignKey("tracks.key"), primary_key=True),
    Column("position", Integer, nullable=False),  # 0 is the first track of the listing
)

evidence = Table(
    "evidence",
    metadata,
    Column(
        "id", Text, primary_key=True
    ),  # hash of url, rule, verdict and detail: the same finding is kept once
    Column("url", Text, nullable=False, index=True),
    Column("rule", Text, nullable=False),
    Column("allowed", Boolean, nullable=False),
    Column("detail", Text, nullable=False),
    Column("checked_at", Text, nullable=False),  # when it was found last
)

traffic = Table(
    "traffic",
    metadata,
    Column("source", Text, primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)

optouts = Table(
    "optouts",
    metadata,
    Column("kind", Text, primary_key=True),  # url, track, domain, author
    Column("value", Text, primary_key=True),
    Column("added_at", Text, nullable=False),
)

tombstones = Table(  # what was taken out: the key stays, so that no later crawl brings it back
    "tombstones",
    metadata,
    Column("track_key", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # of the wish that took it out
    Column("value", Text, nullable=False),
    Column("removed_at", Text, nullable=False),
)

rests = Table(
    "rests",
    metadata,
    Column("source", Text, primary_key=True),
    Column("until", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("times", Integer, nullable=False),  # one soon after the other: each is longer than the one before
)
