"""A provider on this machine, and the real clients that talk to it."""

from collections.abc import Iterator

import anthropic
import openai
import pytest

from tests.capture.clients.provider import Provider, running_provider

KEY = "sk-a-key-that-must-never-be-logged"


@pytest.fixture(scope="module")
def _listening() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(_listening: Provider) -> Provider:
    """A provider that has been asked nothing and told nothing yet."""
    _listening.forget()
    return _listening


@pytest.fixture
def openai_client(provider: Provider) -> Iterator[openai.OpenAI]:
    """OpenAI's client, without retries."""
    with openai.OpenAI(api_key=KEY, base_url=f"{provider.url}/v1", max_retries=0) as client:
        yield client


@pytest.fixture
def async_openai_client(provider: Provider) -> openai.AsyncOpenAI:
    """OpenAI's asynchronous client, without retries."""
    return openai.AsyncOpenAI(api_key=KEY, base_url=f"{provider.url}/v1", max_retries=0)


@pytest.fixture
def anthropic_client(provider: Provider) -> Iterator[anthropic.Anthropic]:
    """Anthropic's client, without retries."""
    with anthropic.Anthropic(api_key=KEY, base_url=provider.url, max_retries=0) as client:
        yield client


@pytest.fixture
def async_anthropic_client(provider: Provider) -> anthropic.AsyncAnthropic:
    """Anthropic's asynchronous client, without retries."""
    return anthropic.AsyncAnthropic(api_key=KEY, base_url=provider.url, max_retries=0)
