"""HTTP, websocket and the page: everything that a person or a program looks at a case through.

The asyncio loop here serves clients and never touches samples. What the
acquisition thread has to say it leaves in `live.LiveHub`, which holds it for
the clients and never waits for one.
"""
