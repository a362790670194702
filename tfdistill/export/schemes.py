"""The schemes of a `.tflite` file, each named by what it does."""

# Scheme to what --help, cards and reports say of it.
SCHEMES = {
    "float32": "weights and arithmetic in full",
    "float16": "weights in half precision, arithmetic in float32",
    "weight_only_int8": "weights in int8, arithmetic in float32",
    "dynamic_int8": "weights in int8, multiplied in int8 with activations that are "
    "rounded as they come",
    "static_int8": "weights and activations in int8, within ranges found beforehand; "
    "normalization, softmax and residual sums in float32",
    "int4": "weights in 4 bits, multiplied as dynamic_int8 does",
}

# Those whose weights `weights.py` stores, the arithmetic being the runtime's choice.
STORED = ("weight_only_int8", "dynamic_int8", "static_int8", "int4")

# Schemes that lose less, the lightest first.
_ORDER = ("int4", "static_int8", "dynamic_int8", "weight_only_int8", "float16")
HEAVIER = {
    scheme: (*_ORDER[number + 1 :], "float32") for number, scheme in enumerate(_ORDER)
}
HEAVIER["float32"] = ()
