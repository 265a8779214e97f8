"""Audio that comes in fragments (HLS, DASH): yt-dlp's native downloaders bring it through our own client."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yt_dlp.downloader.dash import DashSegmentsFD
from yt_dlp.downloader.hls import HlsFD

from emtool.crawler.errors import SourceError
from emtool.crawler.web import Web
from emtool.crawler.ytdlp import Downloader, Heard, options
from emtool.crawler.ytdlp_network import Network

_MAX_REQUESTS = 10_000  # for one track


class PlainHlsFD(HlsFD):  # type: ignore[misc]  # yt-dlp has no types
    """Brings lists of fragments that anybody can read, and never gives one to ffmpeg, which has its own network."""

    FD_NAME = "hlsnative"

    @classmethod
    def can_download(
        cls, manifest: str, info_dict: Mapping[str, Any], allow_unplayable_formats: bool = False
    ) -> bool:
        """Refuse what is encrypted or live; raises SourceError."""
        is_encrypted = "METHOD=AES" in manifest or cls._has_drm(manifest)
        if is_encrypted or not super().can_download(manifest, info_dict, allow_unplayable_formats):
            raise SourceError(
                f"{info_dict['webpage_url']}: its audio is encrypted or live, and is not fetched"
            )
        return True


_DOWNLOADERS = {"m3u8": PlainHlsFD, "m3u8_native": PlainHlsFD, "http_dash_segments": DashSegmentsFD}


def fetch(web: Web, info: Mapping[str, Any], path: Path) -> None:
    """Bring the audio that an info dict tells of, whole or not at all.

    Args:
        web: Makes the requests.
        info: From ``ytdlp.look``, with one of the protocols m3u8, m3u8_native and http_dash_segments.
        path: Where it goes; nothing is there yet.

    Raises:
        SourceError: A fragment is missing, or the audio is encrypted.
        FetchError: It could not be had, is not wanted, or is too large.
    """
    heard = Heard()
    network = Network(web, info["url"], is_audio=True, max_requests=_MAX_REQUESTS)
    wanted = options(
        web.config.user_agent,
        heard,
        nopart=True,
        _no_ytdl_file=True,
        continuedl=False,
        skip_unavailable_fragments=False,
        retries=2,
    )
    with Downloader(wanted, network) as downloader:
        bring = _DOWNLOADERS[info["protocol"]](downloader, downloader.params)
        is_whole, _ = bring.download(str(path), dict(info))
    if not is_whole:
        path.unlink(missing_ok=True)
        problem = next(iter(heard.errors), "not all of its audio came")
        raise network.refused or network.problem or SourceError(f"{info['webpage_url']}: {problem}"[:400])
