"""Health checks and metrics."""

from ipaddress import ip_address

import peewee
import redis
import structlog
from apiflask import APIBlueprint
from flask import Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

import config
from store.core import encryption, outbox
from store.core.errors import DomainError
from store.tenants import registry
from web import request_context

log = structlog.get_logger("health")
bp = APIBlueprint("health", __name__, enable_openapi=False)


@bp.get("/health/live")
def live() -> tuple[Response, int]:
    """Respond with 200 while the process runs."""
    return jsonify(status="ok"), 200


@bp.get("/health/ready")
def ready() -> tuple[Response, int]:
    """Respond with 200 if the database can be read. Without Redis the service is degraded but works."""
    try:
        registry.list_slugs()
    except (peewee.PeeweeException, DomainError) as error:
        log.warning("not_ready", reason=type(error).__name__)
        return jsonify(status="down", degraded=["database"]), 503
    degraded = [] if is_redis_reachable() else ["redis"]
    return jsonify(status="degraded" if degraded else "ok", degraded=degraded), 200


@bp.get("/metrics")
def metrics() -> Response:
    """Return event deliveries by tenant and state in Prometheus format. Requires the token or a local request."""
    _require_metrics_access()
    collectors = CollectorRegistry()
    gauge = Gauge("xiaoer_deliveries", "Deliveries by state", ["tenant", "state"], registry=collectors)
    for slug in registry.list_slugs():
        with registry.use_tenant(slug):
            for state, count in outbox.count_by_state().items():
                gauge.labels(tenant=slug, state=state).set(count)
    return Response(generate_latest(collectors), content_type=CONTENT_TYPE_LATEST)


def _require_metrics_access() -> None:
    """Raise DomainError unless the request has the token, or is local if no token is set."""
    token = config.current().metrics_token
    if token:
        if not encryption.constant_time_equal(request.headers.get("Authorization", ""), f"Bearer {token}"):
            raise DomainError("unauthorized", "需要 METRICS_TOKEN", 401)
    elif not _is_local_request():
        raise DomainError("forbidden", "只能从本机访问，或设置 METRICS_TOKEN", 403)


def _is_local_request() -> bool:
    # A reverse proxy connects from the loopback interface too, but forwards requests of any client.
    through_proxy = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))
    return not through_proxy and ip_address(request_context.client_ip()).is_loopback


def is_redis_reachable() -> bool:
    """Return whether Redis responds within half a second."""
    try:
        client = redis.Redis.from_url(
            config.current().redis_url, socket_timeout=0.5, socket_connect_timeout=0.5
        )
        return bool(client.ping())
    except redis.RedisError:
        return False
