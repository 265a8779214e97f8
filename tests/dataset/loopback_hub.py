"""A Hugging Face Hub on loopback: what ``huggingface_hub`` and ``datasets`` ask of it, with real uploads over LFS.

Git objects are named as git names them, large files by their SHA-256. Uploads over Xet are taken as well, but not taken
apart: the test says what the files hold (``known``). Nothing is handed out over Xet.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "hf_loopbackloopbackloopback"
Answer = tuple[int, Any]

LARGE = (".parquet", ".png")  # are uploaded over LFS, as .gitattributes of a Hub has it


@dataclass(frozen=True)
class Blob:
    """A file of a commit."""

    data: bytes
    is_lfs: bool

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def oid(self) -> str:
        return hashlib.sha1(b"blob %d\0" % len(self.data) + self.data).hexdigest()

    def told(self, path: str) -> dict[str, Any]:
        size = len(self.data)
        lfs = {"lfs": {"oid": self.sha256, "size": size, "pointerSize": 130}} if self.is_lfs else {}
        return {"type": "file", "path": path, "oid": self.oid, "size": size, **lfs}


@dataclass
class Repository:
    """One dataset."""

    private: bool
    commits: dict[str, dict[str, Blob]] = field(default_factory=dict)  # by oid, oldest first
    history: list[str] = field(default_factory=list)  # of the branch main
    tags: dict[str, str] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)  # by SHA-256, whether a commit names it or not

    def __post_init__(self) -> None:
        self.commit({".gitattributes": Blob(b"*.parquet filter=lfs\n", is_lfs=False)})

    @property
    def head(self) -> str:
        return self.history[-1]

    @property
    def files(self) -> dict[str, Blob]:
        return self.commits[self.head]

    def commit(self, files: dict[str, Blob]) -> str:
        told = json.dumps([len(self.commits), *((path, blob.oid) for path, blob in sorted(files.items()))])
        oid = hashlib.sha1(told.encode()).hexdigest()
        self.commits[oid] = files
        self.history.append(oid)
        return oid

    def collect_garbage(self) -> None:
        reachable = {*self.history, *self.tags.values()}
        self.commits = {oid: files for oid, files in self.commits.items() if oid in reachable}

    def at(self, revision: str) -> str | None:
        if revision == "main":
            return self.head
        oid = self.tags.get(revision, revision)
        return oid if oid in self.commits else None


class LoopbackHub:
    """Serves until the block ends; ``requests`` lists what was asked, ``endpoint`` is for HF_ENDPOINT."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.requests: list[str] = []
        self.uploads_before_failure: int | None = (
            None  # large files that are taken before the Hub breaks down
        )
        self.known: dict[str, bytes] = {}  # by SHA-256: what is inside of what comes over Xet
        self.before_commit: Callable[[], object] | None = None
        hub = self

        class Handler(_Handler):
            def __init__(self, *arguments: Any) -> None:
                self.hub = hub
                super().__init__(*arguments)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def name(self, repo: Repository) -> str:
        return next(name for name, one in self.repositories.items() if one is repo)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: LoopbackHub

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

    def log_message(self, *_arguments: Any) -> None:
        pass

    def _answer(self) -> None:
        address = urlsplit(self.path)
        path = unquote(address.path)
        self.query = {name: values[0] for name, values in parse_qs(address.query).items()}
        self.body = self._read()
        self.hub.requests.append(f"{self.command} {path}")
        for method, pattern, answer in _ROUTES:
            if method == self.command.replace("HEAD", "GET") and (found := re.fullmatch(pattern, path)):
                status, value = answer(self, **found.groupdict())
                if status:
                    self._send(status, json.dumps(value).encode(), {"Content-Type": "application/json"})
                return
        self._send(404, b'{"error": "no such endpoint"}', {})

    def _read(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(data))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    @property
    def _may_write(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def _repository(self, repo: str) -> Repository | None:
        found = self.hub.repositories.get(repo)
        return None if found is None or (found.private and not self._may_write) else found

    def json(self) -> Any:
        return json.loads(self.body)


_ROUTES: list[tuple[str, str, Callable[..., Answer]]] = []
_REPO = r"(?P<repo>[\w.-]+/[\w.-]+)"
_NO_REPO: Answer = (404, {"error": "Repository not found"})


def _route(method: str, pattern: str, *, writes: bool = False) -> Callable[[Callable[..., Answer]], None]:
    """Answer with a function of the repository, or with the errors of a Hub."""

    def register(function: Callable[..., Answer]) -> None:
        def answer(handler: _Handler, repo: str | None = None, **found: str) -> Answer:
            if writes and not handler._may_write:
                return 401, {"error": "Invalid username or password."}
            if repo is None:
                return function(handler, **found)
            there = handler._repository(repo)
            if there is None:
                handler._send(404, b'{"error": "Repository not found"}', {"X-Error-Code": "RepoNotFound"})
                return 0, None
            return function(handler, there, **found)

        _ROUTES.append((method, pattern.replace("REPO", _REPO), answer))

    return register


@_route("POST", "/api/repos/create", writes=True)
def _create(handler: _Handler) -> Answer:
    told = handler.json()
    name = f"{told['organization']}/{told['name']}"
    is_private = told.get("private") or told.get("visibility") == "private"
    if name in handler.hub.repositories:
        return 409, {"error": "You already created this dataset repo", "url": name}
    handler.hub.repositories[name] = Repository(private=bool(is_private))
    return 200, {"url": f"{handler.hub.endpoint}/datasets/{name}", "name": name, "id": name}


@_route("POST", "/api/validate-yaml")
def _validate(handler: _Handler) -> Answer:
    import yaml

    content = handler.json()["content"]
    head = yaml.safe_load(content.split("---")[1])
    wrong = (
        [] if {"license", "configs", "dataset_info"} <= set(head) else [{"message": "metadata is missing"}]
    )
    return (400 if wrong else 200), {"errors": wrong, "warnings": []}


@_route("GET", r"/api/datasets/REPO(/revision/(?P<revision>.+))?")
def _info(handler: _Handler, repo: Repository, revision: str | None) -> Answer:
    oid = repo.at(revision or "main")
    if oid is None:
        handler._send(404, b'{"error": "Invalid rev id"}', {"X-Error-Code": "RevisionNotFound"})
        return 0, None
    name = handler.hub.name(repo)
    return 200, {
        "_id": "0",
        "id": name,
        "sha": oid,
        "private": repo.private,
        "tags": [],
        "downloads": 0,
        "likes": 0,
        "siblings": [{"rfilename": path} for path in repo.commits[oid]],
    }


def _below(files: dict[str, Blob], folder: str, *, recursive: bool) -> list[dict[str, Any]]:
    inside = {path: blob for path, blob in files.items() if path.startswith(folder)}
    folders = {
        path[: len(folder) + len("/".join(parts[:depth]))]
        for path in inside
        for parts in [path[len(folder) :].split("/")]
        for depth in range(1, len(parts))
    }
    entries = [{"type": "directory", "path": name, "oid": "0" * 40, "size": 0} for name in sorted(folders)]
    entries += [blob.told(path) for path, blob in sorted(inside.items())]
    return [one for one in entries if recursive or "/" not in str(one["path"])[len(folder) :]]


@_route("GET", r"/api/datasets/REPO/tree/(?P<revision>[^/]+)(/(?P<folder>.+))?")
def _tree(handler: _Handler, repo: Repository, revision: str, folder: str | None) -> Answer:
    oid = repo.at(revision)
    if oid is None:
        handler._send(404, b'{"error": "Invalid rev id"}', {"X-Error-Code": "RevisionNotFound"})
        return 0, None
    recursive = handler.query.get("recursive", "").lower() == "true"
    entries = _below(repo.commits[oid], f"{folder}/" if folder else "", recursive=recursive)
    if folder and not entries:
        handler._send(404, b'{"error": "no such folder"}', {"X-Error-Code": "EntryNotFound"})
        return 0, None
    return 200, entries


@_route("POST", r"/api/datasets/REPO/paths-info/(?P<revision>[^/]+)")
def _paths_info(handler: _Handler, repo: Repository, revision: str) -> Answer:
    oid = repo.at(revision)
    if oid is None:
        return 404, {"error": "Invalid rev id"}
    is_json = "json" in handler.headers.get("Content-Type", "")
    paths = handler.json()["paths"] if is_json else parse_qs(handler.body.decode()).get("paths", [])
    files = repo.commits[oid]
    folders = {str(one["path"]): one for one in _below(files, "", recursive=True)}
    return 200, [folders[path] for path in paths if path in folders]


@_route("GET", "/api/datasets/REPO/refs")
def _refs(_handler: _Handler, repo: Repository) -> Answer:
    tags = [
        {"name": name, "ref": f"refs/tags/{name}", "targetCommit": oid} for name, oid in repo.tags.items()
    ]
    main = {"name": "main", "ref": "refs/heads/main", "targetCommit": repo.head}
    return 200, {"branches": [main], "tags": tags, "converts": []}


@_route("POST", r"/api/datasets/REPO/preupload/.+", writes=True)
def _preupload(handler: _Handler, repo: Repository) -> Answer:
    def told(file: dict[str, Any]) -> dict[str, Any]:
        is_large = file["path"].endswith(LARGE)
        there = repo.files.get(file["path"])
        oid = None if there is None else there.sha256 if there.is_lfs else there.oid
        mode = "lfs" if is_large else "regular"
        return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid}

    return 200, {"files": [told(file) for file in handler.json()["files"]]}


