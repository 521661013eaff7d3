"""HTTP without TLS, for tests that call servers of this machine: `httpx.get`, `httpx.post` and `httpx.request`.

httpx reads the certificates of all authorities for each call that is made without a client of its own, also where the
address is no https. That costs more processor time than most of the calls, above all where a test asks until something
is there.
"""

import ssl
from functools import partial

import httpx

# It trusts nobody: a call over TLS fails.
_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

get = partial(httpx.get, verify=_NO_AUTHORITIES)
post = partial(httpx.post, verify=_NO_AUTHORITIES)
request = partial(httpx.request, verify=_NO_AUTHORITIES)
