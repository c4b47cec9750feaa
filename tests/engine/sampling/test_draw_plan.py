"""Which rows are drawn alike."""

import numpy as np

from bot.engine.sampling.draw_plan import DrawPlan, make_plan
from bot.engine.types import SamplingParams
from bot.sampling import PARAMETERS

NAMES = {
    kind: [item.name for item in PARAMETERS if item.group == "draw" and item.kind == kind] for kind in ("float", "int")
}
EACH = (
    SamplingParams(),
    SamplingParams(temperature=0.0, top_p=0.5),
    SamplingParams(top_k=1),
    SamplingParams(top_k=1, typical_p=0.5),
    SamplingParams(min_p=0.1, xtc_probability=0.5),
    SamplingParams(typical_p=0.9),
    SamplingParams(mirostat_mode=2, top_p=0.5),
)


def planned(slots: list[int]) -> DrawPlan:
    values = {name: np.array([getattr(params, name) for params in EACH], np.float64) for name in NAMES["float"]}
    whole = {name: np.array([getattr(params, name) for params in EACH], np.int64) for name in NAMES["int"]}
    return make_plan(np.array(slots), values, whole)


def test_every_row_is_in_one_group() -> None:
    plan = planned(list(range(len(EACH))))
    groups = [group.tolist() for group in (plan.plain, plan.greedy, plan.cut, plan.whole, plan.mirostat)]
    assert groups == [[0], [1, 2], [3, 4], [5], [6]]
    assert plan.used == {"min_p", "xtc_probability", "typical_p"}
    assert plan.values["temperature"].tolist() == [1.0] * len(EACH), "greedy rows divide by no zero"


def test_groups_are_rows_of_the_batch_not_slots() -> None:
    plan = planned([5, 4])
    assert (plan.whole.tolist(), plan.cut.tolist(), plan.prefix.tolist()) == ([0], [1], [False, True])
    assert plan.of(plan.cut)["min_p"].tolist() == [0.1]
    assert plan.of(plan.cut) is plan.of(plan.cut), "kept from step to step"
