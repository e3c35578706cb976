"""The bodies that stand between a client and the API answers with in its place: written here, in the manner of each."""

from typing import Final

NGINX_502: Final = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
"""The page of a reverse proxy whose upstream is down."""

WAF_403: Final = (
    "<!DOCTYPE html>\n<html lang=en>\n<head><meta charset=utf-8><title>Access denied</title></head>\n<body>\n"
    "<h1>Checking that you are not a robot</h1>\n<p>Your traffic looks automated. Enable JavaScript to go on.</p>\n"
    "<p>Reference: 7f3c-1842</p>\n</body>\n</html>\n"
)
"""The page of a web application firewall for a client that it takes for a robot."""

PAGES: Final = {"nginx-502": NGINX_502, "waf-403": WAF_403}
"""The texts that a fault can name."""

HTML: Final = "text/html; charset=utf-8"
"""The content type of a page."""
