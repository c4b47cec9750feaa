"""Draws the next token of every row at once, each with the row's own parameters.

The order: the adjusters change the logits; top_n_sigma, top_p, top_k and min_p cut; then typical_p and XTC; the
temperature comes last. Mirostat replaces all of the cuts except min_p. Each row's draw depends only on its own logits,
parameters, seed and position, never on the rest of the batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bot.engine.sampling import random_stream, truncation
from bot.engine.sampling.adjuster import Adjuster, FailingAdjuster, ForcingAdjuster, RowStart
from bot.engine.sampling.candidates import FIRST, Candidates
from bot.engine.sampling.logits import Distribution, Logits
from bot.engine.sampling.token_masks import END_OF_TEXT, Vocabulary
from bot.engine.types import SamplingParams
from bot.sampling import PARAMETERS

Ints = NDArray[np.int64]
Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]

_COLUMNS = tuple(item.name for item in PARAMETERS if item.group == "draw" and item.kind == "float")
_WHOLE = tuple(item.name for item in PARAMETERS if item.group == "draw" and item.kind == "int")
FAR = 10.0  # multiple of tau above which a surprise slows mirostat down
_STEPS = (FIRST, 1024, 8192)  # candidates examined before the whole row is sorted


@dataclass(slots=True)
class Draw:
    """The result of one step."""

    tokens: Ints  # (B,); meaningless where failed
    failed: Bools  # (B,) rows whose logits are NaN, or that have no token left


@dataclass(slots=True)
class _Plan:
    """What stays the same while the same rows run; rebuilt when a row joins or leaves."""

    slots: Ints
    values: dict[str, Doubles]
    top_k: Ints
    greedy: Ints  # batch rows, grouped by what they need
    plain: Ints
    cut: Ints
    mirostat: Ints
    used: frozenset[str]  # parameters that at least one row uses
    _of_cut: dict[str, Doubles] = field(default_factory=dict)

    def of(self, rows: Ints) -> dict[str, Doubles]:
        """Return the parameters of the batch rows ``rows``, each (R,)."""
        if rows is not self.cut:
            return {name: column[rows] for name, column in self.values.items()}
        if not self._of_cut:
            self._of_cut = {name: column[rows] for name, column in self.values.items()}
        return self._of_cut


class Sampler:
    """Parameters and state of up to ``slots`` rows; the caller assigns the slot numbers."""

    def __init__(self, slots: int, vocabulary: Vocabulary, adjusters: Sequence[Adjuster] = ()) -> None:
        self.vocabulary = vocabulary
        self._adjusters = adjusters
        self._forcing = [each for each in reversed(adjusters) if isinstance(each, ForcingAdjuster)]
        self._params: list[SamplingParams | None] = [None] * slots
        self._values = {name: np.zeros(slots, np.float64) for name in _COLUMNS}
        self._whole = {name: np.zeros(slots, np.int64) for name in _WHOLE}
        self._seeds = np.zeros(slots, np.uint64)
        self._positions = np.zeros(slots, np.int64)  # tokens drawn so far
        self._mu = np.zeros(slots, np.float64)  # mirostat's bound on the surprise, in bits
        self._eta = np.zeros(slots, np.float64)  # learning rate of mu
        self._special = vocabulary.newlines.copy()
        self._special[END_OF_TEXT] = True
        self._plan: _Plan | None = None

    def admit(self, slot: int, start: RowStart, seed: int) -> None:
        """Start a row in ``slot``."""
        params = start.params
        self._params[slot] = params
        for name in _COLUMNS:
            self._values[name][slot] = getattr(params, name)
        for name in _WHOLE:
            self._whole[name][slot] = getattr(params, name)
        self._seeds[slot] = np.uint64(seed)
        self._positions[slot] = 0
        self._mu[slot] = 2.0 * params.mirostat_tau
        self._eta[slot] = params.mirostat_eta
        for adjuster in self._adjusters:
            adjuster.admit(slot, start)
        self._plan = None

    def release(self, slot: int) -> None:
        """End the row in ``slot``, if there is one."""
        if self._params[slot] is None:
            return
        self._params[slot] = None
        for adjuster in self._adjusters:
            adjuster.release(slot)
        self._plan = None

    def sample(self, logits: Logits, slots: Sequence[int]) -> Draw:
        """Draw one token for each row of ``logits``, which are modified in place.

        The tokens count as written: penalties, positions and random streams advance. Failed rows do not advance.
        """
        plan = self._planned(np.asarray(slots, np.int64))
        for adjuster in self._adjusters:
            adjuster.apply(logits, plan.slots)
        distribution = logits.distribution()
        failed = distribution.failed()
        any_failed = bool(failed.any())
        tokens = np.zeros(plan.slots.size, np.int64)

        def fine(rows: Ints) -> Ints:
            return rows[~failed[rows]] if any_failed else rows

        if (rows := fine(plan.greedy)).size:
            tokens[rows] = distribution.argmax(rows)
        if plan.greedy.size < plan.slots.size:
            u = random_stream.uniform(self._seeds[plan.slots], self._positions[plan.slots], random_stream.TOKEN)
            if (rows := fine(plan.plain)).size:
                tokens[rows] = distribution.draw(rows, plan.values["temperature"][rows], u[rows])
            if (rows := fine(plan.cut)).size:
                self._draw_cut(distribution, plan, rows, u, tokens)
            if (rows := fine(plan.mirostat)).size:
                self._draw_mirostat(distribution, plan, rows, u, tokens)
        self._commit(plan, tokens, failed)
        return Draw(tokens, failed)

    def forced(self, slot: int) -> Sequence[int]:
        """Return the tokens that must come next whatever the logits, as far as known; empty if there is a choice."""
        for adjuster in self._forcing:
            if (tokens := adjuster.forced(slot)) is not None:
                return tokens
        return ()

    def failure(self, slot: int) -> Exception | None:
        """Return why an adjuster has left the row no token, or None if none has."""
        failing = (each for each in self._adjusters if isinstance(each, FailingAdjuster))
        return next((error for each in failing if (error := each.failure(slot)) is not None), None)

    def write(self, slot: int, token: int) -> None:
        """Record ``token``, the first of the forced tokens, as drawn."""
        slots, tokens = np.array([slot]), np.array([token])
        self._positions[slots] += 1
        self._mu[slots] += self._eta[slots] * self._values["mirostat_tau"][slots]  # a forced token has no surprise
        for adjuster in self._adjusters:
            adjuster.commit(slots, tokens)

    def _commit(self, plan: _Plan, tokens: Ints, failed: Bools) -> None:
        slots = plan.slots
        if failed.any():
            slots, tokens = slots[~failed], tokens[~failed]
        self._positions[slots] += 1
        for adjuster in self._adjusters:
            adjuster.commit(slots, tokens)

    # ---- drawing a token

    def _draw_cut(self, distribution: Distribution, plan: _Plan, rows: Ints, u: Doubles, tokens: Ints) -> None:
        """Draw for rows with a cut: examine a few candidates first, and more for rows that those do not settle."""
        for count in (*_STEPS, distribution.size):
            found = distribution.top(rows, count)
            keep = self._kept(found, distribution, plan, rows)
            if found.complete:
                keep = np.minimum(keep, distribution.size)
            settled = keep < truncation.UNKNOWN
            if settled.all():  # nearly always at the first attempt
                tokens[rows] = self._choose(found, keep, plan, rows, u[rows])
                return
            if settled.any():
                part = rows[settled]
                subset = Candidates(found.values[settled], found.ids[settled], found.log_total[settled], found.complete)
                tokens[part] = self._choose(subset, keep[settled], plan, part, u[part])
            rows = rows[~settled]

    @staticmethod
    def _kept(found: Candidates, distribution: Distribution, plan: _Plan, rows: Ints) -> Ints:
        """Return how many leading candidates the cuts keep; UNKNOWN where the cut lies beyond the candidates."""
        value = plan.of(rows)
        probabilities = np.exp(found.values - found.log_total[:, None])
        size = distribution.size
        keep = truncation.keep_top_k(plan.top_k[rows], found.values.shape[1])
        keep = np.minimum(keep, truncation.keep_top_p(probabilities, value["top_p"], size))
        if "min_p" in plan.used:
            keep = np.minimum(keep, truncation.keep_min_p(probabilities, value["min_p"], size))
        if "top_n_sigma" in plan.used:
            deviations = distribution.deviations(rows)
            keep = np.minimum(keep, truncation.keep_top_n_sigma(found.values, value["top_n_sigma"], deviations, size))
        return keep

    def _choose(self, found: Candidates, keep: Ints, plan: _Plan, rows: Ints, u: Doubles) -> Ints:
        """Apply typical_p, XTC and temperature, and draw; (R,) token ids."""
        columns = int(keep.max())
        values, ids = found.values[:, :columns], found.ids[:, :columns]
        allowed = truncation.first(keep, columns)
        value = plan.of(rows)
        if "typical_p" in plan.used:
            allowed = truncation.typical(
                truncation.normalised(truncation.apply_temperature(values, allowed, np.ones(rows.size))),
                value["typical_p"],
            )
        if "xtc_probability" in plan.used:
            probabilities = truncation.normalised(truncation.apply_temperature(values, allowed, np.ones(rows.size)))
            slots = plan.slots[rows]
            chance = random_stream.uniform(self._seeds[slots], self._positions[slots], random_stream.XTC)
            gone = truncation.excluded_top_choices(
                probabilities, value["xtc_threshold"], value["xtc_probability"], chance
            )
            gone &= ~(gone & self._special[ids]).any(axis=1, keepdims=True)  # ends of lines and texts stay possible
            allowed &= ~gone
        column = truncation.chosen(truncation.apply_temperature(values, allowed, value["temperature"]), u)
        return np.asarray(ids[np.arange(rows.size), column])

    def _draw_mirostat(self, distribution: Distribution, plan: _Plan, rows: Ints, u: Doubles, tokens: Ints) -> None:
        """Mirostat 2: cut tokens more surprising than mu, draw, and move mu towards the target."""
        temperature = plan.values["temperature"]
        totals = np.empty(plan.slots.size)
        totals[rows] = distribution.log_totals(rows, temperature[rows])
        for count in (*_STEPS, distribution.size):
            found = distribution.top(rows, count)
            mu = self._mu[plan.slots[rows]]
            logs = found.values / temperature[rows][:, None] - totals[rows][:, None]
            keep = truncation.keep_surprise(logs, mu, distribution.size)
            if "min_p" in plan.used:
                likely = truncation.keep_min_p(np.exp(logs), plan.values["min_p"][rows], distribution.size)
                keep = np.minimum(keep, likely)
            settled = (keep < truncation.UNKNOWN) | found.complete
            if settled.any():
                part = rows[settled]
                self._draw_surprise(found.ids[settled], logs[settled], keep[settled], plan, part, u[part], tokens)
            rows = rows[~settled]
            if not rows.size:
                return

    def _draw_surprise(
        self, ids: Ints, logs: Doubles, keep: Ints, plan: _Plan, rows: Ints, u: Doubles, tokens: Ints
    ) -> None:
        weights = truncation.normalised(np.where(truncation.first(keep, ids.shape[1]), np.exp(logs), 0.0))
        column = truncation.chosen(weights, u)
        index = np.arange(rows.size)
        tokens[rows] = ids[index, column]
        surprise = -np.log2(weights[index, column])
        slots, tau, eta = plan.slots[rows], plan.values["mirostat_tau"][rows], self._eta[plan.slots[rows]]
        self._mu[slots] -= eta * (surprise - tau)
        decay = np.where(surprise > FAR * tau, plan.values["mirostat_decay"][rows], 0.0)
        self._eta[slots] = eta / (1.0 + decay)

    # ---- what stays the same from step to step

    def _planned(self, slots: Ints) -> _Plan:
        plan = self._plan
        if plan is None or not np.array_equal(plan.slots, slots):
            plan = self._plan = self._make_plan(slots)
        return plan

    def _make_plan(self, slots: Ints) -> _Plan:
        if any(self._params[slot] is None for slot in slots.tolist()):
            raise LookupError("a slot was never admitted")
        values = {name: column[slots] for name, column in self._values.items()}
        whole = {name: column[slots] for name, column in self._whole.items()}
        top_k = whole["top_k"]
        greedy = (values["temperature"] <= 0.0) | ((top_k == 1) & (values["typical_p"] >= 1.0))
        values["temperature"] = np.where(greedy, 1.0, values["temperature"])
        mirostat = ~greedy & (whole["mirostat_mode"] == 2)
        any_cut = (
            (values["top_p"] < 1.0) | (top_k > 0) | (values["min_p"] > 0.0) | (values["typical_p"] < 1.0)
            | (values["top_n_sigma"] > 0.0) | (values["xtc_probability"] > 0.0)
        )  # fmt: skip
        used = {"min_p", "top_n_sigma", "xtc_probability"} & {name for name, column in values.items() if column.any()}
        if (values["typical_p"] < 1.0).any():
            used.add("typical_p")
        return _Plan(
            slots=slots,
            values=values,
            top_k=top_k,
            greedy=np.flatnonzero(greedy),
            plain=np.flatnonzero(~greedy & ~mirostat & ~any_cut),
            cut=np.flatnonzero(~greedy & ~mirostat & any_cut),
            mirostat=np.flatnonzero(mirostat),
            used=frozenset(used),
        )
