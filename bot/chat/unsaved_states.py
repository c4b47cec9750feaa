"""States on their way to disk."""

from collections.abc import Collection, Mapping

from bot.store.state_budget import Name, SerializedState


class UnsavedStates:
    """States by name, with their total size: summing it up for every new state would be quadratic."""

    def __init__(self) -> None:
        self._states: dict[Name, SerializedState] = {}
        self.nbytes = 0

    def __len__(self) -> int:
        return len(self._states)

    def __contains__(self, name: Name) -> bool:
        return name in self._states

    def get(self, name: Name) -> SerializedState | None:
        return self._states.get(name)

    def add(self, state: SerializedState) -> None:
        """Add a state, or replace the one of its name."""
        self.remove(state.name)
        self._states[state.name] = state
        self.nbytes += len(state.data)

    def remove(self, name: Name) -> None:
        """Remove a state, if it is there."""
        if (old := self._states.pop(name, None)) is not None:
            self.nbytes -= len(old.data)

    def forget(self, digests: Collection[str]) -> None:
        """Remove all models' states of these paths."""
        for name in [name for name in self._states if name[1] in digests]:
            self.remove(name)

    def given(self) -> Mapping[Name, SerializedState]:
        """Return all states as they are now."""
        return dict(self._states)

    def saved(self, given: Mapping[Name, SerializedState]) -> None:
        """Remove those states of ``given`` that have not been replaced since."""
        for name, state in given.items():
            if self._states.get(name) is state:
                self.remove(name)

    def clear(self) -> None:
        self._states.clear()
        self.nbytes = 0
