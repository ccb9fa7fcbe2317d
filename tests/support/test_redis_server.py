"""The tests' own servers are real."""

import redis


def test_redis_is_real_and_empty(redis_url: str):
    with redis.Redis.from_url(redis_url) as client:
        assert client.info("server")["redis_version"].startswith("6.2")
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_redis_forgets_between_tests(redis_url: str):
    with redis.Redis.from_url(redis_url) as client:
        assert client.get("left") is None
