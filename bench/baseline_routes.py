"""The baselines of `nearby` over HTTP: one minimal Flask route that queries Redis, and one that returns a constant."""

import os

import redis
from flask import Flask, Response, jsonify, request

app = Flask(__name__)
server: "redis.Redis[bytes]" = redis.Redis(unix_socket_path=os.environ["BARE_REDIS"])


@app.get("/geosearch")
def geosearch() -> Response:
    """Return ids and distances from Redis GEOSEARCH, the usual way without a spatial index."""
    results = server.geosearch(
        "shops", longitude=float(request.args["lng"]), latitude=float(request.args["lat"]),
        radius=5000, unit="m", sort="ASC", count=20, withdist=True,
    )  # fmt: skip
    return jsonify([{"id": int(shop), "distance_m": round(metres)} for shop, metres in results])


@app.get("/constant")
def constant() -> Response:
    """Return a constant, to measure the framework alone."""
    return jsonify([{"id": number, "distance_m": number} for number in range(20)])
