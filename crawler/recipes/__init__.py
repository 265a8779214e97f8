"""Sites described by data: one YAML file each, read by the generic sources."""
