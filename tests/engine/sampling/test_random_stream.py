"""Random numbers that depend only on the request."""

import numpy as np

from bot.engine.sampling.random_stream import TOKEN, XTC, candidate_seed, new_seed, uniform

SEEDS = np.array([new_seed() for _ in range(64)], np.uint64)
POSITIONS = np.arange(64, dtype=np.int64)


def test_batch_mates_never_shift_them() -> None:
    together = uniform(SEEDS, POSITIONS, TOKEN)
    alone = [uniform(SEEDS[row : row + 1], POSITIONS[row : row + 1], TOKEN)[0] for row in range(64)]
    assert together.tolist() == alone


def test_they_are_even_and_the_streams_differ() -> None:
    seeds = np.full(100_000, 7, np.uint64)
    drawn = [uniform(seeds, np.arange(100_000, dtype=np.int64), stream) for stream in (TOKEN, XTC)]
    for numbers in drawn:
        assert 0 <= numbers.min() <= numbers.max() < 1
        counts = np.histogram(numbers, 10, (0, 1))[0]
        assert abs(counts - 10_000).max() < 500, "five standard deviations"
    assert abs(np.corrcoef(drawn[0], drawn[1])[0, 1]) < 0.02
    assert abs(np.corrcoef(drawn[0][:-1], drawn[0][1:])[0, 1]) < 0.02


def test_a_candidates_seed_alone_gives_the_candidate() -> None:
    first = candidate_seed(12345, 0)
    assert first == 12345
    assert candidate_seed(candidate_seed(first, 3), 0) == candidate_seed(first, 3)
    assert len({candidate_seed(first, index) for index in range(100)}) == 100
