"""Interim."""

import uvicorn

from server.app import Moi, make_runtime
from server.kit.log import quiet_libraries
from server.kit.settings import Settings


async def serve(settings: Settings) -> int:
    """Serve until told to stop."""
    from server.migrations.schema import create_all

    await create_all(settings)
    quiet_libraries()
    rt = make_runtime(settings)
    config = uvicorn.Config(
        Moi(rt),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=10,
    )
    print(f"Moi: {settings.public_url}", flush=True)
    await uvicorn.Server(config).serve()
    return 0
