"""From fan-out to Telegram: plan, render, pace, send."""
