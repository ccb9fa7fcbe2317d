"""The baselines of `nearby` over HTTP: bare Flask routes, one that asks Redis, one that asks nobody."""

import os

import redis
from flask import Flask, Response, jsonify, request

app = Flask(__name__)
server: "redis.Redis[bytes]" = redis.Redis(unix_socket_path=os.environ["BARE_REDIS"])


@app.get("/geosearch")
def geosearch() -> Response:
    """What a shop without an index of its own does: ask Redis, tell ids and distances."""
    found = server.geosearch(
        "shops", longitude=float(request.args["lng"]), latitude=float(request.args["lat"]),
        radius=5000, unit="m", sort="ASC", count=20, withdist=True,
    )  # fmt: skip
    return jsonify([{"id": int(shop), "distance_m": round(metres)} for shop, metres in found])


@app.get("/constant")
def constant() -> Response:
    """Nothing but the framework."""
    return jsonify([{"id": number, "distance_m": number} for number in range(20)])
