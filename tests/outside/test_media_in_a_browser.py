"""Chromium opens the files of `mockserver.media` and tells whether they are real media.

Needs the packages playwright, pytest and msgspec, and Debian's `chromium` (Playwright's own build has no H.264).
"""

import re
import shutil
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, sync_playwright

from mockserver.media import kind, render

PROMPT = "A neon city skyline at dusk & <rain>, Ångström 東京 🙂"

CHROMIUM_OPTIONS = [
    "--no-sandbox",  # containers run as root
    "--autoplay-policy=no-user-gesture-required",
    "--disable-dev-shm-usage",
]


class FileCache(ThreadingHTTPServer):
    """Serves the files of the tests on a free port, with the ranges that media elements need for seeking."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.files: dict[str, tuple[str, bytes]] = {"/": ("text/html", b"<!doctype html><title>media</title>")}

    @property
    def url(self) -> str:
        """The URL of the server."""
        return f"http://127.0.0.1:{self.server_port}"

    def put(self, generation_type: str, settings: Mapping[str, object], key: int = 1842) -> str:
        """Make an output, serve it, and return its path."""
        form = kind(generation_type, settings)
        path = f"/{len(self.files)}.{form.extension}"
        self.files[path] = (form.content_type, render(generation_type, settings, PROMPT, key))
        return path


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FileCache

    def do_GET(self) -> None:
        content_type, content = self.server.files.get(self.path, ("text/plain", b""))
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        start, last = (int(asked[1]), int(asked[2] or len(content) - 1)) if asked else (0, len(content) - 1)
        part = content[start : last + 1]
        self.send_response(206 if asked else 200 if self.path in self.server.files else 404)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{start + len(part) - 1}/{len(content)}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is the library's)
        """Write no log."""


@pytest.fixture(scope="module")
def shelf() -> Iterator[FileCache]:
    with FileCache() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def page(shelf: FileCache) -> Iterator[Page]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("These tests open media in Chromium, which is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_OPTIONS)
        page = browser.new_page()
        page.set_default_timeout(20_000)
        yield page
        browser.close()


@pytest.fixture(autouse=True)
def empty_page(page: Page, shelf: FileCache) -> None:
    page.goto(shelf.url)


def loaded(page: Page, tag: str, event: str, path: str) -> None:
    """Add a media element to the page and wait for its event; raise if the element refuses its file."""
    page.evaluate(
        """([tag, event, path]) => new Promise((resolve, reject) => {
            window.medium = document.createElement(tag);
            medium.addEventListener(event, () => resolve());
            medium.addEventListener("error", () => reject(medium.error?.message ?? "cannot be decoded"));
            medium.muted = true;
            medium.src = path;
            document.body.append(medium);
        })""",
        [tag, event, path],
    )


def plays(page: Page) -> bool:
    """Play the medium until its time has advanced; tell whether it played without an error."""
    page.evaluate("medium.play()")
    page.wait_for_function("medium.currentTime > 0.2 || medium.ended")
    return page.evaluate("medium.error === null && (medium.played.length > 0)")


def sought(page: Page, seconds: float) -> float:
    """Pause the medium and seek; return its position in seconds."""
    return page.evaluate(
        """(seconds) => new Promise((resolve) => {
            medium.pause();
            medium.addEventListener("seeked", () => resolve(medium.currentTime), {once: true});
            medium.currentTime = seconds;
        })""",
        seconds,
    )


def shown(page: Page, seconds: float) -> list[int]:
    """Seek, and return red, green and blue in the middle of the frame that the video shows."""
    return page.evaluate(
        """(seconds) => new Promise((resolve) => {
            medium.requestVideoFrameCallback(() => {
                const canvas = new OffscreenCanvas(1, 1).getContext("2d");
                canvas.drawImage(medium, -medium.videoWidth / 2, -medium.videoHeight / 2);
                resolve([...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3));
            });
            medium.currentTime = seconds;
        })""",
        seconds,
    )


@pytest.mark.parametrize(
    ("generation_type", "settings", "size"),
    [
        ("image", {"aspect_ratio": "16:9"}, [768, 432]),
        ("image", {"aspect_ratio": "9:16"}, [432, 768]),
        ("image", {}, [768, 768]),
        ("infographic", {"format": "png", "aspect_ratio": "4:3"}, [768, 576]),
        ("infographic", {"aspect_ratio": "4:3"}, [768, 576]),
        ("infographic", {}, [768, 768]),
    ],
)
def test_a_picture_has_its_natural_size(
    page: Page, shelf: FileCache, generation_type: str, settings: dict[str, object], size: list[int]
) -> None:
    loaded(page, "img", "load", shelf.put(generation_type, settings))
    assert page.evaluate("medium.decode().then(() => [medium.naturalWidth, medium.naturalHeight])") == size


def test_an_infographic_is_a_document_without_parse_errors(page: Page, shelf: FileCache) -> None:
    page.goto(shelf.url + shelf.put("infographic", {}))
    assert page.evaluate("document.documentElement.tagName") == "svg"
    assert page.locator("parsererror").count() == 0
    assert page.evaluate("document.title") == PROMPT


def test_the_text_of_an_infographic_stays_on_it(page: Page, shelf: FileCache) -> None:
    page.goto(shelf.url + shelf.put("infographic", {"aspect_ratio": "1:3"}))
    rights = page.evaluate("[...document.querySelectorAll('text')].map(t => t.getBBox().x + t.getBBox().width)")
    assert len(rights) > 4
    assert max(rights) <= 256


@pytest.mark.parametrize("duration", [1, 5, 7.25, 60, 600])
def test_a_video_plays_and_seeks_at_any_length(page: Page, shelf: FileCache, duration: float) -> None:
    loaded(page, "video", "loadeddata", shelf.put("video", {"duration": duration}))
    assert page.evaluate("medium.duration") == duration
    assert plays(page)
    assert sought(page, duration * 0.75) == pytest.approx(duration * 0.75)


def test_the_frames_of_a_video_are_seen_and_move(page: Page, shelf: FileCache) -> None:
    loaded(page, "video", "loadeddata", shelf.put("video", {}))
    late, early = shown(page, 4), shown(page, 1)
    assert min(sum(late), sum(early)) > 100
    assert late != early


def test_a_short_video_plays_to_its_end(page: Page, shelf: FileCache) -> None:
    loaded(page, "video", "loadeddata", shelf.put("video", {"duration": 1}))
    page.evaluate("medium.play()")
    page.wait_for_function("medium.ended")
    assert page.evaluate("medium.currentTime") == 1


@pytest.mark.parametrize(("aspect_ratio", "ratio"), [("16:9", 16 / 9), ("9:16", 9 / 16), ("1:1", 1), ("21:9", 21 / 9)])
def test_a_video_is_shown_in_the_asked_ratio(page: Page, shelf: FileCache, aspect_ratio: str, ratio: float) -> None:
    loaded(page, "video", "loadedmetadata", shelf.put("video", {"aspect_ratio": aspect_ratio}))
    width, height = page.evaluate("[medium.videoWidth, medium.videoHeight]")
    assert width / height == pytest.approx(ratio, rel=0.005)


@pytest.mark.parametrize(
    ("generation_type", "settings", "seconds"),
    [("music", {}, 5), ("music", {"duration": "2.5"}, 2.5), ("music", {"duration": 600}, 20), ("voice", {}, 3.3)],
)
def test_a_sound_plays_and_seeks(
    page: Page, shelf: FileCache, generation_type: str, settings: dict[str, object], seconds: float
) -> None:
    loaded(page, "audio", "canplaythrough", shelf.put(generation_type, settings))
    assert page.evaluate("medium.duration") == pytest.approx(seconds, abs=0.001)
    assert plays(page)
    assert sought(page, seconds / 2) == pytest.approx(seconds / 2, abs=0.001)


def test_a_file_that_is_no_video_is_refused(page: Page, shelf: FileCache) -> None:
    """Show that Chromium can refuse a file."""
    shelf.files["/broken.mp4"] = ("video/mp4", render("video", {}, PROMPT, 1)[:400])
    with pytest.raises(Exception, match=r"DEMUXER|cannot be decoded|Format error"):
        loaded(page, "video", "loadedmetadata", "/broken.mp4")
