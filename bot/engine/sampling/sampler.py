"""Draws the next token of every row at once, each with the row's own parameters.

The order: the adjusters change the logits; top_n_sigma, top_p, top_k and min_p cut; then typical_p and XTC; the
temperature comes last. Mirostat replaces all of the cuts except min_p. Each row's draw depends only on its own logits,
parameters, seed and position, never on the rest of the batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.engine.sampling import random_stream, truncation
from bot.engine.sampling.adjuster import Adjuster, FailingAdjuster, ForcingAdjuster, RowStart
from bot.engine.sampling.candidates import Candidates
from bot.engine.sampling.cut_draws import Cuts
from bot.engine.sampling.draw_plan import DrawPlan, make_plan
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


@dataclass(slots=True)
class Draw:
    """The result of one step."""

    tokens: Ints  # (B,); meaningless where failed
    failed: Bools  # (B,) rows whose logits are NaN, or that have no token left


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
        self._plan: DrawPlan | None = None

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
            if (rows := fine(plan.whole)).size:
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

    def _commit(self, plan: DrawPlan, tokens: Ints, failed: Bools) -> None:
        slots = plan.slots
        if failed.any():
            slots, tokens = slots[~failed], tokens[~failed]
        self._positions[slots] += 1
        for adjuster in self._adjusters:
            adjuster.commit(slots, tokens)

    # ---- drawing a token

    def _draw_cut(self, distribution: Distribution, plan: DrawPlan, rows: Ints, u: Doubles, tokens: Ints) -> None:
        """Draw for rows with a cut: examine a few candidates first, and all tokens of rows that those do not settle."""
        steps = distribution.steps
        if not plan.prefix[rows[0]]:  # a few candidates cannot settle these
            steps = [count for count in steps if count >= distribution.size]
        for count in steps:
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
        tokens[rows], _ = distribution.draw_cut(rows, self._cuts(distribution, plan, rows, u[rows]), self._special)

    def _cuts(self, distribution: Distribution, plan: DrawPlan, rows: Ints, u: Doubles) -> Cuts:
        value, ones = plan.of(rows), np.ones(rows.size)
        largest = distribution.largest(rows)
        with np.errstate(divide="ignore"):
            floors = largest + np.log(value["min_p"])
        if "top_n_sigma" in plan.used:
            sigma = value["top_n_sigma"]
            floors = np.maximum(floors, largest - np.where(sigma > 0.0, sigma * distribution.deviations(rows), np.inf))
        thresholds = np.full(rows.size, np.inf)
        if "xtc_probability" in plan.used:
            thresholds = np.where(self._excluding(plan, rows), value["xtc_threshold"], np.inf)
        return Cuts(
            floors=floors, top_k=plan.top_k[rows], top_p=value["top_p"],
            log_totals=distribution.log_totals(rows, ones) if (value["top_p"] < 1.0).any() else ones,
            typical_p=value["typical_p"], xtc_thresholds=thresholds, temperatures=value["temperature"], u=u,
        )  # fmt: skip

    @staticmethod
    def _kept(found: Candidates, distribution: Distribution, plan: DrawPlan, rows: Ints) -> Ints:
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

    def _choose(self, found: Candidates, keep: Ints, plan: DrawPlan, rows: Ints, u: Doubles) -> Ints:
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
            gone = truncation.excluded_top_choices(probabilities, value["xtc_threshold"], self._excluding(plan, rows))
            gone &= ~(gone & self._special[ids]).any(axis=1, keepdims=True)  # ends of lines and texts stay possible
            allowed &= ~gone
        column = truncation.chosen(truncation.apply_temperature(values, allowed, value["temperature"]), u)
        return np.asarray(ids[np.arange(rows.size), column])

    def _excluding(self, plan: DrawPlan, rows: Ints) -> Bools:
        """Whether XTC applies to each row's next token."""
        slots = plan.slots[rows]
        chance = random_stream.uniform(self._seeds[slots], self._positions[slots], random_stream.XTC)
        return np.asarray(chance < plan.values["xtc_probability"][rows])

    def _draw_mirostat(self, distribution: Distribution, plan: DrawPlan, rows: Ints, u: Doubles, tokens: Ints) -> None:
        """Mirostat 2: cut tokens more surprising than mu, draw, and move mu towards the target."""
        temperature = plan.values["temperature"]
        totals, chances = np.empty(plan.slots.size), np.empty(plan.slots.size)
        totals[rows] = distribution.log_totals(rows, temperature[rows])
        left = rows
        for count in distribution.steps:
            found = distribution.top(left, count)
            logs = found.values / temperature[left][:, None] - totals[left][:, None]
            keep = truncation.keep_surprise(logs, self._mu[plan.slots[left]], distribution.size)
            if "min_p" in plan.used:
                likely = truncation.keep_min_p(np.exp(logs), plan.values["min_p"][left], distribution.size)
                keep = np.minimum(keep, likely)
            settled = (keep < truncation.UNKNOWN) | found.complete
            part, kept = left[settled], truncation.first(keep[settled], logs.shape[1])
            weights = truncation.normalised(np.where(kept, np.exp(logs[settled]), 0.0))
            column = np.arange(part.size), truncation.chosen(weights, u[part])
            tokens[part], chances[part] = found.ids[settled][column], weights[column]
            left = left[~settled]
            if not left.size:
                break
        else:
            cuts = self._mirostat_cuts(distribution, plan, left, totals[left], u[left])
            tokens[left], chances[left] = distribution.draw_cut(left, cuts, self._special)
        self._correct(plan, rows, -np.log2(chances[rows]))

    def _mirostat_cuts(
        self, distribution: Distribution, plan: DrawPlan, rows: Ints, totals: Doubles, u: Doubles
    ) -> Cuts:
        value, ones = plan.of(rows), np.ones(rows.size)
        largest, temperature = distribution.largest(rows), value["temperature"]
        floors = temperature * (totals - self._mu[plan.slots[rows]] * np.log(2.0))
        with np.errstate(divide="ignore"):
            floors = np.maximum(floors, largest + temperature * np.log(value["min_p"]))
        return Cuts(
            floors=np.minimum(floors, largest), top_k=np.zeros(rows.size, np.int64), top_p=ones, log_totals=ones,
            typical_p=ones, xtc_thresholds=np.full(rows.size, np.inf), temperatures=temperature, u=u,
        )  # fmt: skip

    def _correct(self, plan: DrawPlan, rows: Ints, surprise: Doubles) -> None:
        """Move mirostat's mu by the ``surprise`` of the tokens drawn, in bits."""
        slots, tau, eta = plan.slots[rows], plan.values["mirostat_tau"][rows], self._eta[plan.slots[rows]]
        self._mu[slots] -= eta * (surprise - tau)
        decay = np.where(surprise > FAR * tau, plan.values["mirostat_decay"][rows], 0.0)
        self._eta[slots] = eta / (1.0 + decay)

    # ---- what stays the same from step to step

    def _planned(self, slots: Ints) -> DrawPlan:
        plan = self._plan
        if plan is None or not np.array_equal(plan.slots, slots):
            if any(self._params[slot] is None for slot in slots.tolist()):
                raise LookupError("a slot was never admitted")
            plan = self._plan = make_plan(slots, self._values, self._whole)
        return plan
