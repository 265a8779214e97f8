"""One file is one sampler: a function from a denoiser and noise to sound."""
