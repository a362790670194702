"""Fake quantization: students that are trained as their int8 file will compute."""
