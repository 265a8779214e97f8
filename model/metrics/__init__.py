"""One file is one figure that ``emtool evaluate`` reports."""
