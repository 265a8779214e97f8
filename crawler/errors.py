"""Every error that emtool raises on purpose.

    EmtoolError            exit 1: one line with the value, the rule and the way out
    ├── UsageError         exit 2: an argument or a setting is wrong
    ├── MissingToolError   a program or an optional package is not installed
    ├── SourceError        a site answered something that its parser does not know
    ├── FetchError         a request failed for good
    │   ├── ForbiddenError     the site or its robots.txt does not want this request
    │   └── RefusedError       the site answers that it has had enough requests
    ├── BlockedError       a source rests until a stated time
    ├── StoreError         the store cannot be opened, read or written
    │   ├── NoStoreError       there is none yet
    │   └── LostClaimError     somebody else works on this by now, or it was taken out
    ├── DatasetError       a dataset folder is missing, unfinished or of another schema
    │   └── PublishError       it may not be published, or the Hub does not take it
    └── CheckpointError    a checkpoint is missing, cut off or of another version

Anything else that reaches the command line is a bug and shows its traceback.
"""


class EmtoolError(Exception):
    """Base of all errors that the command line turns into one line."""

    exit_code = 1


class UsageError(EmtoolError):
    """An argument or a setting is wrong; the message lists what would be right."""

    exit_code = 2


class MissingToolError(EmtoolError):
    """A program or an optional package is not installed; the message says how to get it."""


class SourceError(EmtoolError):
    """A site answered something that its parser does not know; the message shows its first 200 characters."""


class FetchError(EmtoolError):
    """A request failed for good, after every retry that politeness allows."""


class ForbiddenError(FetchError):
    """The site, its robots.txt or an opt-out signal does not want this request."""


class RefusedError(FetchError):
    """The site has had enough: 403, 429, a pause too long to wait for, or a page that asks for a human.

    Args:
        message: One line.
        pause_s: The pause that the site asked for, if it did.
        is_signal: This alone means that the source must rest; others mean it only when they come in a row.
    """

    def __init__(self, message: str, *, pause_s: float | None = None, is_signal: bool = False) -> None:
        super().__init__(message)
        self.pause_s = pause_s
        self.is_signal = is_signal


class BlockedError(EmtoolError):
    """A source wants no more requests before a time that the message states; it ends the crawl."""


class StoreError(EmtoolError):
    """The store cannot be opened, read or written."""


class NoStoreError(StoreError):
    """There is no store yet."""


class LostClaimError(StoreError):
    """What this process wants to change is no longer its own; a crawl goes on with something else."""


class DatasetError(EmtoolError):
    """A dataset folder is missing, unfinished or of another schema."""


class PublishError(DatasetError):
    """A dataset may not be published as it is, or the Hub does not take it."""


class CheckpointError(EmtoolError):
    """A checkpoint is missing, cut off, or written by another version."""
