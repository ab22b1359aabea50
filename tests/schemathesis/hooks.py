"""What ./test api checks beyond schemathesis' own checks: a key for reading changes nothing.

With CLIENTELE_API_READ_ONLY set the run's key has the scopes for reading only: whatever would change something must then be
refused, and for its scope unless something is wrong with the request before anybody looks at scopes.
"""

import os

import schemathesis

READ_ONLY = bool(os.environ.get("CLIENTELE_API_READ_ONLY"))
# No such address or method; no key (the check of ignored authentication sends none); the version header.
BEFORE_SCOPES = {400, 401, 404, 405}
# They change nothing: a code is a secret and a draft is long, neither of which belongs into an address.
READS_BY_POST = ("/gift-cards/check", "/campaigns/{id}/check", "/preview")


@schemathesis.check
def scope_holds(ctx, response, case):
    if READ_ONLY and case.method.upper() != "GET" and not case.operation.path.endswith(READS_BY_POST):
        status = response.status_code
        assert status == 403 or status in BEFORE_SCOPES, f"{case.method} answered {status} to a key that may only read"
