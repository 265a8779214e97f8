"""Who asks: one honest name with a contact, the same for every request."""

from importlib.metadata import version

PRODUCT = "emtool"  # the name that robots.txt may speak to


def user_agent(contact: str) -> str:
    """Give the User-Agent header; at ``contact`` a site can reach whoever runs the crawl."""
    return f"{PRODUCT}/{version(PRODUCT)} (+{contact})"
