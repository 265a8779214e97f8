"""One YAML file is one preset of the model and its training."""
