"""Words for music in Chinese and English, as data."""
