"""The way to Telegram: the request object, the transport of alerts, the pace of replies.

::

    commands -> telegram.Bot -> PacedRateLimiter -> HttpRequest -> Bot API
    sender   -> Pacer.slot   -> Transport        -> HttpRequest -> Bot API
"""

from bot.delivery.http_request import HttpRequest
from bot.delivery.rate_limiter import PacedRateLimiter
from bot.delivery.telegram_errors import map_telegram_error
from bot.delivery.transport import API_ROOT, Transport

__all__ = ["API_ROOT", "HttpRequest", "PacedRateLimiter", "Transport", "map_telegram_error"]
