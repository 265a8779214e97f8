"""Services whose saved answers are known; see ``emtool.crawler.saved``."""
