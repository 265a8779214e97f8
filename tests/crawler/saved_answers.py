"""One invented answer of every service, in the shape that its parser knows."""

from typing import Any

_USER = {"userId": 900, "nickname": "SECRET-NAME", "avatarUrl": "SECRET-AVATAR"}

ANSWERS: dict[str, Any] = {
    "netease": {
        "code": 200,
        "total": "3",
        "more": False,
        "hotComments": [
            {
                "commentId": 1,
                "content": "温柔的钢琴",
                "time": 1430864801561,
                "likedCount": 112,
                "parentCommentId": 0,
                "beReplied": [],
                "ipLocation": {"location": "SECRET-PLACE"},
                "user": _USER,
            }
        ],
        "topComments": None,
        "comments": [
            {"commentId": 2, "content": "慢", "likedCount": None, "user": None, "time": "x"},
            {
                "commentId": "3",
                "content": "同意",
                "likedCount": "0",
                "beReplied": [{"beRepliedCommentId": 1}],
            },
            {"commentId": 1, "content": "温柔的钢琴", "likedCount": 111},
            {"commentId": 4, "content": None},
            None,
        ],
    },
    "qq_music": {
        "code": 0,
        "hot_comment": {
            "commentlist": [
                {
                    "commentid": "91001",
                    "nick": "SECRET-NAME",
                    "avatarurl": "SECRET-AVATAR",
                    "rootcommentcontent": "电吉他[em]e400846[/em]",
                    "time": 1700000001,
                    "praisenum": 41,
                    "middlecommentcontent": [
                        {"subcommentid": 5, "subcommentcontent": "对", "replynick": "SECRET-NAME"}
                    ],
                }
            ]
        },
        "comment": {
            "commenttotal": "21",
            "commentlist": [
                {"commentid": 92001, "rootcommentcontent": "鼓", "time": "1700000002", "praisenum": "7"}
            ],
        },
        "morecomment": 1,
    },
    "bilibili": {
        "code": 0,
        "message": "0",
        "data": {
            "page": {"num": 1, "size": 20, "count": 2, "acount": 3},
            "hots": None,
            "replies": [
                {
                    "rpid": 1,
                    "oid": 2,
                    "mid": 7,
                    "parent": 0,
                    "ctime": 1646205507,
                    "like": 31,
                    "member": {"mid": "7", "uname": "SECRET-NAME", "avatar": "SECRET-AVATAR"},
                    "content": {"message": "后摇的墙"},
                    "replies": [{"rpid": 8, "parent": "1", "content": {"message": "是的"}, "replies": None}],
                },
                {"rpid": 9, "oid": 2, "like": "4", "content": {"message": "吉他"}},
            ],
        },
    },
    "reddit": [
        {
            "kind": "Listing",
            "data": {
                "children": [
                    {
                        "kind": "t3",
                        "data": {"id": "p", "title": "A song", "permalink": "/r/x/comments/p/", "score": 40},
                    }
                ]
            },
        },
        {
            "kind": "Listing",
            "data": {
                "children": [
                    {
                        "kind": "t1",
                        "data": {
                            "id": "c",
                            "body": "dreamy wall",
                            "score": "-2",
                            "created_utc": 1700000000.0,
                            "author": "SECRET-NAME",
                            "author_fullname": "t2_a",
                            "parent_id": "t3_p",
                            "replies": {
                                "kind": "Listing",
                                "data": {
                                    "children": [
                                        {
                                            "kind": "t1",
                                            "data": {
                                                "id": "e",
                                                "body": "yes",
                                                "score": 1,
                                                "score_hidden": True,
                                                "author": "[deleted]",
                                                "parent_id": "t1_c",
                                                "replies": "",
                                            },
                                        },
                                        {"kind": "t1", "data": {"id": "f", "body": "[removed]"}},
                                    ]
                                },
                            },
                        },
                    },
                    {"kind": "more", "data": {"children": ["d"]}},
                ]
            },
        },
    ],
    "youtube": {
        "kind": "youtube#commentThreadListResponse",
        "nextPageToken": "next",
        "items": [
            {
                "kind": "youtube#commentThread",
                "id": "U1",
                "snippet": {
                    "videoId": "abc",
                    "totalReplyCount": 1,
                    "topLevelComment": {
                        "id": "U1",
                        "snippet": {
                            "textDisplay": "that <b>sax</b> &amp; solo",
                            "likeCount": "1200",
                            "publishedAt": "2024-01-02T03:04:05Z",
                            "authorDisplayName": "SECRET-NAME",
                            "authorProfileImageUrl": "SECRET-AVATAR",
                            "authorChannelId": {"value": "UC1"},
                        },
                    },
                },
                "replies": {
                    "comments": [
                        {
                            "id": "U1.2",
                            "snippet": {"textOriginal": "yes", "parentId": "U1", "likeCount": None},
                        }
                    ]
                },
            }
        ],
    },
    "yt_dlp": {
        "id": "abc",
        "extractor_key": "Youtube",
        "title": "T",
        "webpage_url": "https://www.youtube.com/watch?v=abc",
        "url": "https://media.test/expires",
        "comment_count": 2,
        "comments": [
            {
                "id": "U1",
                "parent": "root",
                "text": "that sax solo",
                "like_count": 1200,
                "author": "SECRET-NAME",
                "author_thumbnail": "SECRET-AVATAR",
                "author_id": "UC1",
                "timestamp": 1700000000,
            },
            {"id": "U2", "parent": "U1", "text": "yes", "like_count": None},
        ],
    },
    "internet_archive": {
        "metadata": {
            "identifier": "x",
            "title": ["Pads"],
            "creator": None,
            "licenseurl": "http://creativecommons.org/licenses/by-sa/4.0/",
            "subject": ["ambient"],
        },
        "files": [
            {"name": "disc 1/01.flac", "source": "original", "length": "181.2"},
            {"name": "01.mp3", "source": "derivative"},
            {"name": "cover.jpg", "source": "original"},
        ],
        "reviews": [
            {
                "reviewtitle": "Lush",
                "reviewbody": "Slow pads",
                "reviewer": "SECRET-NAME",
                "reviewer_itemname": "@r",
                "stars": "5",
                "createdate": "2020-01-02 03:04:05",
            },
            {"reviewtitle": None, "stars": "1"},
        ],
    },
    "jamendo": {
        "headers": {"status": "success", "code": 0},
        "results": [
            {
                "id": "90001",
                "title": "Soft rain",
                "text": "Warm piano.",
                "dateadded": "2019-03-02",
                "agreecnt": "7",
                "user_id": "11",
                "user_name": "SECRET-NAME",
                "track_id": "1000001",
                "track_name": "T",
                "track_license_ccurl": "http://creativecommons.org/licenses/by/3.0/",
                "track_audio": "https://j.test/a",
                "track_audiodownload": "",
                "track_audiodownload_allowed": False,
            },
            {"id": 90002, "text": "cold", "agreecnt": None, "track_id": 1000001},
        ],
    },
    "soundcloud": {
        "collection": [
            {
                "kind": "comment",
                "id": 1,
                "body": "drop",
                "created_at": "2024-01-02T03:04:05Z",
                "timestamp": 61500,
                "track_id": 5,
                "user": {"id": 3, "username": "SECRET-NAME", "avatar_url": "SECRET-AVATAR"},
            },
            {"id": 2, "body": "wow", "created_at": None, "timestamp": None, "track_id": "5"},
        ],
        "next_href": "https://s.test/next",
    },
}
