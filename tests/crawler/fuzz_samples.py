"""One answer or more for every parser of the crawler, as it usually comes; names are those of recipes and modules."""

import html
import json
from collections.abc import Sequence
from typing import Any

from tests.crawler.saved_answers import ANSWERS


def dump(value: Any) -> bytes:
    """Write a value as a site does."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def har(body: bytes) -> bytes:
    content = {"text": body.decode(), "encoding": ""}
    entry = {"request": {"url": "https://m.test/R_SO_4_5?limit=2"}, "response": {"content": content}}
    return dump(
        {"log": {"entries": [entry, None, {"response": {"content": {"text": "!", "encoding": "base64"}}}]}}
    )


ROBOTS = b"""User-agent: *
Disallow: /private/*.mp3$
Crawl-delay: 2
Content-Signal: search=yes, ai-train=no
Content-Usage: /songs train-ai=n

User-agent: emtool
Allow: /
Disallow: /api/
"""
AI_TXT = b"""Training: conditional
Training-Allow: /free/
Agent: emtool
  Training: deny
  Scraping: allow
User-agent: *
Disallow: *.mp3
"""
TDMREP = b'[{"location": "/api/*.mp3$", "tdm-reservation": 1, "tdm-policy": "https://x"}, {"location": "*"}]'
METAS = (
    b"<!doctype html><html><head><title>Just a moment...</title><meta name=robots content='noai, noindex'>"
    b'<meta http-equiv="tdm-reservation" content="1"><meta name="content-usage" content="train-ai=n"></head></html>'
)
_TRACK = {
    "id": "7",
    "name": "Rain",
    "title": "Rain",
    "page": "/s/7",
    "license": "https://creativecommons.org/licenses/by/4.0/",
}
_COMMENT = {
    "id": 1,
    "text": "slow piano",
    "votes": "1.2k",
    "created": "2024-01-02T03:04:05Z",
    "user": {"name": "u", "id": 3},
}
GENERIC: Sequence[bytes] = [
    dump({name: [_TRACK, _COMMENT], "next": "/p?page=2", "page": 1, "pages": 2})
    for name in ("results", "items", "data")
]
_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"></head><body><ol class="tracks"><li class="track" data-id="a">'
    '<a class="title" href="/t/1">T &amp; U</a><span class="artist">A</span></li></ol><nav class="pages">'
    '<a rel="next" href="?page=2">n</a></nav><article class="track" data-work="w"><h1>T</h1><span class="artist">A'
    '</span><audio src="/a.opus"></audio><a rel="license" href="https://creativecommons.org/licenses/by/4.0/">x</a>'
    '<span class="length" data-seconds="12.5">0:12</span><ul class="tags"><li>slow</li></ul></article>'
    '<ol class="comments"><li class="comment" data-id="1"><b class="user">u</b><time datetime="2024-01-02T03:04Z">d'
    '</time><i class="votes">1.2万</i><p class="text">soft <br>drums</p></li></ol></body></html>'
).encode()
_BLOB = {
    "reviews": [{"fan_id": 1, "why": "soft", "mod_date": "13 Oct 2019 04:25:24 GMT", "token": "1:2"}],
    "more_reviews_available": True,
}
_RELEASE = {
    "id": 12,
    "item_type": "track",
    "artist": "Ann",
    "current": {"title": "Rain"},
    "trackinfo": [{"title": "Drops", "duration": 181.5, "file": {"mp3-128": "//b.test/s"}}],
}


def _bandcamp(release: Any, blob: Any) -> bytes:
    shown = [html.escape(json.dumps(one)) for one in ({"item_type": "t", "item_id": 12}, release, blob)]
    return (
        f'<html><head><meta name="bc-page-properties" content="{shown[0]}"><script data-tralbum="{shown[1]}"></script>'
        '</head><body><div id="license"><a href="https://creativecommons.org/licenses/by/3.0/">x</a></div>'
        f'<a class="tag">ambient</a><div id="collectors-data" data-blob="{shown[2]}"></div></body></html>'
    ).encode()


SAMPLES: dict[str, Sequence[bytes]] = {
    "demo": [_PAGE],
    "selectors": [_PAGE],
    "bandcamp": [_bandcamp(_RELEASE, _BLOB), dump({"results": _BLOB["reviews"], "more_available": True})],
    "reddit": [
        dump(ANSWERS["reddit"]),
        dump(
            {
                "kind": "Listing",
                "data": {
                    "after": "t3_x",
                    "children": [
                        {
                            "kind": "t3",
                            "data": {
                                "id": "p",
                                "title": "t",
                                "url": "https://soundcloud.com/a/b",
                                "permalink": "/r/x/comments/p/",
                            },
                        }
                    ],
                },
            }
        ),
    ],
    "saved": [dump(ANSWERS["netease"])],
    "saved_files": [har(dump(ANSWERS["netease"]))],
    "manifest_file": [
        dump(
            {
                "id": "a1",
                "title": "Rain",
                "audio": "sound/rain.flac",
                "tags": ["slow"],
                "duration_s": "3:25",
                "comments": [{"text": "slow piano", "votes": 12, "author": "u", "offset_s": 3}],
            }
        ),
        b'id,title,audio,comment,votes,tags\na1,Rain,a.flac,"slow, sad",1.2k,a;b\na1,Rain,a.flac,piano,,a;b\n',
    ],
    "jamendo": [
        dump(ANSWERS["jamendo"]),
        dump(
            {
                "headers": {"status": "success", "code": 0},
                "results": [
                    {
                        "id": "1",
                        "name": "T",
                        "shareurl": "https://j.test/t/1",
                        "artist_name": "A",
                        "duration": "200",
                        "license_ccurl": "http://creativecommons.org/licenses/by/3.0/",
                        "audio": "https://j.test/a",
                        "audiodownload": "",
                        "audiodownload_allowed": False,
                        "musicinfo": {"tags": {"genres": ["pop"]}},
                    }
                ],
            }
        ),
    ],
    "audius": [
        dump(
            {
                "data": [
                    {
                        "id": "aB1",
                        "message": "that bassline",
                        "user_id": "xY2",
                        "track_timestamp_s": 70,
                        "react_count": 12,
                        "reply_count": 3,
                        "created_at": "2025-02-01 10:00:00",
                        "replies": [{"id": "cD3", "message": "agree"}],
                    }
                ]
            }
        ),
        dump({"data": ["https://node.test"]}),
        dump(
            {
                "data": [
                    {
                        "id": "D7",
                        "title": "T",
                        "permalink": "/a/t",
                        "license": "Attribution CC BY",
                        "duration": 61,
                        "user": {"name": "A"},
                        "tags": "slow,sad",
                        "is_downloadable": True,
                        "genre": "Pop",
                    }
                ]
            }
        ),
    ],
    "internet-archive": [
        dump(ANSWERS["internet_archive"]),
        dump(
            {
                "items": [{"identifier": "x", "title": ["T"], "creator": "A", "num_reviews": 2}],
                "cursor": "W3",
                "total": 9,
            }
        ),
    ],
    "ccmixter": [
        dump(
            [
                {
                    "topic_text": "Great groove",
                    "topic_id": "55",
                    "user_name": "u",
                    "topic_date": "2012-01-01 00:00:00",
                }
            ]
        ),
        dump(
            [
                {
                    "upload_id": 7,
                    "upload_name": "T",
                    "user_real_name": "A",
                    "file_page_url": "http://c.test/7",
                    "upload_tags": ",a,b,",
                    "license_url": "http://creativecommons.org/licenses/by/3.0/",
                    "files": [{"download_url": "http://c.test/a.mp3"}],
                }
            ]
        ),
    ],
    "freesound": [
        dump(
            {
                "count": 1,
                "next": None,
                "results": [{"username": "u", "comment": "nice pad", "created": "2014-03-15T14:06:48"}],
            }
        ),
        dump(
            {
                "next": "https://f.test/p2",
                "results": [
                    {
                        "id": 1,
                        "name": "pad",
                        "url": "https://f.test/s/1",
                        "username": "u",
                        "license": "http://creativecommons.org/publicdomain/zero/1.0/",
                        "duration": 3.2,
                        "tags": ["pad"],
                        "previews": {"preview-hq-ogg": "https://f.test/a.ogg"},
                        "gen_ai_preference": "no-gen-ai",
                    }
                ],
            }
        ),
    ],
}
