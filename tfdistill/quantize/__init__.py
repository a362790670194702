"""How weights and activations become whole numbers."""
