"""One file is one reason to drop something.

A filter is a function ``reason(subject, config)`` that returns why the subject goes, or None to keep it. What the
subject is, and in which order the filters are asked, stands in ``emtool.dataset.rules``.
"""
