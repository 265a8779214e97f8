"""What a store writes along with its next change: why requests were allowed, and what they cost."""

from collections import Counter
from dataclasses import asdict, dataclass, field

from sqlalchemy import Connection

from emtool.crawler import schema
from emtool.crawler.database import upsert
from emtool.crawler.files import fingerprint
from emtool.crawler.records import Evidence


@dataclass(slots=True)
class Notes:
    """A short-lived list: a transaction for every request would cost more than the request."""

    evidence: list[Evidence] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)
    received_bytes: Counter[str] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return bool(self.evidence or self.requests)

    def remember(self, evidence: Evidence) -> None:
        """Keep why a request was allowed or not."""
        self.evidence.append(evidence)

    def count(self, source: str, received_bytes: int) -> None:
        """Add a request to what a source has cost."""
        self.requests[source] += 1
        self.received_bytes[source] += received_bytes

    def clear(self) -> None:
        """Forget all, after the transaction that wrote it has ended well."""
        self.evidence.clear()
        self.requests.clear()
        self.received_bytes.clear()

    def flush(self, connection: Connection) -> None:
        """Write all within a transaction."""
        rows = {_name(one): asdict(one) | {"id": _name(one)} for one in self.evidence}
        upsert(connection, schema.evidence, list(rows.values()), update=("checked_at",))
        spent = [
            {"source": source, "requests": requests, "bytes": self.received_bytes[source]}
            for source, requests in self.requests.items()
        ]
        upsert(connection, schema.traffic, spent, add=("requests", "bytes"))


def _name(evidence: Evidence) -> str:
    return fingerprint([evidence.url, evidence.rule, evidence.allowed, evidence.detail])
