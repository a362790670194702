"""Whole numbers for weights and activations: rounding, and training under it."""
