"""Updates by webhook, through the real process."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest

from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from tests.support.relay import Relay

pytestmark = pytest.mark.process


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_commands_arrive_by_webhook_and_a_forged_update_is_refused(tmp_path: Path) -> None:
    """With a public address Telegram brings the updates; without its secret nobody else does."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}/from-telegram"
    async with SandboxServer(limits=Limits.off()) as server:
        reader = server.world.add_user("Reader")
        chat = server.world.private_chat(reader)
        settings = {
            "TELEGRAM__WEBHOOK_URL": address,
            "TELEGRAM__WEBHOOK_SECRET": "only-telegram-knows",
            "WEB__PORT": str(port),
        }
        async with Relay(tmp_path, server.api_root, settings) as relay:
            await server.say(reader, chat, "/help")
            await server.wait_for(chat, "/topic", timeout=10)
            async with httpx.AsyncClient() as client:
                forged = await client.post(address, json={"update_id": 1})
                health = await client.get(f"http://127.0.0.1:{port}/health")
                metrics = await client.get(f"http://127.0.0.1:{port}/metrics")
            assert forged.status_code == 403
            assert health.json()["ok"] is True
            assert "liverelay_polls" in metrics.text
            assert await relay.stop() == 0