@_route("POST", r"/datasets/REPO\.git/info/lfs/objects/batch", writes=True)
def _batch(handler: _Handler, repo: Repository) -> Answer:
    name = handler.hub.name(repo)

    def told(thing: dict[str, Any]) -> dict[str, Any]:
        kept = {"oid": thing["oid"], "size": thing["size"]}
        if thing["oid"] in repo.large:
            return kept
        address = f"{handler.hub.endpoint}/lfs/{name}/{thing['oid']}"
        return kept | {"actions": {"upload": {"href": address}}}

    return 200, {"transfer": "basic", "objects": [told(thing) for thing in handler.json()["objects"]]}


@_route("PUT", r"/lfs/(?P<name>[\w.-]+/[\w.-]+)/(?P<oid>\w{64})")
def _upload(handler: _Handler, name: str, oid: str) -> Answer:
    left = handler.hub.uploads_before_failure
    if left is not None:
        if left <= 0:
            return 507, {"error": "the storage is full"}  # a status that no client tries again
        handler.hub.uploads_before_failure = left - 1
    if hashlib.sha256(handler.body).hexdigest() != oid:
        return 400, {"error": "the content is not what its name says"}
    handler.hub.repositories[name].large[oid] = handler.body
    return 200, {}


@_route("GET", "/api/datasets/REPO/xet-write-token/.+", writes=True)
def _xet_token(handler: _Handler, _repo: Repository) -> Answer:
    return 200, {"accessToken": "xet", "exp": 4_102_444_800, "casUrl": f"{handler.hub.endpoint}/cas"}


