# SPDX-License-Identifier: Apache-2.0
"""Programs that ask the extension, run; rewritten; run again against IMDS: the same token."""

import os
import shutil
import subprocess

import pytest

import corpus
from harness import jwt, namespaces
from harness.openimds import Service, binary

RESOURCE = "https://vault.azure.net"

SHELL = """\
#!/bin/sh
curl -sf http://localhost:50342/oauth2/token --data "resource=$1" -H Metadata:true |
  sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/'
"""
PYTHON = """\
import sys
import requests

URL = "http://localhost:50342/oauth2/token"
answer = requests.post(URL, data={"resource": sys.argv[1]}, headers={"Metadata": "true"})
answer.raise_for_status()
print(answer.json()["access_token"])
"""
NODE = """\
const http = require('http');
const MSI = 'http://localhost:50342/oauth2/token';

const url = `${MSI}?resource=${encodeURIComponent(process.argv[2])}`;
http.get(url, { headers: { Metadata: 'true' } }, (answer) => {
  let text = '';
  answer.on('data', (part) => { text += part; });
  answer.on('end', () => console.log(JSON.parse(text).access_token));
});
"""
SAMPLES = {"sample.sh": (["sh"], SHELL), "sample.py": (["/usr/bin/python3"], PYTHON),
           "sample.js": (["node"], NODE)}


@pytest.fixture(params=sorted(SAMPLES))
def sample(request, tmp_path):
    """(how it is run, its file)"""
    program, text = SAMPLES[request.param]
    if not shutil.which(program[0]):
        pytest.skip(f"{program[0]} is not installed")
    path = tmp_path / request.param
    path.write_text(text)
    return program, path


def claims(program, path, prefix=()):
    environment = {name: value for name, value in os.environ.items()
                   if not name.lower().endswith("_proxy")}
    done = subprocess.run([*prefix, *program, str(path), RESOURCE], capture_output=True, text=True,
                          env=environment, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return jwt.read(done.stdout.strip())[1]


def replace(path, old, new):
    text = path.read_text()
    assert old in text, text
    path.write_text(text.replace(old, new))


def rewrite(path, *options):
    done = corpus.run(binary(), "rewrite", path.name, "--write", *options, cwd=path.parent)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def same(one, other):
    return all(one[name] == other[name] for name in ("aud", "iss", "sub", "oid", "tid", "appid"))


def test_a_rewritten_program_gets_the_same_token_on_loopback(sample):
    program, path = sample
    with Service() as service:
        host, port = service.extension
        replace(path, "localhost:50342", f"{host}:{port}")
        before = claims(program, path)
        assert before["aud"] == RESOURCE
        rewrite(path, "--port", str(port))
        host, port = service.imds
        replace(path, "169.254.169.254", f"{host}:{port}")
        assert same(before, claims(program, path))


@pytest.mark.skipif(namespaces.missing() is not None, reason=str(namespaces.missing()))
def test_a_rewritten_program_works_at_the_real_addresses(sample):
    program, path = sample
    listeners = [{"protocol": "imds", "address": "169.254.169.254:80"},
                 {"protocol": "vm_extension", "address": "127.0.0.1:50342"}]
    with namespaces.NetworkNamespace("169.254.169.254/32") as inside:
        with Service(listeners=listeners, prefix=inside.prefix):
            before = claims(program, path, inside.prefix)
            rewrite(path)
            assert "50342" not in path.read_text()
            assert same(before, claims(program, path, inside.prefix))
