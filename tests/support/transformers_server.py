"""A real model server on this machine, `transformers serve`, over a model of random weights."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep

from tests.support.tiny import tiny_tokenizer

STARTS, STOPS = 240, 10  # seconds that each may take, on a busy machine too
LONGEST = 65_536  # tokens that the model reads at once


def write_tiny_model(folder: Path) -> Path:
    """Write a Llama of one layer, whose weights are random; return its folder."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
    start, end, padding = tokenizer.convert_tokens_to_ids(["<s>", "</s>", "<pad>"])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=len(tokenizer),
                hidden_size=16,
                intermediate_size=16,
                num_hidden_layers=1,
                num_attention_heads=2,
                num_key_value_heads=2,
                max_position_embeddings=LONGEST,
                initializer_range=0.5,
                bos_token_id=start,
                eos_token_id=end,
                pad_token_id=padding,
            )
        )
    # Nonsense goes on for thousands of words: the end is made likelier with each, from the 20th on.
    model.generation_config.exponential_decay_length_penalty = (20, 1.5)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@contextmanager
def running(model: Path, scratch: Path) -> Iterator[str]:
    """Serve a model, and give the address of the API.

    Raises:
        RuntimeError: the server did not start; what it said is told.
    """
    (scratch / "hub").mkdir(parents=True)  # an empty store of models, which it lists
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(model)]
    where = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    alone = {"HF_HOME": str(scratch), "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    log = scratch / "log.txt"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, *where], env=os.environ | alone, stdout=file, stderr=file
        )
        try:
            _wait(port, process, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            try:
                process.wait(STOPS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = monotonic() + STARTS
    while monotonic() < end and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        with suppress(OSError):
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                connection.close()
                return
        connection.close()
        sleep(0.1)
    raise RuntimeError(f"no server on {port}: {log.read_text('utf-8', 'replace')[-2000:]}")
