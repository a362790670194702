"""Encoders of the BERT family: configuration, layers, heads, published weights."""
