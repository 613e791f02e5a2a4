"""The way to Telegram: the request object, the transport of alerts, the pace of replies.

::

    commands -> telegram.Bot -> PacedRateLimiter -> AiohttpRequest -> Bot API
    sender   -> Pacer.slot   -> Transport        -> AiohttpRequest -> Bot API
"""

from bot.delivery.aiohttp_request import AiohttpRequest
from bot.delivery.rate_limiter import PacedRateLimiter
from bot.delivery.telegram_errors import map_telegram_error
from bot.delivery.transport import API_ROOT, Transport

__all__ = ["API_ROOT", "AiohttpRequest", "PacedRateLimiter", "Transport", "map_telegram_error"]
