"""Size, load time, latency and memory of a `.tflite` file on this machine.

Each number of threads is measured in a process of its own, so that neither an earlier
interpreter nor Keras stands in the memory figure. Neither is imported here.
"""

import dataclasses
import json
import os
import pathlib
import platform
import subprocess
import sys

from tfdistill.export.graph import read_graph

WARMUP, RUNS = 10, 100


@dataclasses.dataclass(frozen=True)
class Benchmark:
    """One measurement.

    Attributes:
        path: str.
        device: str, the processor.
        runtime: str, the interpreter and its version.
        num_threads: int.
        sequence_length: int, tokens of the text that was run, all of them real.
        size_bytes: int, of the file.
        parameters: int, numbers stored in the file's tables, kernels and biases.
        load_ms: float, from opening the file to allocated tensors.
        latency_p50_ms, latency_p90_ms: float, of one text, copied in and
            out.
        peak_memory_mb: float, of the process, less what it had before loading.
    """

    path: str
    device: str
    runtime: str
    num_threads: int
    sequence_length: int
    size_bytes: int
    parameters: int
    load_ms: float
    latency_p50_ms: float
    latency_p90_ms: float
    peak_memory_mb: float

    def __post_init__(self):
        if not self.device:
            raise ValueError(
                "A latency means nothing without the device it was measured on; name "
                "it with the argument device."
            )

    def __str__(self):
        return (
            f"{self.path}: {self.size_bytes / 1e6:.2f} MB, {self.parameters:,} "
            f"parameters, load {self.load_ms:.1f} ms, "
            f"{self.sequence_length} tokens, {self.num_threads} thread"
            f"{'s' * (self.num_threads > 1)}: p50 {self.latency_p50_ms:.2f} ms, p90 "
            f"{self.latency_p90_ms:.2f} ms, peak {self.peak_memory_mb:.1f} MB "
            f"({self.device}, {self.runtime})"
        )


def benchmark(
    path: str | os.PathLike,
    num_threads=(1, 2),
    runs: int = RUNS,
    warmup: int = WARMUP,
    device: str | None = None,
    sequence_length: int | None = None,
) -> list[Benchmark]:
    """Measure a file.

    Args:
        path: path of the `.tflite` file.
        num_threads: sequence of int, one measurement each.
        runs: int, timed calls.
        warmup: int, calls before them.
        device: str, what to call this machine; None reads the processor's name.
        sequence_length: int, tokens of the text; None takes the file's longest.

    Returns:
        list of Benchmark, in the order of `num_threads`.

    Raises:
        ValueError: the file does not run, runs below 1, or no name for the device.
    """
    if runs < 1 or warmup < 0:
        raise ValueError(
            f"Expected at least 1 run and no negative warm-up; got {runs}, {warmup}."
        )
    if not os.path.isfile(path):
        raise ValueError(f"{path} does not exist; expected a .tflite file.")
    device = processor_name() if device is None else device
    parameters = read_graph(path).parameters
    return [
        Benchmark(
            path=str(path),
            device=device,
            num_threads=threads,
            size_bytes=pathlib.Path(path).stat().st_size,
            parameters=parameters,
            **_measure_apart(path, threads, runs, warmup, sequence_length or 0),
        )
        for threads in num_threads
    ]


def processor_name() -> str:
    """Return the processor's name, as the system tells it."""
    try:
        with open("/proc/cpuinfo") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def measure(path, num_threads: int, runs: int, warmup: int, length: int = 0) -> dict:
    """Measure in this process; `benchmark` calls it in one of its own.

    A `length` of 0 is the file's longest.
    """
    import resource
    import time

    import ai_edge_litert
    import numpy as np

    from tfdistill.export.runtime import INPUT_NAMES, TfliteModel

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    model = TfliteModel(path, num_threads)
    load_ms = 1000 * (time.perf_counter() - started)
    length = length or model.sequence_length
    inputs = {name: np.ones((1, length), np.int32) for name in INPUT_NAMES}
    inputs["segment_ids"] *= 0
    latencies = []
    for _ in range(warmup + runs):
        started = time.perf_counter()
        model.run(inputs)
        latencies.append(1000 * (time.perf_counter() - started))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    p50, p90 = np.percentile(latencies[warmup:], (50, 90))
    return {
        "runtime": f"ai-edge-litert {ai_edge_litert.__version__}",
        "sequence_length": length,
        "load_ms": load_ms,
        "latency_p50_ms": float(p50),
        "latency_p90_ms": float(p90),
        "peak_memory_mb": (after - before) / 1024,
    }


def _measure_apart(path, num_threads, runs, warmup, length):
    code = (
        "import json, sys; from tfdistill.export.benchmark import measure; "
        "print(json.dumps(measure(sys.argv[1], *map(int, sys.argv[2:]))))"
    )
    arguments = [str(path), str(num_threads), str(runs), str(warmup), str(length)]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it was killed"])[-1]
        raise ValueError(f"{path} could not be measured: {reason}")
    return json.loads(done.stdout.splitlines()[-1])
