"""One file is one way to estimate the velocity; all have the same fuse and conditional self-attention."""
