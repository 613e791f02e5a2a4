"""What is known of the way from a turn to Telegram, pure.

Telegram counts a message when it arrives. Between the turn and that lie two delays: until the
request leaves this process, which is measured, and until it arrives, of which only the answer
tells something. A delay that is always the same moves all arrivals alike and breaks no limit; what
matters is how far one message strays from the others.
"""

from __future__ import annotations

LONGEST_LAG = 0.004  # seconds; a longer way out is an exception, and counted as it was
SHARE = 1 / 64  # of each new lag in the usual one

COST = 0.005  # seconds; what the strays may cost on average: 0.5 % of a rate a second
MOST_COST = 0.04
LEARNT = 300.0  # seconds in which a cost that was raised falls back
SETTLING = 0.5  # seconds until it is known about how long answers take
LEAST_SETTLING = 16  # answers
LOW = 0.1  # weight of the slower answers in the usual time, of the quicker ones the rest
LONGEST_STRAY = 1.0  # seconds; what takes longer has other reasons


class Lag:
    """How long after its turn a request usually leaves; times in seconds."""

    __slots__ = ("usual",)

    def __init__(self) -> None:
        self.usual = 0.0

    def note(self, lag: float) -> None:
        """One more request left `lag` after its turn."""
        self.usual += (min(lag, LONGEST_LAG) - self.usual) * SHARE


class Strays:
    """Which messages probably arrived late, by how late their answers came.

    Later than usual, that is. Where answers take very different times for other reasons, only the
    latest count: from where on moves until the corrections come to no more than `COST` on average.
    At the start, while connections are made, each message is taken to arrive with its answer.

    Args:
        rate: messages a second, for how fast to adapt: within some seconds.
    """

    __slots__ = ("_allowed", "_cost", "_forget", "_gain", "_settling", "_usual")

    def __init__(self, rate: float) -> None:
        self._gain = min(0.05, 0.2 / rate)
        self._forget = 1.0 / (LEARNT * max(1.0, rate))
        self._usual = LONGEST_STRAY
        self._allowed = 0.0  # what is not yet late, above the usual
        self._cost = COST
        self._settling = max(LEAST_SETTLING, int(SETTLING * rate))

    def of(self, answered: float) -> float:
        """By how much a message strayed that was answered so many seconds after it left."""
        answered = min(answered, LONGEST_STRAY)
        if self._settling:
            self._settling -= 1
            self._usual = min(self._usual, answered)
            return answered
        off = answered - self._usual
        self._usual += self._gain * off * (LOW if off > 0.0 else 1.0 - LOW)
        stray = max(0.0, off - self._allowed)
        self._allowed = max(0.0, self._allowed + self._gain * (stray - self._cost))
        self._cost += (COST - self._cost) * self._forget
        return stray

    def refused(self) -> None:
        """The bot as a whole was too fast: messages stray more than was thought."""
        self._cost = min(MOST_COST, 2.0 * self._cost)
        self._allowed = 0.0
