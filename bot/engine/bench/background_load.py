"""Background load during a measurement, which lowers figures and makes ratios unreliable."""

import time

import psutil

BUSY = 0.15  # processors used by others before a measurement warns


class BackgroundLoad:
    """Processor time, since creation, that is neither idle nor used by this process and its children."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self._busy, self._own = _busy_seconds(), _own_seconds()

    def processors(self) -> float:
        """Average number of processors that other programs kept busy."""
        elapsed = time.perf_counter() - self._begun
        others = (_busy_seconds() - self._busy) - (_own_seconds() - self._own)
        return max(0.0, others / elapsed) if elapsed > 0 else 0.0

    def warning(self) -> str | None:
        """Return a warning for the reader of the figures, or None on a quiet machine."""
        used = self.processors()
        if used < BUSY:
            return None
        return (
            f"the machine is busy: other programs keep {used:.1f} of {psutil.cpu_count()} processors at work, "
            "so the figures are too low and the ratios are not to be trusted"
        )


def _busy_seconds() -> float:
    """Seconds that all processors together have worked, for any program or for the virtual machine's host."""
    times = psutil.cpu_times()._asdict()
    # Linux counts guest time in user and nice as well
    return float(sum(times.values()) - sum(times.get(name, 0.0) for name in ("idle", "iowait", "guest", "guest_nice")))


def _own_seconds() -> float:
    """Seconds used by this process and its children, including those that have ended."""
    own = psutil.Process()
    running = [own.cpu_times(), *(child.cpu_times() for child in own.children(recursive=True) if child.is_running())]
    ended = running[0].children_user + running[0].children_system if hasattr(running[0], "children_user") else 0.0
    return float(sum(times.user + times.system for times in running) + ended)
