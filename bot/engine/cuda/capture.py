"""Record a step of GPU work, to replay it without the CPU launching each kernel."""

from collections.abc import Callable

import torch

WARM_UPS = 3  # runs before the recording, in which kernels are compiled and libraries allocate memory

Step = Callable[[], None]  # reads and writes tensors with fixed addresses, and does not synchronise
Capture = Callable[[Step], Step]  # returns a step that does the same; raises RuntimeError if it cannot


def repeat(step: Step) -> Step:
    """Return the step itself, unrecorded: the reference for testing CUDA graphs, and a stand-in without a GPU."""
    step()
    return step


class GraphCapture:
    """Records CUDA graphs that share memory for their intermediate results."""

    def __init__(self) -> None:
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, step: Step) -> Step:
        """Run ``step`` a few times on a separate stream, then record it; raises ``RuntimeError``."""
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch leaves it without types
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UPS):
                step()
        torch.cuda.current_stream().wait_stream(stream)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        # thread_local: GPU calls of other threads do not invalidate the recording
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            step()
        return graph.replay
