"""The network as a source sees it: pages and files, with pace, limits and permission taken care of."""

from pathlib import Path

from emtool.crawler.credentials import Key
from emtool.crawler.http import Answer, Client, Download
from emtool.crawler.permission import Permission


class Web:
    """What a source may ask for."""

    def __init__(self, client: Client, permission: Permission) -> None:
        self._client = client
        self._permission = permission

    def add_key(self, key: Key) -> None:
        """Send a key along with every request to the addresses that take it."""
        self._client.keys.add(key)

    def get(self, url: str) -> Answer:
        """Fetch a page; raises FetchError, or ForbiddenError if it is not wanted."""
        return self._client.get(url, gate=self._permission)

    def download(self, url: str, path: Path) -> Download:
        """Fetch a file; raises FetchError, or ForbiddenError if it is not wanted."""
        return self._client.download(url, path, gate=self._permission)
