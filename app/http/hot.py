"""Routes that are asked more often than all others together."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError


class HotRoute(APIRoute):
    """For a router's `route_class`: a read whose arguments are gathered without FastAPI's general machinery.

    That walks a tree of dependencies and every possible parameter for each request, and costs more than the
    read itself. Here the endpoint takes path parameters, at most one model of the query, and dependencies
    that take the request alone. They are checked as everywhere, and a request with something wrong is left
    to FastAPI, which words the errors. Raises TypeError for an endpoint that takes anything else.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler."""
        whole = super().get_route_handler()
        path_params, query = self.dependant.path_params, _query_model(self.dependant)
        sources = [_source(one) for one in self.dependant.dependencies]

        async def hot(request: Request) -> Response:
            given, wrong = request_params_to_args(path_params, request.path_params)
            if wrong:
                return await whole(request)
            if query:
                name, model = query
                try:
                    given[name] = model.model_validate(dict(request.query_params))
                except ValidationError:
                    return await whole(request)
            for name, source in sources:
                given[name] = await source(request)
            answer: Response = await self.endpoint(**given)
            return answer

        return hot


def _query_model(takes: Dependant) -> tuple[str, type[BaseModel]] | None:
    if takes.header_params or takes.cookie_params or takes.body_params or len(takes.query_params) > 1:
        raise TypeError(f"{takes.path} takes more than a path and one model of the query")
    for field in takes.query_params:
        model = field.field_info.annotation
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise TypeError(f"{takes.path}: {field.name} is no model")
        return field.name, model
    return None


def _source(one: Dependant) -> tuple[str, Callable[[Request], Coroutine[Any, Any, Any]]]:
    asked = (one.path_params, one.query_params, one.header_params, one.cookie_params, one.body_params)
    if any(asked) or one.dependencies or one.call is None or one.request_param_name is None:
        raise TypeError(f"{one.name} takes more than the request")
    return str(one.name), one.call
