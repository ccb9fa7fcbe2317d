"""Health and figures: is the process alive, can it serve, what do the counters say."""

import redis
from apiflask import APIBlueprint
from flask import Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

import accounts
from store.company import tenants
from store.kernel import deliveries

door = APIBlueprint("health", __name__, enable_openapi=False)


@door.get("/health/live")
def live() -> tuple[Response, int]:
    """The process answers."""
    return jsonify(status="ok"), 200


@door.get("/health/ready")
def ready() -> tuple[Response, int]:
    """The records can be read; Redis may be away, then the service is degraded but serves."""
    tenants.slugs()
    degraded = [] if redis_answers() else ["redis"]
    return jsonify(status="degraded" if degraded else "ok", degraded=degraded), 200


@door.get("/metrics")
def metrics() -> Response:
    """Prometheus text: deliveries by tenant and state."""
    registry = CollectorRegistry()
    gauge = Gauge("xiaoer_deliveries", "Deliveries by state", ["tenant", "state"], registry=registry)
    for slug in tenants.slugs():
        with tenants.using(slug):
            for state, count in deliveries.counts().items():
                gauge.labels(tenant=slug, state=state).set(count)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def redis_answers() -> bool:
    """Whether Redis can be reached within half a second."""
    try:
        client = redis.Redis.from_url(
            accounts.settings().redis_url, socket_timeout=0.5, socket_connect_timeout=0.5
        )
        return bool(client.ping())
    except redis.RedisError:
        return False
