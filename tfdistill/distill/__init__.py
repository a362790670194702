"""Distillation: losses, layer maps, objectives and the Keras model that uses them."""
