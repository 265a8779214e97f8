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

SCHEMA_VERSION = 2  # a change of the tables is a step in migrations.py

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

tracks = Table(
    "tracks",
    metadata,
    Column("key", String, primary_key=True),  # source:id
    Column("source", String, nullable=False),
    Column("id", String, nullable=False),
    Column("title", String, nullable=False),
    Column("url", String, nullable=False),
    Column("audio_url", String),
    Column("artist", String),
    Column("licence", String),
    Column("licence_text", String),
    Column("duration_s", Float),
    Column("work_id", String),
    Column("source_tags", JSON, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String),
    Column("decided_by", String),  # the options under which a track was skipped: others open it again
    Column("list_state", String, nullable=False),
    Column("next_comments_url", String),  # where an interrupted list of comments goes on
    Column("comment_pages", Integer, nullable=False),  # read so far
    Column("comments_read", Boolean, nullable=False),
    Column("audio_sha256", String, ForeignKey("audio.sha256")),
    Column("fetched_at", String, nullable=False),
    Index("tracks_by_state", "state", "source"),
)

comments = Table(
    "comments",
    metadata,
    Column("track_key", String, ForeignKey("tracks.key"), primary_key=True),
    Column("id", String, primary_key=True),
    Column("position", Integer, nullable=False),  # the site's own order
    Column("text", String, nullable=False),
    Column("votes", BigInteger),  # as stated; NULL is unknown, which is not zero
    Column("vote_kind", String, nullable=False),
    Column("written_at", String),
    Column("author_hash", String),
    Column("parent_id", String),
    Column("offset_s", Float),
    Column("rank", Integer),  # NULL is outside of the vote
    Column("share", Float),
    Column("fetched_at", String, nullable=False),
)

audio = Table(
    "audio",
    metadata,
    Column("sha256", String, primary_key=True),
    Column("suffix", String, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("codec", String, nullable=False),
    Column("sample_rate_hz", Integer, nullable=False),
    Column("channels", Integer, nullable=False),
    Column("duration_s", Float),
    Column("url", String, nullable=False),  # where it was fetched first
    Column("fetched_at", String, nullable=False),
)

listings = Table(
    "listings",
    metadata,
    Column("id", String, primary_key=True),  # fingerprint of source and query
    Column("source", String, nullable=False),
    Column("query", String),
    Column("next_url", String),  # where an interrupted listing goes on
    Column("finished", Boolean, nullable=False),
)

found = Table(
    "found",
    metadata,
    Column("listing_id", String, ForeignKey("listings.id"), primary_key=True),
    Column("track_key", String, ForeignKey("tracks.key"), primary_key=True),
    Column("position", Integer, nullable=False),  # 0 is the first track of the listing
)

evidence = Table(
    "evidence",
    metadata,
    Column(
        "id", String, primary_key=True
    ),  # hash of url, rule, verdict and detail: the same finding is kept once
    Column("url", String, nullable=False, index=True),
    Column("rule", String, nullable=False),
    Column("allowed", Boolean, nullable=False),
    Column("detail", String, nullable=False),
    Column("checked_at", String, nullable=False),  # when it was found last
)

traffic = Table(
    "traffic",
    metadata,
    Column("source", String, primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)

optouts = Table(
    "optouts",
    metadata,
    Column("kind", String, primary_key=True),  # url, track, domain, author
    Column("value", String, primary_key=True),
    Column("added_at", String, nullable=False),
)

tombstones = Table(  # what was taken out: the key stays, so that no later crawl brings it back
    "tombstones",
    metadata,
    Column("track_key", String, primary_key=True),
    Column("kind", String, nullable=False),  # of the wish that took it out
    Column("value", String, nullable=False),
    Column("removed_at", String, nullable=False),
)

rests = Table(
    "rests",
    metadata,
    Column("source", String, primary_key=True),
    Column("until", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("times", Integer, nullable=False),  # one soon after the other: each is longer than the one before
)
