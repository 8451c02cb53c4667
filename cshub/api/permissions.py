"""May this key or person do that: the scopes of the key and the one access table."""

from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import MethodNotAllowed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from cshub.api.errors import ApiProblem
from cshub.users import access
from cshub.users.models import ApiKey, Scope

if TYPE_CHECKING:
    from rest_framework.views import APIView


class AccessTable(BasePermission):
    """Default deny: a route that cshub.users.access does not name is closed."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Raises ApiProblem missing_scope, MethodNotAllowed, or PermissionDenied with the reason."""
        method = str(request.method)
        if method != "OPTIONS" and not hasattr(view, method.lower()):
            raise MethodNotAllowed(method)
        route = request.resolver_match.view_name if request.resolver_match else ""
        if access.can(None, route, method):
            return True
        if not request.user.is_authenticated:
            return False
        _refuse_missing_scope(request, view)
        if not access.can(request.user, route, method):
            raise PermissionDenied(f"The role {request.user.role} may not {method} here.")
        return True


def required_scope(method: str, view: Any) -> str:
    """The scope a key needs: the view's own (`scope = "events:write"`), or read and write by the method."""
    return str(getattr(view, "scope", "") or (Scope.READ if method in SAFE_METHODS else Scope.WRITE))


def _refuse_missing_scope(request: Request, view: "APIView") -> None:
    if not isinstance(request.auth, ApiKey):
        return
    scope = required_scope(str(request.method), view)
    if scope not in request.auth.scopes and Scope.ADMIN not in request.auth.scopes:
        raise ApiProblem("missing_scope", f"The key {request.auth.prefix} lacks the scope {scope}.")
