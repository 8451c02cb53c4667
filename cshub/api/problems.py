"""Every kind of problem the API answers with, and what a client can do about it."""

from dataclasses import dataclass

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Problem:
    """One type of RFC 9457; its page is /api/docs/errors/<code>/."""

    code: str
    status: int
    title: str
    remedy: str


_ALL = (
    Problem(
        "malformed_body",
        400,
        "The body cannot be read",
        "Send UTF-8 JSON without duplicate keys, NaN, NUL characters or lone surrogates, at most 32 levels deep.",
    ),
    Problem(
        "validation_failed",
        400,
        "Some values were refused",
        "Correct the values that `errors` points at and send the request again.",
    ),
    Problem(
        "invalid_parameter",
        400,
        "A query parameter was refused",
        "Correct or leave out the parameter that `errors` names.",
    ),
    Problem(
        "not_authenticated",
        401,
        "Nobody is signed in",
        "Send `Authorization: Bearer <key>`. Keys are issued on /settings/api-keys/.",
    ),
    Problem(
        "invalid_key",
        401,
        "The key does not work",
        "The key is unknown, revoked, expired, or its user no longer works here. Issue another one.",
    ),
    Problem(
        "permission_denied",
        403,
        "Your role does not allow this",
        "Ask an admin for another role, or use a key of somebody who has it.",
    ),
    Problem("missing_scope", 403, "The key lacks a scope", "Issue a key with the scope that `detail` names."),
    Problem(
        "csrf_failed",
        403,
        "The browser's token is missing",
        "Send the cookie csrftoken back as the header X-CSRFToken, or use a key.",
    ),
    Problem(
        "not_found",
        404,
        "There is nothing here",
        "Check the address and the id. What you may not see looks the same as what does not exist.",
    ),
    Problem("method_not_allowed", 405, "This method does not exist here", "The header Allow lists those that do."),
    Problem("not_acceptable", 406, "This media type is not offered", "Accept application/json."),
    Problem(
        "refused", 409, "That cannot be done now", "`errors` says why. Change what it names, or read the object again."
    ),
    Problem(
        "idempotency_in_flight",
        409,
        "The same request is being answered",
        "Wait a second and send it again with the same Idempotency-Key.",
    ),
    Problem(
        "precondition_failed",
        412,
        "The object changed meanwhile",
        "Read it again, decide again, and send the new ETag as If-Match.",
    ),
    Problem("body_too_large", 413, "The body is too large", "Send at most 5 MB; split what is larger."),
    Problem("unsupported_media_type", 415, "This media type is not read", "Send application/json."),
    Problem(
        "idempotency_key_reused",
        422,
        "The key was used for another request",
        "Use a new Idempotency-Key for a new request; repeat the same body to get the same answer.",
    ),
    Problem("too_many_requests", 429, "Too many requests", "Wait as long as Retry-After says."),
    Problem(
        "internal_error",
        500,
        "Something failed on our side",
        "Nothing was kept. Send the request again; if it fails again, report its `instance`.",
    ),
    Problem(
        "unavailable",
        503,
        "The database does not answer",
        "Nothing was kept. Send the request again after Retry-After.",
    ),
)
PROBLEMS = {problem.code: problem for problem in _ALL}
