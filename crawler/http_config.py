"""What the HTTP client is told: its name, its pace, its limits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpConfig:
    """How the crawler presents itself, how often it asks and how much it takes."""

    user_agent: str
    """One honest name with a contact, see ``identity.user_agent``."""
    min_interval_s: float = 1.0
    """Least seconds between two requests to one host."""
    processes: int = 1
    """Processes that ask the same hosts at once; together they keep the interval."""
    jitter: float = 0.3
    """Up to this part of the interval is added at random."""
    timeout_s: float = 30.0
    """Seconds without a byte after which an attempt has failed."""
    page_deadline_s: float = 120.0
    """Seconds for a whole page."""
    audio_deadline_s: float = 1800.0
    """Seconds for a whole sound file."""
    attempts: int = 5
    """How often a request is made at most."""
    back_off_s: float = 1.0
    """Pause after the first failed attempt in seconds; it doubles with each further one."""
    max_back_off_s: float = 60.0
    """Longest pause in seconds that emtool chooses by itself."""
    max_wait_s: float = 300.0
    """Longest pause in seconds that a site may ask for without the request being given up."""
    max_page_bytes: int = 16 * 2**20
    """Largest page, unpacked."""
    max_audio_bytes: int = 512 * 2**20
    """Largest sound file."""
    max_redirects: int = 5
    """Redirects that are followed, each with the same checks as the first address."""
