"""One file is one kind of site: pure parsers from bytes to records, and how to page."""
