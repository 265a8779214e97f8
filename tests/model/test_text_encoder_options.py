"""What may stand behind the name of an encoder."""

import pytest

from emtool.crawler.errors import UsageError
from emtool.model.config import load_preset
from emtool.model.text_encoders._options import Options, parse


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a/b", Options(source="a/b", pool="cls")),
        ("a/b,pool=mean", Options(source="a/b", pool="mean")),
        (
            "a/b,prefix=query:+,max_tokens=9",
            Options(source="a/b", pool="cls", prefix="query: ", max_tokens=9),
        ),
        ("/my,odd=/folder", Options(source="/my,odd=/folder", pool="cls")),
        ("C:\\models\\e5,prefix=a%2Cb%3D", Options(source="C:\\models\\e5", pool="cls", prefix="a,b=")),
        ("x,prefix=", Options(source="x", pool="cls")),
    ],
)
def test_source_and_options_are_told_apart(written: str, read: Options) -> None:
    assert parse("some", written, pool="cls") == read


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "needs a model: text_encoder=some:FOLDER_OR_HUB_NAME"),
        ("pool=cls", "needs a model"),
        (",pool=cls", "needs a model"),
        ("x,pol=cls", r"no option 'pol' \(there are: max_tokens, pool, prefix\)"),
        ("x,pool=max", r"pool='max' is unknown \(there are: cls, mean, pooled\)"),
        ("x,pool=cls,pool=cls", "says pool twice"),
        ("x,max_tokens=2", "max_tokens=2 must be a whole number of at least 3"),
        ("x,max_tokens=many", "max_tokens=many must be"),
        ("x,max_tokens=²", "max_tokens=² must be"),
    ],
)
def test_a_wrong_option_is_refused(written: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse("some", written, pool="cls")


def test_the_form_survives_a_setting_on_the_command_line() -> None:
    """YAML reads the value; a question mark, an ampersand or a colon before a space would not come through."""
    written = "transformers:intfloat/multilingual-e5-small,pool=mean,prefix=query:+,max_tokens=64"
    config = load_preset("small", [f"text_encoder={written}"])
    assert config.model.text_encoder == written
