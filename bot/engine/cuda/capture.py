"""Recording a step of work on the GPU, to run it again without the CPU launching each kernel."""

from collections.abc import Callable

import torch

WARM_UPS = 3  # runs before the recording: kernels are compiled and libraries take their memory then

Step = Callable[[], None]  # reads and writes tensors that stay where they are, and waits for nothing
Capture = Callable[[Step], Step]  # gives what does the same again; raises RuntimeError where it cannot


def repeat(step: Step) -> Step:
    """Record nothing: the step itself. What CUDA graphs are tested against, and without a GPU instead of them."""
    step()
    return step


class GraphCapture:
    """Records CUDA graphs, which share the memory for what lies between their inputs and outputs."""

    def __init__(self) -> None:
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, step: Step) -> Step:
        """Run ``step`` a few times on a stream of its own, then record it; raises ``RuntimeError``."""
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch leaves it without types
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UPS):
                step()
        torch.cuda.current_stream().wait_stream(stream)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        # thread_local: what other threads do with the GPU meanwhile does not spoil the recording
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            step()
        return graph.replay
