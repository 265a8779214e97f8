"""A language model behind an OpenAI-compatible address: ``endpoint:URL#MODEL``. The comments are sent there."""

import json
import os
import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import SplitResult, urlsplit

import httpx

from emtool.crawler.errors import FetchError, SourceError, UsageError
from emtool.dataset.relevance import Judge, Verdict, facets_of

KEY = "EMTOOL_ENDPOINT_KEY"
"""Environment variable with the key that the address wants, if it wants one."""
TIMEOUT_S = 120.0
REQUESTS = 4
"""Comments that are asked about at the same time."""
TRIES = 4
FIRST_PAUSE_S = 1.0
"""After an answer that means "later"; each further pause is twice as long."""
MAX_CHARACTERS = 2_000
_LATER = frozenset((408, 429, 500, 502, 503, 504))
_RULE = (
    "You read comments that listeners wrote under a piece of music. A comment describes the music if it names a "
    "property that tells this music from other music: instrument, voice, tempo, genre, structure, production, or a "
    "mood that it says of the music. Bare praise, feelings and doings of the listener, stories, jokes, quotations, "
    "wishes, other songs and fandom do not. Answer with JSON only: "
    '{"score": chance from 0 to 1 that it describes, "why": one short sentence}.'
)


def open(address: str) -> Judge:  # noqa: A001 - the name that every kind of model has
    """Give a judge that asks the address about each comment.

    Args:
        address: Such as ``http://127.0.0.1:8000/v1#qwen3``: base address, and the model's name behind ``#``.

    Raises:
        UsageError: The address is none. The judge itself raises FetchError and SourceError.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.fragment:
        raise UsageError(f"{address!r} is no endpoint: write http(s)://HOST/v1#MODEL")
    key = os.environ.get(KEY)
    client = httpx.Client(timeout=TIMEOUT_S, headers={"Authorization": f"Bearer {key}"} if key else {})

    def one(text: str) -> Verdict:
        score, why = _read(_ask(client, parts, text.encode("utf-8", "replace").decode()[:MAX_CHARACTERS]))
        return Verdict(score=score, facets=facets_of(text), why=why)

    def judge(texts: Sequence[str]) -> list[Verdict]:
        with ThreadPoolExecutor(REQUESTS) as workers:
            return list(workers.map(one, texts))

    return judge


def _ask(client: httpx.Client, parts: SplitResult, comment: str) -> str:
    url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/chat/completions"
    messages = [{"role": "system", "content": _RULE}, {"role": "user", "content": comment}]
    asked = {"model": parts.fragment, "temperature": 0, "messages": messages}
    for attempt in range(TRIES):
        try:
            response = client.post(url, json=asked)
        except httpx.HTTPError as failed:
            raise FetchError(
                f"{parts.hostname} does not answer: {failed} (is the server of --relevance-model up?)"
            ) from failed
        if response.status_code not in _LATER or attempt == TRIES - 1:
            break
        time.sleep(FIRST_PAUSE_S * 2**attempt)
    if response.status_code != 200:
        raise FetchError(
            f"{parts.hostname} answered {response.status_code}: {response.text[:200]!r} (its name stands behind # in "
            f"--relevance-model, its key in {KEY})"
        )
    return response.text


def _read(body: str) -> tuple[float, str]:
    try:
        content = json.loads(body)["choices"][0]["message"]["content"]
        found = re.search(r"\{.*\}", content, re.DOTALL)
        answer = json.loads(found.group() if found else content)
        score = float(answer["score"])
    except (ValueError, KeyError, IndexError, TypeError) as failed:
        raise SourceError(f"the endpoint's answer holds no score: {body[:200]!r}") from failed
    if not 0 <= score <= 1:
        raise SourceError(f"the endpoint gave the score {score}, and it has to lie in [0, 1]")
    return score, str(answer.get("why") or f"the endpoint gives {score:.2f}.")
