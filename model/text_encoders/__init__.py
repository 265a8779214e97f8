"""One file is one text encoder: it turns texts into [s0; S] (PAPER.md section 3)."""
