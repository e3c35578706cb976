"""The reference's account and order, with which a client under test logs in and orders."""

from typing import Final

BASE: Final = "/api/v1"
"""The path under which the API answers."""

EMAIL: Final = "you@example.com"
PASSWORD: Final = "YOUR_PASSWORD"
LOGIN: Final = {"username": EMAIL, "password": PASSWORD}
"""The form of a login."""

PROMPT: Final = "A neon city skyline at dusk"
ORDER: Final = {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": PROMPT}
"""The body of an order: an image for 5 credits."""

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
