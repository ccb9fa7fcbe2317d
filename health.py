"""Health and figures: is the process alive, can it serve, what do the counters say."""

from ipaddress import ip_address

import peewee
import redis
import structlog
from apiflask import APIBlueprint
from flask import Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

import accounts
import doors
from store.company import tenants
from store.kernel import deliveries, secrets
from store.kernel.refusals import Refused

log = structlog.get_logger("health")
door = APIBlueprint("health", __name__, enable_openapi=False)


@door.get("/health/live")
def live() -> tuple[Response, int]:
    """The process answers."""
    return jsonify(status="ok"), 200


@door.get("/health/ready")
def ready() -> tuple[Response, int]:
    """The records can be read; Redis may be away, then the service is degraded but serves."""
    try:
        tenants.slugs()
    except peewee.PeeweeException as error:
        log.warning("not_ready", reason=type(error).__name__)
        return jsonify(status="down", degraded=["database"]), 503
    degraded = [] if redis_answers() else ["redis"]
    return jsonify(status="degraded" if degraded else "ok", degraded=degraded), 200


@door.get("/metrics")
def metrics() -> Response:
    """Prometheus text: deliveries by tenant and state. They tell a company's business, so not to everybody."""
    _admit()
    registry = CollectorRegistry()
    gauge = Gauge("xiaoer_deliveries", "Deliveries by state", ["tenant", "state"], registry=registry)
    for slug in tenants.slugs():
        with tenants.using(slug):
            for state, count in deliveries.counts().items():
                gauge.labels(tenant=slug, state=state).set(count)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _admit() -> None:
    """Let in whoever has the token, or where there is none whoever asks on this very machine."""
    token = accounts.settings().metrics_token
    if token:
        if not secrets.same(request.headers.get("Authorization", ""), f"Bearer {token}"):
            raise Refused("unauthorized", "需要 METRICS_TOKEN", 401)
    elif not _asked_on_this_machine():
        raise Refused("forbidden", "只能从本机访问，或设置 METRICS_TOKEN", 403)


def _asked_on_this_machine() -> bool:
    # A proxy in front stands on the loopback as well, and speaks for the whole world.
    through_proxy = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))
    return not through_proxy and ip_address(doors.address()).is_loopback


def redis_answers() -> bool:
    """Whether Redis can be reached within half a second."""
    try:
        client = redis.Redis.from_url(
            accounts.settings().redis_url, socket_timeout=0.5, socket_connect_timeout=0.5
        )
        return bool(client.ping())
    except redis.RedisError:
        return False