@_route("POST", r"/cas/v1/xorb(s|-grants)/default/\w{64}")
def _xorb(_handler: _Handler) -> Answer:
    return 200, {"was_inserted": True}


@_route("POST", "/cas/v1/shards")
def _shard(_handler: _Handler) -> Answer:
    return 200, {"result": 1}


@_route("POST", r"/api/datasets/REPO/commit/main", writes=True)
def _commit(handler: _Handler, repo: Repository) -> Answer:
    if handler.hub.before_commit:
        handler.hub.before_commit()
    header, *operations = [json.loads(line) for line in handler.body.splitlines()]
    if header["value"].get("parentCommit", repo.head) != repo.head:
        return 412, {"error": "the branch has moved on"}
    files = dict(repo.files)
    for operation in operations:
        value = operation["value"]
        match operation["key"]:
            case "file":
                files[value["path"]] = Blob(base64.b64decode(value["content"]), is_lfs=False)
            case "lfsFile":
                if value["oid"] not in repo.large:
                    repo.large[value["oid"]] = handler.hub.known[value["oid"]]
                files[value["path"]] = Blob(repo.large[value["oid"]], is_lfs=True)
            case "deletedFile":
                del files[value["path"]]
    oid = repo.commit(files)
    address = f"{handler.hub.endpoint}/datasets/{handler.hub.name(repo)}/commit/{oid}"
    return 200, {"commitUrl": address, "commitOid": oid}


@_route("POST", r"/api/datasets/REPO/tag/(?P<revision>[^/]+)", writes=True)
def _tag(handler: _Handler, repo: Repository, revision: str) -> Answer:
    name = handler.json()["tag"]
    if name in repo.tags:
        return 409, {"error": "this tag exists"}
    repo.tags[name] = str(repo.at(revision))
    return 200, {}


@_route("DELETE", r"/api/datasets/REPO/tag/(?P<name>[^/]+)", writes=True)
def _untag(_handler: _Handler, repo: Repository, name: str) -> Answer:
    del repo.tags[name]
    repo.collect_garbage()
    return 200, {}


@_route("POST", "/api/datasets/REPO/super-squash/main", writes=True)
def _squash(_handler: _Handler, repo: Repository) -> Answer:
    repo.commit(repo.files)
    del repo.history[:-1]
    repo.collect_garbage()
    return 200, {}


@_route("GET", "/api/datasets/REPO/lfs-files", writes=True)
def _lfs_files(_handler: _Handler, repo: Repository) -> Answer:
    when = "2026-01-02T03:04:05.000Z"
    return 200, [
        {"fileOid": oid, "filename": "a", "oid": oid[:9], "pushedAt": when, "ref": None, "size": len(data)}
        for oid, data in repo.large.items()
    ]


@_route("POST", "/api/datasets/REPO/lfs-files/batch", writes=True)
def _delete_lfs(handler: _Handler, repo: Repository) -> Answer:
    for oid in handler.json()["deletions"]["sha"]:
        del repo.large[oid]
    return 200, {}


@_route("GET", r"/datasets/REPO/resolve/(?P<revision>[^/]+)/(?P<path>.+)")
def _resolve(handler: _Handler, repo: Repository, revision: str, path: str) -> Answer:
    oid = repo.at(revision)
    blob = repo.commits[oid].get(path) if oid else None
    if blob is None:
        code = "EntryNotFound" if oid else "RevisionNotFound"
        handler._send(404, b"{}", {"X-Error-Code": code, "X-Repo-Commit": oid or ""})
        return 0, None
    headers = {"X-Repo-Commit": str(oid), "ETag": f'"{blob.sha256 if blob.is_lfs else blob.oid}"'}
    headers |= {"Accept-Ranges": "bytes", "X-Linked-Size": str(len(blob.data))}
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", handler.headers.get("Range", ""))
    if not asked:
        handler._send(200, blob.data, headers)
        return 0, None
    first = int(asked[1])
    last = min(int(asked[2] or len(blob.data)), len(blob.data) - 1)
    headers["Content-Range"] = f"bytes {first}-{last}/{len(blob.data)}"
    handler._send(206, blob.data[first : last + 1], headers)
    return 0, None
