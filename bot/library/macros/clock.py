"""Clock macros: {{time}}, {{date}}, {{weekday}}, {{isotime}}, {{isodate}}, {{time_UTC+9}}."""

import re
from datetime import UTC, datetime, timedelta

OFFSET = re.compile(r"time_utc([+-]\d{1,2})", re.IGNORECASE)
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def clock_macro(name: str, now: datetime) -> str | None:
    """Expand a clock macro, independent of the locale. Returns None for other names."""
    if match := OFFSET.fullmatch(name):
        hours = int(match[1])
        moment = now if now.tzinfo else now.replace(tzinfo=UTC)
        return f"{moment.astimezone(UTC) + timedelta(hours=hours):%H:%M}" if abs(hours) <= 14 else None
    known = {
        "time": f"{now:%H:%M}",
        "date": f"{MONTHS[now.month - 1]} {now.day}, {now.year}",
        "weekday": WEEKDAYS[now.weekday()],
        "isotime": f"{now:%H:%M}",
        "isodate": f"{now:%Y-%m-%d}",
    }
    return known.get(name)
