"""Timing statistics under the names that RWKV-Drama shows."""

from dataclasses import dataclass


@dataclass(slots=True)
class DramaStatistics:
    """Counters since the scene started."""

    characters: int = 0
    replies: int = 0
    seconds: float = 0.0
    taken_as_drawn: int = 0

    def count(self, text: str, seconds: float) -> None:
        """Count one generation."""
        self.characters += max(1, len(text))
        self.replies += 1
        self.seconds += seconds

    def values(self) -> dict[str, dict[str, float]]:
        """Return the statistics in the interface's format."""
        characters, replies = max(1, self.characters), max(1, self.replies)
        return {
            "总计": {
                "模型输出总字数(个)": self.characters,
                "模型生成次数(次)": self.replies,
                "GPU工作时间(秒)": round(self.seconds, 3),
            },
            "效率": {
                "平均每字生成时间(秒)": round(self.seconds / characters, 3),
                "平均每次生成时间(秒)": round(self.seconds / replies, 3),
                "平均每次生成字数(字)": round(self.characters / replies, 3),
            },
            "生成命中率": {"完美生成数": self.taken_as_drawn},
        }
