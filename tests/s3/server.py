"""An S3-compatible server with one bucket, `tables`, in memory.

    python server.py

Prints its URL and serves until its input ends.
"""

import sys
import urllib.request

from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
url = f"http://{host}:{port}"
urllib.request.urlopen(urllib.request.Request(f"{url}/tables", method="PUT")).close()
print(url, flush=True)
sys.stdin.read()
server.stop()
