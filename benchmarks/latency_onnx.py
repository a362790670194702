"""Make a network of Hugging Face's modules, its weights, and its ONNX files.

Run by `latency.py` under a Python with torch: a folder, the sizes as JSON, lengths.
"""

import json
import pathlib
import sys

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import BertConfig, BertForSequenceClassification


def main():
    """Write config.json, model.safetensors, and two files for each length."""
    folder, sizes = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])
    torch.manual_seed(0)
    config = BertConfig(**sizes, attn_implementation="eager")
    model = BertForSequenceClassification(config).eval()
    with torch.no_grad():
        for each in model.parameters():
            each.add_(0.05 * torch.randn_like(each))
    model.save_pretrained(folder)
    for length in map(int, sys.argv[3:]):
        path = folder / f"float32_{length}.onnx"
        ones = torch.ones((1, length), dtype=torch.int64)
        torch.onnx.export(
            model,
            (ones, ones),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamo=False,
        )
        quantize_dynamic(
            str(path),
            str(folder / f"dynamic_int8_{length}.onnx"),
            weight_type=QuantType.QInt8,
            per_channel=True,
        )


if __name__ == "__main__":
    main()
