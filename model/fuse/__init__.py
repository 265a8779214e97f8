"""One file is one way to fuse the timestep embedding with the text (PAPER.md section 3, Fuse)."""
