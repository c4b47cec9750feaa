"""Inclusion groups: only one of a group's entries may fire."""

from collections.abc import Mapping, Sequence
from random import Random

from bot.library.lore.lore_entry import LoreEntry


def group_losers(
    candidates: Sequence[tuple[str, LoreEntry]],
    taken: frozenset[str],
    *,
    sticky: frozenset[str],
    scores: Mapping[str, int],
    random: Random,
) -> set[str]:
    """Return the names of the candidates that lose. ``taken``: groups in which an entry has already fired."""
    lost: set[str] = set()
    everyone: dict[str, list[tuple[str, LoreEntry]]] = {}
    for key, entry in candidates:
        for group in entry.groups:
            everyone.setdefault(group, []).append((key, entry))
    for group, own in everyone.items():
        members = [(key, entry) for key, entry in own if key not in lost]
        if group in taken:
            lost.update(key for key, _ in members)
        elif len(members) > 1:
            winner = _winner(members, sticky, scores, random)
            lost.update(key for key, _ in members if key != winner)
    return lost


def _winner(
    members: Sequence[tuple[str, LoreEntry]], sticky: frozenset[str], scores: Mapping[str, int], random: Random
) -> str:
    held = [key for key, _ in members if key in sticky]
    if held:
        return held[0]
    if any(entry.group_scoring for _, entry in members):
        best = max(scores.get(key, 0) for key, _ in members)
        members = [(key, entry) for key, entry in members if not entry.group_scoring or scores.get(key, 0) >= best]
    first = [(key, entry) for key, entry in members if entry.group_override]
    if first:
        return max(first, key=lambda item: item[1].order)[0]
    weights = [entry.group_weight for _, entry in members]
    keys = [key for key, _ in members]
    return random.choices(keys, weights)[0] if sum(weights) > 0 else keys[0]
