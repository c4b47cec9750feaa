"""Background load during a measurement, which makes figures low and ratios unreliable."""

import time

import psutil

BUSY = 0.15  # processors in use by others that a measurement does not hide


class Neighbours:
    """Processor time that is neither idle nor used by this process and its children, since this was made."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self._busy, self._own = _busy_seconds(), _own_seconds()

    def processors(self) -> float:
        """How many processors the others kept busy, on average."""
        elapsed = time.perf_counter() - self._begun
        others = (_busy_seconds() - self._busy) - (_own_seconds() - self._own)
        return max(0.0, others / elapsed) if elapsed > 0 else 0.0

    def warning(self) -> str | None:
        """What to tell who reads the figures, or None on a quiet machine."""
        used = self.processors()
        if used < BUSY:
            return None
        return (
            f"the machine is busy: other programs keep {used:.1f} of {psutil.cpu_count()} processors at work, "
            "so the figures are too low and the ratios are not to be trusted"
        )


def _busy_seconds() -> float:
    """Seconds that all processors together have worked, for any program, and that the machine's host has taken."""
    times = psutil.cpu_times()._asdict()
    # Linux counts guests in user and nice as well
    return float(sum(times.values()) - sum(times.get(name, 0.0) for name in ("idle", "iowait", "guest", "guest_nice")))


def _own_seconds() -> float:
    """Seconds of this process and its children, also of those that have ended."""
    own = psutil.Process()
    running = [own.cpu_times(), *(child.cpu_times() for child in own.children(recursive=True) if child.is_running())]
    ended = running[0].children_user + running[0].children_system if hasattr(running[0], "children_user") else 0.0
    return float(sum(times.user + times.system for times in running) + ended)
